(annotation) @attribute
[(line_comment) (block_comment)] @comment
(class_declaration [(class_body) (enum_class_body)] @body)
(object_declaration (class_body) @body)
(companion_object (class_body) @body)
(function_declaration (function_body) @body)

(class_declaration "interface" name: (identifier) @name) @definition.interface
(class_declaration (modifiers (class_modifier "enum")) name: (identifier) @name) @definition.enum
(class_declaration name: (identifier) @name) @definition.class
(object_declaration name: (identifier) @name) @definition.class
(companion_object name: (identifier) @name) @definition.class
(type_alias type: (identifier) @name) @definition.type
(function_declaration name: (identifier) @name) @definition.function
(source_file
  (property_declaration (variable_declaration . (identifier) @name)) @definition.variable)
(class_body
  (property_declaration (variable_declaration . (identifier) @name)) @definition.field)
