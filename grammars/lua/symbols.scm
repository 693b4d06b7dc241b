(comment) @comment
; By name: a wildcard would be tried at all nodes.
[
  (function_declaration body: (_) @body)
  (function_definition body: (_) @body)
]

(function_declaration name: (identifier) @name) @definition.function
(function_declaration
  name: (dot_index_expression table: (_) @scope field: (identifier) @name)) @definition.function
(function_declaration
  name: (method_index_expression table: (_) @scope method: (identifier) @name))
  @definition.method
(assignment_statement
  (variable_list
    .
    name: (dot_index_expression table: (_) @scope field: (identifier) @name))
  (expression_list . value: (function_definition))) @definition.function
(chunk
  (variable_declaration
    (assignment_statement
      (variable_list . name: (identifier) @name)
      (expression_list . value: (function_definition)))) @definition.function)
(chunk
  (variable_declaration
    (assignment_statement (variable_list . name: (identifier) @name))) @definition.variable)
(chunk
  (assignment_statement (variable_list . name: (identifier) @name)) @definition.variable)
