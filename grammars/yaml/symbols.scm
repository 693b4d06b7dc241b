(comment) @comment

(document
  (block_node
    (block_mapping
      (block_mapping_pair key: (flow_node (plain_scalar (string_scalar) @name)))
        @definition.field)))
(document
  (block_node
    (block_mapping
      (block_mapping_pair key: (flow_node (double_quote_scalar) @name)) @definition.field)))
