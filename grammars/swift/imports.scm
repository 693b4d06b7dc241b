(import_declaration (identifier) @import.all)
