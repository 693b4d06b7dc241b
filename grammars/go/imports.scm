(import_spec path: (interpreted_string_literal) @import.module)
(import_spec path: (raw_string_literal) @import.module)
