(comment) @comment
; By name: a wildcard would be tried at all nodes.
[
  (enum_specifier body: (_) @body)
  (function_definition body: (_) @body)
  (linkage_specification body: (_) @body)
  (struct_specifier body: (_) @body)
  (union_specifier body: (_) @body)
]

(function_definition
  declarator: (function_declarator declarator: (identifier) @name)) @definition.function
(function_definition
  declarator: (pointer_declarator
    declarator: (function_declarator declarator: (identifier) @name))) @definition.function
(function_definition
  declarator: (pointer_declarator
    declarator: (pointer_declarator
      declarator: (function_declarator declarator: (identifier) @name)))) @definition.function

(type_definition declarator: (type_identifier) @name) @definition.type
(type_definition
  declarator: (function_declarator
    declarator: (parenthesized_declarator
      (pointer_declarator declarator: (type_identifier) @name)))) @definition.type
(struct_specifier name: (type_identifier) @name body: (_)) @definition.struct
(union_specifier name: (type_identifier) @name body: (_)) @definition.struct
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
(preproc_def name: (identifier) @name) @definition.constant
(preproc_function_def name: (identifier) @name) @definition.macro

; Pointers and arrays around the name, two deep, and pointers to functions.
(translation_unit
  (declaration
    declarator: (init_declarator
      declarator: [
        (identifier) @name
        (_ declarator: (identifier) @name)
        (_ declarator: (_ declarator: (identifier) @name))
        (function_declarator
          (parenthesized_declarator
            (_ declarator: [(identifier) @name (_ declarator: (identifier) @name)])))
      ])) @definition.variable)
(declaration_list
  (declaration
    declarator: (init_declarator
      declarator: [
        (identifier) @name
        (_ declarator: (identifier) @name)
        (_ declarator: (_ declarator: (identifier) @name))
        (function_declarator
          (parenthesized_declarator
            (_ declarator: [(identifier) @name (_ declarator: (identifier) @name)])))
      ])) @definition.variable)
; What stands under `#if` is of the file too, in the guard of a header as well; but not in a
; function, so the way to it is written out.
(translation_unit
  [
    (preproc_if
      (declaration
        declarator: (init_declarator
          declarator: [
            (identifier) @name
            (_ declarator: (identifier) @name)
            (_ declarator: (_ declarator: (identifier) @name))
          ])) @definition.variable)
    (preproc_ifdef
      (declaration
        declarator: (init_declarator
          declarator: [
            (identifier) @name
            (_ declarator: (identifier) @name)
            (_ declarator: (_ declarator: (identifier) @name))
          ])) @definition.variable)
  ])
(declaration_list
  [
    (preproc_if
      (declaration
        declarator: (init_declarator
          declarator: [
            (identifier) @name
            (_ declarator: (identifier) @name)
            (_ declarator: (_ declarator: (identifier) @name))
          ])) @definition.variable)
    (preproc_ifdef
      (declaration
        declarator: (init_declarator
          declarator: [
            (identifier) @name
            (_ declarator: (identifier) @name)
            (_ declarator: (_ declarator: (identifier) @name))
          ])) @definition.variable)
  ])
(translation_unit
  (_
    [
      (preproc_if
        (declaration
          declarator: (init_declarator
            declarator: [
              (identifier) @name
              (_ declarator: (identifier) @name)
              (_ declarator: (_ declarator: (identifier) @name))
            ])) @definition.variable)
      (preproc_ifdef
        (declaration
          declarator: (init_declarator
            declarator: [
              (identifier) @name
              (_ declarator: (identifier) @name)
              (_ declarator: (_ declarator: (identifier) @name))
            ])) @definition.variable)
      (preproc_elif
        (declaration
          declarator: (init_declarator
            declarator: [
              (identifier) @name
              (_ declarator: (identifier) @name)
              (_ declarator: (_ declarator: (identifier) @name))
            ])) @definition.variable)
      (preproc_else
        (declaration
          declarator: (init_declarator
            declarator: [
              (identifier) @name
              (_ declarator: (identifier) @name)
              (_ declarator: (_ declarator: (identifier) @name))
            ])) @definition.variable)
    ]))
(translation_unit
  (preproc_ifdef
    (_
      [
        (preproc_elif
          (declaration
            declarator: (init_declarator
              declarator: [
                (identifier) @name
                (_ declarator: (identifier) @name)
                (_ declarator: (_ declarator: (identifier) @name))
              ])) @definition.variable)
        (preproc_else
          (declaration
            declarator: (init_declarator
              declarator: [
                (identifier) @name
                (_ declarator: (identifier) @name)
                (_ declarator: (_ declarator: (identifier) @name))
              ])) @definition.variable)
      ])))
