[(line_comment) (bracket_comment)] @comment
(function_def (body) @body)
(macro_def (body) @body)

(function_def (function_command (argument_list . (argument) @name))) @definition.function
(macro_def (macro_command (argument_list . (argument) @name))) @definition.macro
(normal_command
  (identifier) @_command
  (argument_list . (argument) @name)
  (#any-of? @_command "add_executable" "add_library" "add_custom_target" "project"))
  @definition.section
(source_file
  (normal_command
    (identifier) @_command
    (argument_list . (argument) @name)
    (#any-of? @_command "set" "option")) @definition.variable)
