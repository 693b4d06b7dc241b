//! Identifiers of TypeScript and JavaScript.

use super::{Kind, Part, Step, Table, above, field};

pub(super) static TABLE: Table = Table {
    identifiers: &[
        "identifier",
        "type_identifier",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
    ],
    scope,
    part,
};

fn scope(path: &[Step<'_>]) -> Option<Kind> {
    let is = matches!(
        above(path, 0),
        "function_declaration"
            | "generator_function_declaration"
            | "function_signature"
            | "function_expression"
            | "generator_function"
            | "arrow_function"
            | "method_definition"
            | "method_signature"
            | "abstract_method_signature"
            | "call_signature"
            | "construct_signature"
            | "function_type"
            | "constructor_type"
            | "class_declaration"
            | "abstract_class_declaration"
            | "class"
            | "interface_declaration"
            | "type_alias_declaration"
            | "internal_module"
            | "module"
            | "object_type"
            | "conditional_type"
            | "statement_block"
            | "for_statement"
            | "for_in_statement"
            | "catch_clause"
            | "switch_body"
    );
    is.then_some(Kind::Plain)
}

fn part(path: &[Step<'_>], _: &str, _: &[u8]) -> Part {
    if above(path, 0) == "shorthand_property_identifier_pattern" {
        return Part::Binds;
    }
    match (above(path, 1), field(path, 0)) {
        ("import_specifier" | "import_clause" | "namespace_import", _) => Part::Nothing,
        ("import_require_clause" | "namespace_export", _) => Part::Nothing,
        ("export_specifier", "alias") => Part::Nothing,
        (
            "function_declaration"
            | "generator_function_declaration"
            | "function_signature"
            | "class_declaration"
            | "abstract_class_declaration"
            | "interface_declaration"
            | "type_alias_declaration"
            | "internal_module"
            | "module",
            "name",
        ) => Part::BindsAround,
        ("function_expression" | "generator_function" | "class" | "enum_declaration", "name") => {
            Part::Binds
        }
        ("required_parameter" | "optional_parameter", "pattern" | "name") => Part::Binds,
        ("formal_parameters", _) | ("arrow_function", "parameter") => Part::Binds,
        ("variable_declarator", "name") | ("catch_clause", "parameter") => Part::Binds,
        ("for_in_statement", "left") => Part::Binds,
        ("pair_pattern", "value") | ("array_pattern" | "rest_pattern", _) => Part::Binds,
        ("assignment_pattern" | "object_assignment_pattern", "left") => Part::Binds,
        ("type_parameter" | "mapped_type_clause" | "index_signature", "name") => Part::Binds,
        ("infer_type", _) => Part::Binds,
        ("nested_type_identifier", "name") | ("tuple_parameter", "name") => Part::Nothing,
        _ => Part::Reference,
    }
}
