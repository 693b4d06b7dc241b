(attribute_list) @attribute
(comment) @comment
; By name: a wildcard would be tried at all nodes.
[
  (anonymous_class body: (_) @body)
  (anonymous_function body: (_) @body)
  (arrow_function body: (_) @body)
  (class_declaration body: (_) @body)
  (enum_declaration body: (_) @body)
  (function_definition body: (_) @body)
  (interface_declaration body: (_) @body)
  (method_declaration body: (_) @body)
  (namespace_definition body: (_) @body)
  (property_hook body: (_) @body)
  (trait_declaration body: (_) @body)
]

(namespace_definition name: (_) @name body: (_)) @definition.module
(class_declaration name: (name) @name) @definition.class
(interface_declaration name: (name) @name) @definition.interface
(trait_declaration name: (name) @name) @definition.trait
(enum_declaration name: (name) @name) @definition.enum
(function_definition name: (name) @name) @definition.function
(method_declaration name: (name) @name) @definition.method
(const_declaration (const_element . (name) @name)) @definition.constant
