//! Modules of CommonJS, whose imports are calls and whose exports are assignments: no statement of them can
//! be written as those of other modules are.

use crate::refactor::sources::{Family, File};

/// Whether a file is such a module.
pub(super) fn is_one(file: &File) -> bool {
    if Family::of(file.language) != Some(Family::TypeScript) {
        return false;
    }
    let mut cursor = file.tree.root().walk();
    let (mut has_statements, mut requires) = (false, false);
    for node in file.tree.root().children(&mut cursor) {
        let text = file.slice(node.byte_range());
        match node.kind() {
            "import_statement" | "export_statement" => has_statements = true,
            "expression_statement" if is_export(text) => return true,
            "lexical_declaration" | "variable_declaration" => {
                requires |= text.contains("= require(");
            }
            _ => {}
        }
    }
    requires && !has_statements
}

fn is_export(text: &str) -> bool {
    ["module.exports", "exports."].iter().any(|start| text.starts_with(start))
}
