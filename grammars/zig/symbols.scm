(comment) @comment
; By name: a wildcard would be tried at all nodes.
(function_declaration body: (_) @body)
(struct_declaration "{" @body)
(union_declaration "{" @body)
(enum_declaration "{" @body)

(function_declaration name: (identifier) @name) @definition.function
(variable_declaration . (identifier) @name (struct_declaration)) @definition.struct
(variable_declaration . (identifier) @name (union_declaration)) @definition.struct
(variable_declaration . (identifier) @name (opaque_declaration)) @definition.struct
(variable_declaration . (identifier) @name (enum_declaration)) @definition.enum
(variable_declaration . (identifier) @name (error_set_declaration)) @definition.enum
(source_file (variable_declaration . (identifier) @name) @definition.constant)
(test_declaration (string) @name) @definition.function
