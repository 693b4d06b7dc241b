(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (identifier) @call))
(instance_expression (type_identifier) @call)
(extends_clause (type_identifier) @inherits)
(extends_clause (generic_type type: (type_identifier) @inherits))
(type_identifier) @type
(import_declaration (identifier) @import .)
(namespace_selectors (identifier) @import)
