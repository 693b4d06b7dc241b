(import_statement source: (string) @import.module)
(export_statement source: (string) @import.module)
(call_expression
  function: (identifier) @_require
  arguments: (arguments . (string) @import.module)
  (#eq? @_require "require"))
(call_expression function: (import) arguments: (arguments . (string) @import.module))
