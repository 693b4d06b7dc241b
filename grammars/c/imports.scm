(preproc_include path: (string_literal) @import.beside)
(preproc_include path: (system_lib_string) @import.module)
