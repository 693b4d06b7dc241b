(decorator) @attribute
(comment) @comment
; By name: a wildcard would be tried at all nodes.
[
  (class_definition body: (_) @body)
  (dictionary_comprehension body: (_) @body)
  (else_clause body: (_) @body)
  (for_statement body: (_) @body)
  (function_definition body: (_) @body)
  (generator_expression body: (_) @body)
  (lambda body: (_) @body)
  (list_comprehension body: (_) @body)
  (match_statement body: (_) @body)
  (set_comprehension body: (_) @body)
  (try_statement body: (_) @body)
  (while_statement body: (_) @body)
  (with_statement body: (_) @body)
]

(function_definition name: (identifier) @name) @definition.function
(decorated_definition definition: (function_definition name: (identifier) @name))
  @definition.function
(class_definition name: (identifier) @name) @definition.class
(decorated_definition definition: (class_definition name: (identifier) @name)) @definition.class

(module (expression_statement (assignment left: (identifier) @name)) @definition.constant)
(module (type_alias_statement left: (type (identifier) @name)) @definition.type)
