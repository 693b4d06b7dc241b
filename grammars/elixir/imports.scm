(call
  target: (identifier) @_import
  (arguments . (alias) @import.module)
  (#any-of? @_import "alias" "import" "use" "require"))
(call
  target: (identifier) @_import
  (arguments . (dot left: (alias) @import.module right: (tuple (alias) @import.name)))
  (#any-of? @_import "alias" "import" "use" "require"))
