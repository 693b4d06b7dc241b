(using_directive (qualified_name) @import.all)
(using_directive (identifier) @import.all)
