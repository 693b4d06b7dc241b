//! Identifiers of Python.

use super::{Kind, Part, Step, Table, above, field};

pub(super) static TABLE: Table = Table { identifiers: &["identifier"], scope, part };

fn scope(path: &[Step<'_>]) -> Option<Kind> {
    match above(path, 0) {
        "function_definition"
        | "lambda"
        | "list_comprehension"
        | "set_comprehension"
        | "dictionary_comprehension"
        | "generator_expression" => Some(Kind::Plain),
        "class_definition" => Some(Kind::Class),
        _ => None,
    }
}

fn part(path: &[Step<'_>], _: &str, _: &[u8]) -> Part {
    match (above(path, 1), field(path, 0)) {
        ("attribute", "attribute") | ("keyword_argument", "name") => Part::Nothing,
        ("function_definition" | "class_definition", "name") => Part::BindsAround,
        ("dotted_name", _) => dotted(path),
        ("aliased_import", "alias") => imported(path, 2),
        ("relative_import", _) => Part::Nothing,
        ("parameters" | "lambda_parameters", _) => Part::Binds,
        ("default_parameter" | "typed_default_parameter", "name") => Part::Binds,
        ("typed_parameter", _) => Part::Binds,
        ("list_splat_pattern" | "dictionary_splat_pattern", _) => Part::Binds,
        ("assignment" | "augmented_assignment", "left") => Part::Binds,
        ("for_statement" | "for_in_clause", "left") => Part::Binds,
        ("named_expression", "name") => Part::Binds,
        ("pattern_list" | "tuple_pattern" | "list_pattern" | "as_pattern_target", _) => Part::Binds,
        ("as_pattern", "alias") => Part::Binds,
        // `case K(a=1) as b`: in a pattern what is behind `as` has no field.
        ("as_pattern", "") if above(path, 2) == "case_clause" => Part::Binds,
        ("as_pattern", "") if above(path, 2) == "case_pattern" => Part::Binds,
        ("keyword_pattern", _) => Part::Nothing,
        ("global_statement", _) => Part::Global,
        ("nonlocal_statement", _) => Part::Nothing,
        ("type", _) if above(path, 2) == "type_parameter" => Part::Binds,
        _ => Part::Reference,
    }
}

/// Names joined by dots stand in imports and in patterns.
fn dotted(path: &[Step<'_>]) -> Part {
    match (above(path, 2), field(path, 1)) {
        ("import_from_statement", "module_name") | ("relative_import", _) => Part::Nothing,
        ("import_statement" | "import_from_statement" | "future_import_statement", _) => {
            imported(path, 2)
        }
        ("aliased_import", _) => Part::Nothing,
        ("case_pattern", _) => Part::Binds,
        ("class_pattern", _) => Part::Reference,
        _ => Part::Reference,
    }
}

/// What a function imports is its own; imports of the module are read elsewhere.
fn imported(path: &[Step<'_>], from: usize) -> Part {
    let inner = (from..path.len()).any(|up| above(path, up) == "function_definition");
    if inner { Part::Binds } else { Part::Nothing }
}
