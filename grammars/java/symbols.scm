[(annotation) (marker_annotation)] @attribute
[(line_comment) (block_comment)] @comment
; By name: a wildcard would be tried at all nodes.
[
  (annotation_type_declaration body: (_) @body)
  (class_declaration body: (_) @body)
  (compact_constructor_declaration body: (_) @body)
  (constructor_declaration body: (_) @body)
  (enum_constant body: (_) @body)
  (enum_declaration body: (_) @body)
  (interface_declaration body: (_) @body)
  (lambda_expression body: (_) @body)
  (method_declaration body: (_) @body)
  (module_declaration body: (_) @body)
  (record_declaration body: (_) @body)
]

(class_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.interface
(annotation_type_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.method
(compact_constructor_declaration name: (identifier) @name) @definition.method
