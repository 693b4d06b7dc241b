; `use A\{B, C};` is written out where it is read.
(namespace_use_declaration) @import.tree
(require_expression (binary_expression (string (string_content) @import.beside)))
(require_once_expression (binary_expression (string (string_content) @import.beside)))
(include_expression (binary_expression (string (string_content) @import.beside)))
(include_once_expression (binary_expression (string (string_content) @import.beside)))
(require_expression (string (string_content) @import.beside))
(require_once_expression (string (string_content) @import.beside))
(include_expression (string (string_content) @import.beside))
(include_once_expression (string (string_content) @import.beside))
