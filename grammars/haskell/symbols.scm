; What gives a type stands above what gives the value.
(declarations (signature) @attribute)
[(comment) (haddock)] @comment
(class declarations: (_) @body)
(instance declarations: (_) @body)

(class name: (_) @name) @definition.class
(instance name: (_) @name) @definition.implementation
(data_type name: (_) @name) @definition.type
(newtype name: (_) @name) @definition.type
(type_synonym name: (_) @name) @definition.type
(type_family name: (_) @name) @definition.type
(declarations (function name: (_) @name) @definition.function)
(declarations (bind name: (_) @name) @definition.variable)
(class_declarations (signature name: (_) @name) @definition.method)
(instance_declarations (function name: (_) @name) @definition.method)
(instance_declarations (bind name: (_) @name) @definition.method)
