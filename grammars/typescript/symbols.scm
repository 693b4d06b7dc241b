(decorator) @attribute
(comment) @comment
; By name: a wildcard would be tried at all nodes.
[
  (abstract_class_declaration body: (_) @body)
  (arrow_function body: (_) @body)
  (class body: (_) @body)
  (class_declaration body: (_) @body)
  (class_static_block body: (_) @body)
  (enum_declaration body: (_) @body)
  (function_declaration body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
  (generator_function_declaration body: (_) @body)
  (interface_declaration body: (_) @body)
  (internal_module body: (_) @body)
  (method_definition body: (_) @body)
  (module body: (_) @body)
]

(function_declaration name: (identifier) @name) @definition.function
(generator_function_declaration name: (identifier) @name) @definition.function
(function_signature name: (identifier) @name) @definition.function
(class_declaration name: (type_identifier) @name) @definition.class
(abstract_class_declaration name: (type_identifier) @name) @definition.class
(interface_declaration name: (type_identifier) @name) @definition.interface
(type_alias_declaration name: (type_identifier) @name) @definition.type
(enum_declaration name: (identifier) @name) @definition.enum
(internal_module name: (_) @name) @definition.module
(module name: (_) @name) @definition.module
(method_definition name: [(property_identifier) (private_property_identifier)] @name)
  @definition.method
(abstract_method_signature name: (property_identifier) @name) @definition.method
(interface_declaration
  body: (interface_body
    (method_signature name: (property_identifier) @name) @definition.method))
(public_field_definition
  name: [(property_identifier) (private_property_identifier)] @name
  value: [(arrow_function) (function_expression)]) @definition.method
(lexical_declaration
  (variable_declarator
    name: (identifier) @name
    value: [(arrow_function) (function_expression)])) @definition.function
(variable_declaration
  (variable_declarator
    name: (identifier) @name
    value: [(arrow_function) (function_expression)])) @definition.function
; Of several in one statement each is its own.
(variable_declarator
  name: (identifier) @name
  value: [(arrow_function) (function_expression)]) @definition.function
(expression_statement
  (assignment_expression
    left: (member_expression property: (property_identifier) @name)
    right: [(arrow_function) (function_expression)])) @definition.function

; A class expression is called by what it is given to, or by its own name where that says nothing.
(lexical_declaration (variable_declarator name: (identifier) @name value: (class)))
  @definition.class
(variable_declaration (variable_declarator name: (identifier) @name value: (class)))
  @definition.class
(variable_declarator name: (identifier) @name value: (class)) @definition.class
(expression_statement
  (assignment_expression
    left: (member_expression property: (property_identifier) @name)
    right: (class !name))) @definition.class
(expression_statement
  (assignment_expression
    left: (member_expression property: (property_identifier) @name)
    right: (class name: (_)))
  (#not-eq? @name "exports")) @definition.class
(expression_statement
  (assignment_expression
    left: (member_expression property: (property_identifier) @_exports)
    right: (class name: (type_identifier) @name))
  (#eq? @_exports "exports")) @definition.class
(return_statement (class name: (type_identifier) @name) @definition.class)
(arrow_function body: (class name: (type_identifier) @name) @definition.class)

; The same with what stands around it: the widest range is the definition.
(export_statement (function_declaration name: (identifier) @name)) @definition.function
(export_statement (generator_function_declaration name: (identifier) @name)) @definition.function
(export_statement (function_signature name: (identifier) @name)) @definition.function
(export_statement (class_declaration name: (type_identifier) @name)) @definition.class
(export_statement (abstract_class_declaration name: (type_identifier) @name)) @definition.class
(export_statement (interface_declaration name: (type_identifier) @name)) @definition.interface
(export_statement (type_alias_declaration name: (type_identifier) @name)) @definition.type
(export_statement (enum_declaration name: (identifier) @name)) @definition.enum
(export_statement (internal_module name: (_) @name)) @definition.module
(expression_statement (internal_module name: (_) @name)) @definition.module
(export_statement (lexical_declaration (variable_declarator name: (identifier) @name)))
  @definition.variable
(export_statement
  (lexical_declaration (variable_declarator name: (identifier) @name)) @definition.variable)
(export_statement
  (lexical_declaration (variable_declarator name: (identifier) @name) @definition.variable))

; A statement of one name is the definition; of several names each is its own.
(program (lexical_declaration (variable_declarator name: (identifier) @name))
  @definition.variable)
(program
  (lexical_declaration (variable_declarator name: (identifier) @name) @definition.variable))
(program (variable_declaration (variable_declarator name: (identifier) @name))
  @definition.variable)
(program
  (variable_declaration (variable_declarator name: (identifier) @name) @definition.variable))
