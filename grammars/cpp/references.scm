(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (field_identifier) @call))
(call_expression function: (qualified_identifier name: (identifier) @call))
(call_expression function: (template_function name: (identifier) @call))
(new_expression type: (type_identifier) @call)
(base_class_clause (type_identifier) @inherits)
(base_class_clause (template_type name: (type_identifier) @inherits))
(base_class_clause (qualified_identifier name: (type_identifier) @inherits))
(type_identifier) @type
