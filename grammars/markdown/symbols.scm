; A heading and what stands under it, up to the next heading of its rank.
(section (atx_heading) . (_) @body)

(section . (atx_heading heading_content: (inline) @name)) @definition.section
; An underlined heading opens no section in the grammar: it is its own lines.
(setext_heading heading_content: (paragraph) @name) @definition.section
