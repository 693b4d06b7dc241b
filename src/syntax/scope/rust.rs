//! Identifiers of Rust. In the tokens of a macro every name counts that follows no dot and no `::`.

use super::{Kind, Part, Step, Table, above, field};

pub(super) static TABLE: Table = Table {
    identifiers: &["identifier", "type_identifier", "shorthand_field_identifier"],
    scope,
    part,
};

fn scope(path: &[Step<'_>]) -> Option<Kind> {
    match above(path, 0) {
        "mod_item" => Some(Kind::Module),
        "function_item"
        | "function_signature_item"
        | "closure_expression"
        | "block"
        | "match_arm"
        | "for_expression"
        | "if_expression"
        | "while_expression"
        | "impl_item"
        | "struct_item"
        | "enum_item"
        | "union_item"
        | "trait_item"
        | "type_item" => Some(Kind::Plain),
        _ => None,
    }
}

fn part(path: &[Step<'_>], word: &str, before: &[u8]) -> Part {
    let pattern = if word.starts_with(|c: char| c.is_lowercase() || c == '_') {
        Part::Binds
    } else {
        Part::Reference
    };
    match (above(path, 1), field(path, 0)) {
        _ if path.iter().any(|step| step.0 == "use_declaration") => Part::Nothing,
        ("scoped_identifier" | "scoped_type_identifier", "name") => Part::Nothing,
        ("scoped_identifier" | "scoped_type_identifier", "path") => Part::Path,
        // Methods are named through their type.
        ("function_item" | "function_signature_item", "name")
            if matches!(above(path, 3), "impl_item" | "trait_item") =>
        {
            Part::Nothing
        }
        (
            "function_item"
            | "function_signature_item"
            | "struct_item"
            | "enum_item"
            | "union_item"
            | "trait_item"
            | "type_item"
            | "mod_item",
            "name",
        ) => Part::BindsAround,
        ("const_item" | "static_item" | "macro_definition" | "const_parameter", "name") => {
            Part::Binds
        }
        ("enum_variant" | "associated_type" | "type_binding", "name") => Part::Nothing,
        ("lifetime" | "label" | "extern_crate_declaration", _) => Part::Nothing,
        ("parameter" | "let_declaration" | "let_condition" | "for_expression", "pattern") => {
            pattern
        }
        ("closure_parameters" | "match_pattern", _) => pattern,
        ("tuple_struct_pattern", "type") | ("struct_pattern", "type") => Part::Reference,
        (
            "tuple_pattern"
            | "slice_pattern"
            | "ref_pattern"
            | "mut_pattern"
            | "captured_pattern"
            | "or_pattern"
            | "reference_pattern"
            | "tuple_struct_pattern"
            | "field_pattern",
            _,
        ) => pattern,
        ("type_parameters", _) | ("type_parameter", "name") => Part::Binds,
        ("constrained_type_parameter" | "optional_type_parameter", "left" | "name") => Part::Binds,
        ("token_tree", _) => {
            let before = before.trim_ascii_end();
            let is_member = before.ends_with(b"::") || before.ends_with(b".");
            if is_member && !before.ends_with(b"..") { Part::Nothing } else { Part::Reference }
        }
        _ => Part::Reference,
    }
}
