; Attributes and comments stand beside what they belong to; the nearest definition below takes them.
(attribute_item) @attribute
[(line_comment) (block_comment)] @comment
; By name: a wildcard would be tried at all nodes.
[
  (closure_expression body: (_) @body)
  (const_block body: (_) @body)
  (enum_item body: (_) @body)
  (enum_variant body: (_) @body)
  (for_expression body: (_) @body)
  (foreign_mod_item body: (_) @body)
  (function_item body: (_) @body)
  (impl_item body: (_) @body)
  (loop_expression body: (_) @body)
  (match_expression body: (_) @body)
  (mod_item body: (_) @body)
  (struct_expression body: (_) @body)
  (struct_item body: (_) @body)
  (trait_item body: (_) @body)
  (union_item body: (_) @body)
  (while_expression body: (_) @body)
]

(function_item name: (identifier) @name) @definition.function
(function_signature_item name: (identifier) @name) @definition.function
(struct_item name: (type_identifier) @name) @definition.struct
(union_item name: (type_identifier) @name) @definition.struct
(enum_item name: (type_identifier) @name) @definition.enum
(trait_item name: (type_identifier) @name) @definition.trait
(type_item name: (type_identifier) @name) @definition.type
(associated_type name: (type_identifier) @name) @definition.type
(mod_item name: (identifier) @name) @definition.module
(const_item name: (identifier) @name) @definition.constant
(static_item name: (identifier) @name) @definition.variable
(macro_definition name: (identifier) @name) @definition.macro

(impl_item type: (type_identifier) @name) @definition.implementation
(impl_item type: (primitive_type) @name) @definition.implementation
(impl_item type: (generic_type type: (type_identifier) @name)) @definition.implementation
(impl_item type: (scoped_type_identifier name: (type_identifier) @name)) @definition.implementation
(impl_item
  type: (generic_type type: (scoped_type_identifier name: (type_identifier) @name)))
  @definition.implementation
(impl_item type: (reference_type type: (type_identifier) @name)) @definition.implementation
