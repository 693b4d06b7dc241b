(comment) @comment
(_ body: (_) @body)
; A comment that comes first in a body stands before it.
(module (comment) @body)
(class (comment) @body)
(method (comment) @body)
(singleton_method (comment) @body)

(module name: (_) @name) @definition.module
(class name: (_) @name) @definition.class
(method name: (_) @name) @definition.function
(singleton_method name: (_) @name) @definition.method
(program (assignment left: [(constant) (identifier) (global_variable)] @name)
  @definition.constant)
(body_statement (assignment left: (constant) @name) @definition.constant)
