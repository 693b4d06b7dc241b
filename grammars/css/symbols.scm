[(comment) (js_comment)] @comment
(_ (block) @body)
(keyframes_statement (keyframe_block_list) @body)

(rule_set (selectors . (_) @name)) @definition.section
(keyframes_statement (keyframes_name) @name) @definition.section
(stylesheet
  (media_statement [(feature_query) (keyword_query) (binary_query) (unary_query)] @name)
  @definition.section)
