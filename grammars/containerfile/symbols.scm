(comment) @comment

; A stage is its first line; what it runs follows.
(from_instruction as: (image_alias) @name) @definition.section
(from_instruction (image_spec) @name . ) @definition.section
(source_file (arg_instruction (arg_pair name: (unquoted_string) @name)) @definition.variable)
(source_file (env_instruction (env_pair name: (unquoted_string) @name)) @definition.variable)
