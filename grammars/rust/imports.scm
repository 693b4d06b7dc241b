; `a::{b, c::d}` is written out where it is read.
(use_declaration argument: (_) @import.tree)
(mod_item name: (identifier) @import.child !body)
