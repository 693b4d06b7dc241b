(comment) @comment
(block (block_start) @body)

; The last label names a block, as in `resource "kind" "name"`; without labels its type does.
(config_file
  (body (block (identifier) (string_lit (template_literal) @name) . (block_start))
    @definition.section))
(config_file (body (block . (identifier) @name . (block_start)) @definition.section))
(config_file (body (attribute . (identifier) @name) @definition.field))
