(comment) @comment

(table . (bare_key) @name) @definition.section
(table . (quoted_key) @name) @definition.section
(table . (dotted_key) @name) @definition.section
(table_array_element . (bare_key) @name) @definition.section
(table_array_element . (quoted_key) @name) @definition.section
(table_array_element . (dotted_key) @name) @definition.section
(document (pair . (bare_key) @name) @definition.field)
(document (pair . (quoted_key) @name) @definition.field)
(document (pair . (dotted_key) @name) @definition.field)
