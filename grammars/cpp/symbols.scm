(comment) @comment
; By name: a wildcard would be tried at all nodes.
[
  (class_specifier body: (_) @body)
  (enum_specifier body: (_) @body)
  (function_definition body: (_) @body)
  (lambda_expression body: (_) @body)
  (linkage_specification body: (_) @body)
  (namespace_definition body: (_) @body)
  (struct_specifier body: (_) @body)
  (union_specifier body: (_) @body)
]

(namespace_definition name: (_) @name) @definition.module
(class_specifier name: (type_identifier) @name body: (_)) @definition.class
(class_specifier name: (template_type name: (type_identifier) @name) body: (_)) @definition.class
(struct_specifier name: (type_identifier) @name body: (_)) @definition.struct
(struct_specifier name: (template_type name: (type_identifier) @name) body: (_)) @definition.struct
(union_specifier name: (type_identifier) @name body: (_)) @definition.struct
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum
(concept_definition name: (identifier) @name) @definition.trait
(alias_declaration name: (type_identifier) @name) @definition.type
(type_definition declarator: (type_identifier) @name) @definition.type
(preproc_def name: (identifier) @name) @definition.constant
(preproc_function_def name: (identifier) @name) @definition.macro

; A name stands alone, or behind its class and namespaces; pointers and references around it.
(function_definition
  declarator: (function_declarator
    declarator: [(identifier) (field_identifier) (destructor_name) (operator_name)] @name))
  @definition.function
(function_definition
  declarator: (_
    (function_declarator
      declarator: [(identifier) (field_identifier) (operator_name)] @name))) @definition.function
(function_definition
  declarator: (pointer_declarator
    declarator: (_
      (function_declarator
        declarator: [(identifier) (field_identifier) (operator_name)] @name))))
  @definition.function

; The scope is all of the name that stands before its last part.
(function_definition
  declarator: (function_declarator
    declarator: (qualified_identifier
      scope: (_)
      name: [(identifier) (destructor_name) (operator_name)] @name) @scope)) @definition.method
(function_definition
  declarator: (function_declarator
    declarator: (qualified_identifier
      name: (qualified_identifier
        scope: (_)
        name: [(identifier) (destructor_name) (operator_name)] @name)) @scope))
  @definition.method
(function_definition
  declarator: (function_declarator
    declarator: (qualified_identifier
      name: (qualified_identifier
        name: (qualified_identifier
          scope: (_)
          name: [(identifier) (destructor_name) (operator_name)] @name))) @scope))
  @definition.method
(function_definition
  declarator: (_
    (function_declarator
      declarator: (qualified_identifier
        scope: (_)
        name: [(identifier) (operator_name)] @name) @scope))) @definition.method
(function_definition
  declarator: (_
    (function_declarator
      declarator: (qualified_identifier
        name: (qualified_identifier
          scope: (_)
          name: [(identifier) (operator_name)] @name)) @scope))) @definition.method
(function_definition
  declarator: (_
    (function_declarator
      declarator: (qualified_identifier
        name: (qualified_identifier
          name: (qualified_identifier
            scope: (_)
            name: [(identifier) (operator_name)] @name))) @scope))) @definition.method
(function_definition
  declarator: (pointer_declarator
    declarator: (_
      (function_declarator
        declarator: (qualified_identifier
          scope: (_)
          name: [(identifier) (operator_name)] @name) @scope)))) @definition.method
(function_definition
  declarator: (pointer_declarator
    declarator: (_
      (function_declarator
        declarator: (qualified_identifier
          name: (qualified_identifier
            scope: (_)
            name: [(identifier) (operator_name)] @name)) @scope)))) @definition.method

; The same with its template parameters: the widest range is the definition.
(template_declaration (class_specifier name: (type_identifier) @name body: (_)))
  @definition.class
(template_declaration (struct_specifier name: (type_identifier) @name body: (_)))
  @definition.struct
(template_declaration (alias_declaration name: (type_identifier) @name)) @definition.type
(template_declaration (concept_definition name: (identifier) @name)) @definition.trait
(template_declaration
  (function_definition
    declarator: (function_declarator declarator: [(identifier) (field_identifier)] @name)))
  @definition.function

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
