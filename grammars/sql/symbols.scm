[(comment) (marginalia)] @comment

(create_table (object_reference name: (identifier) @name)) @definition.struct
(create_view (object_reference name: (identifier) @name)) @definition.type
(create_materialized_view (object_reference name: (identifier) @name)) @definition.type
(create_type (object_reference name: (identifier) @name)) @definition.type
(create_function (object_reference name: (identifier) @name)) @definition.function
(create_trigger . (keyword_create) . (keyword_trigger) . (object_reference name: (identifier) @name))
  @definition.function
(create_index column: (identifier) @name) @definition.constant
(create_schema (identifier) @name) @definition.module
(create_sequence . (keyword_create) . (keyword_sequence) . (object_reference name: (identifier) @name)) @definition.variable
