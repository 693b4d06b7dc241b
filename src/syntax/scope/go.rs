//! Identifiers of Go. The keys of a literal may be fields or values; they count as references.

use super::{Kind, Part, Step, Table, above, field};

pub(super) static TABLE: Table =
    Table { identifiers: &["identifier", "type_identifier", "package_identifier"], scope, part };

fn scope(path: &[Step<'_>]) -> Option<Kind> {
    let is = matches!(
        above(path, 0),
        "function_declaration"
            | "method_declaration"
            | "func_literal"
            | "block"
            | "if_statement"
            | "for_statement"
            | "expression_switch_statement"
            | "type_switch_statement"
            | "expression_case"
            | "type_case"
            | "default_case"
            | "communication_case"
            | "type_spec"
    );
    is.then_some(Kind::Plain)
}

fn part(path: &[Step<'_>], _: &str, _: &[u8]) -> Part {
    match (above(path, 1), field(path, 0)) {
        ("package_clause" | "import_spec", _) | ("qualified_type", "name") => Part::Nothing,
        ("function_declaration" | "type_spec", "name") => Part::BindsAround,
        ("parameter_declaration" | "variadic_parameter_declaration", "name") => Part::Binds,
        ("var_spec" | "const_spec" | "type_alias" | "type_parameter_declaration", "name") => {
            Part::Binds
        }
        ("expression_list", _) => match (above(path, 2), field(path, 1)) {
            ("short_var_declaration" | "range_clause" | "receive_statement", "left") => Part::Binds,
            ("type_switch_statement", "alias") => Part::Binds,
            _ => Part::Reference,
        },
        _ => Part::Reference,
    }
}
