(decorator) @attribute
(comment) @comment
; By name: a wildcard would be tried at all nodes.
[
  (arrow_function body: (_) @body)
  (class body: (_) @body)
  (class_declaration body: (_) @body)
  (class_static_block body: (_) @body)
  (function_declaration body: (_) @body)
  (function_expression body: (_) @body)
  (generator_function body: (_) @body)
  (generator_function_declaration body: (_) @body)
  (method_definition body: (_) @body)
]

(function_declaration name: (identifier) @name) @definition.function
(generator_function_declaration name: (identifier) @name) @definition.function
(class_declaration name: (identifier) @name) @definition.class
(method_definition name: [(property_identifier) (private_property_identifier)] @name)
  @definition.method
(field_definition
  property: [(property_identifier) (private_property_identifier)] @name
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
    right: (class name: (identifier) @name))
  (#eq? @_exports "exports")) @definition.class
(return_statement (class name: (identifier) @name) @definition.class)
(arrow_function body: (class name: (identifier) @name) @definition.class)

; The same with what stands around it: the widest range is the definition.
(export_statement (function_declaration name: (identifier) @name)) @definition.function
(export_statement (generator_function_declaration name: (identifier) @name)) @definition.function
(export_statement (class_declaration name: (identifier) @name)) @definition.class
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
