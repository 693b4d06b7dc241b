//! A definition in a file.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::base::Span;

/// A named definition: where it stands and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbol {
    /// The name as written, for example `connect`.
    pub name: String,
    /// The names of what encloses it and its own, joined by dots: `Client.connect`.
    pub path: String,
    /// What it is.
    pub kind: SymbolKind,
    /// Where its name begins, in bytes; several where it is written in clauses.
    pub names_at: Vec<usize>,
    /// Its lines, with doc comments and decorators that belong to it.
    pub span: Span,
    /// Its bytes, from the first decorator or modifier (doc comments above it are not included)
    /// to its end, without the final newline.
    pub bytes: Range<usize>,
    /// The first line or lines up to the body, on one line, white space folded.
    pub signature: String,
}

/// What a symbol is; grammars map their node kinds to these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SymbolKind {
    Function,
    Method,
    Class,
    Struct,
    Enum,
    Trait,
    Interface,
    Implementation,
    Type,
    Module,
    Constant,
    Variable,
    Field,
    Macro,
    /// A part of a document: a heading and what stands under it, or a table of settings.
    Section,
}

impl SymbolKind {
    /// Every kind with its name, which is also what queries capture: `@definition.<name>`.
    const NAMES: [(Self, &'static str); 15] = [
        (Self::Function, "function"),
        (Self::Method, "method"),
        (Self::Class, "class"),
        (Self::Struct, "struct"),
        (Self::Enum, "enum"),
        (Self::Trait, "trait"),
        (Self::Interface, "interface"),
        (Self::Implementation, "implementation"),
        (Self::Type, "type"),
        (Self::Module, "module"),
        (Self::Constant, "constant"),
        (Self::Variable, "variable"),
        (Self::Field, "field"),
        (Self::Macro, "macro"),
        (Self::Section, "section"),
    ];

    /// Its name in lower case.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// Every kind, in the order in which they are told to people.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMES.iter().map(|(kind, _)| *kind)
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, it)| *it == name).map(|(kind, _)| *kind)
    }

    /// Whether functions inside it are its methods.
    pub fn has_methods(self) -> bool {
        use SymbolKind::{Class, Enum, Implementation, Interface, Struct, Trait};
        matches!(self, Class | Struct | Enum | Trait | Interface | Implementation)
    }
    /// Whether it is more than a value: something that an edit can replace as a whole.
    pub fn is_definition(self) -> bool {
        !matches!(self, Self::Constant | Self::Variable | Self::Field | Self::Section)
    }

    /// Whether other definitions can stand inside and belong to it.
    pub fn has_members(self) -> bool {
        matches!(
            self,
            Self::Class
                | Self::Struct
                | Self::Enum
                | Self::Trait
                | Self::Interface
                | Self::Implementation
                | Self::Module
                | Self::Section
        )
    }
}
