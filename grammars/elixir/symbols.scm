; Every definition is a call of a macro; the name of the macro tells what it makes.
(comment) @comment
((unary_operator operator: "@" operand: (call target: (identifier) @_attribute)) @attribute
  (#any-of? @_attribute "doc" "spec" "impl" "deprecated"))
(call (do_block) @body)

(call
  target: (identifier) @_macro
  (arguments . (alias) @name)
  (#any-of? @_macro "defmodule" "defprotocol" "defimpl")) @definition.module
(call
  target: (identifier) @_macro
  (arguments . (identifier) @name)
  (#any-of? @_macro "def" "defp" "defmacro" "defmacrop" "defguard" "defdelegate"))
  @definition.function
(call
  target: (identifier) @_macro
  (arguments . (call target: (identifier) @name))
  (#any-of? @_macro "def" "defp" "defmacro" "defmacrop" "defdelegate")) @definition.function
(call
  target: (identifier) @_macro
  (arguments . (binary_operator left: (call target: (identifier) @name)))
  (#any-of? @_macro "def" "defp" "defmacro" "defmacrop" "defguard" "defguardp"))
  @definition.function
