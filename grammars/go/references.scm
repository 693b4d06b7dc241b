(call_expression function: (identifier) @call)
(call_expression function: (selector_expression field: (field_identifier) @call))
(field_declaration !name type: (type_identifier) @inherits)
(field_declaration !name type: (pointer_type (type_identifier) @inherits))
(type_identifier) @type
