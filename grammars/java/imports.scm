(import_declaration (scoped_identifier) @import.module . ";")
(import_declaration (scoped_identifier) @import.all (asterisk))
