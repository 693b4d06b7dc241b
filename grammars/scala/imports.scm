; `a.{B, C}` and `a.*` are written out where they are read.
(import_declaration) @import.tree
