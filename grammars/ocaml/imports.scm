(open_module (module_path) @import.module)
(include_module (module_path) @import.module)
(value_path (module_path) @import.module)
