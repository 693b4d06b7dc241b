(comment) @comment
; By name: a wildcard would be tried at all nodes.
[
  (func_literal body: (_) @body)
  (function_declaration body: (_) @body)
  (method_declaration body: (_) @body)
]
(struct_type (field_declaration_list) @body)

(function_declaration name: (identifier) @name) @definition.function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: (type_identifier) @scope))
  name: (field_identifier) @name) @definition.method
(method_declaration
  receiver: (parameter_list
    (parameter_declaration type: (pointer_type (type_identifier) @scope)))
  name: (field_identifier) @name) @definition.method
(method_declaration
  receiver: (parameter_list
    (parameter_declaration type: (generic_type type: (type_identifier) @scope)))
  name: (field_identifier) @name) @definition.method
(method_declaration
  receiver: (parameter_list
    (parameter_declaration
      type: (pointer_type (generic_type type: (type_identifier) @scope))))
  name: (field_identifier) @name) @definition.method
(type_spec
  type: (interface_type (method_elem name: (field_identifier) @name) @definition.method))

; A declaration of one name is the definition; in a group it is the line of the group.
(type_spec name: (type_identifier) @name type: (struct_type)) @definition.struct
(type_spec name: (type_identifier) @name type: (interface_type)) @definition.interface
(type_spec name: (type_identifier) @name) @definition.type
(type_alias name: (type_identifier) @name) @definition.type
(type_declaration (type_spec name: (type_identifier) @name)) @definition.type
(type_declaration (type_alias name: (type_identifier) @name)) @definition.type

(source_file (const_declaration (const_spec name: (identifier) @name) @definition.constant))
(source_file
  (const_declaration (const_spec name: (identifier) @name)) @definition.constant)
(source_file (var_declaration (var_spec name: (identifier) @name) @definition.variable))
(source_file
  (var_declaration (var_spec name: (identifier) @name)) @definition.variable)
(source_file
  (var_declaration (var_spec_list (var_spec name: (identifier) @name) @definition.variable)))
