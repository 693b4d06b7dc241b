(attribute) @attribute
[(comment) (multiline_comment)] @comment
(_ body: (_) @body)

(class_declaration declaration_kind: "class" name: (type_identifier) @name) @definition.class
(class_declaration declaration_kind: "actor" name: (type_identifier) @name) @definition.class
(class_declaration declaration_kind: "struct" name: (type_identifier) @name) @definition.struct
(class_declaration declaration_kind: "enum" name: (type_identifier) @name) @definition.enum
(class_declaration declaration_kind: "extension" name: (user_type) @name)
  @definition.implementation
(protocol_declaration name: (type_identifier) @name) @definition.interface
(typealias_declaration name: (type_identifier) @name) @definition.type
(function_declaration name: (simple_identifier) @name) @definition.function
(protocol_function_declaration name: (simple_identifier) @name) @definition.method
(init_declaration name: "init" @name) @definition.method
(source_file
  (property_declaration name: (pattern bound_identifier: (simple_identifier) @name))
  @definition.variable)
(class_body
  (property_declaration name: (pattern bound_identifier: (simple_identifier) @name))
  @definition.field)
