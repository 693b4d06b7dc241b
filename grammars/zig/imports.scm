(builtin_function
  (builtin_identifier) @_import
  (arguments (string (string_content) @import.beside))
  (#any-of? @_import "@import" "@cInclude" "@embedFile"))
