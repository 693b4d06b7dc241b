(call
  method: (identifier) @_require
  arguments: (argument_list . (string (string_content) @import.module) .)
  (#any-of? @_require "require" "load"))
(call
  method: (identifier) @_require
  arguments: (argument_list . (string (string_content) @import.beside) .)
  (#eq? @_require "require_relative"))
