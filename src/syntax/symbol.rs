//! A definition in a file.

use std::borrow::Cow;
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

impl Symbol {
    /// Whether `name`, with dots between its parts, is its name, its path, or the end of its path.
    pub fn is_called(&self, name: &str) -> bool {
        let path = dotted(&self.path);
        let ends = path.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        ends || path == name || dotted(&self.name) == name
    }

    /// The last part of its name, by which it is used: `Client` of `Net::Client`.
    pub fn last_name(&self) -> &str {
        let last = self.name.rsplit(['.', ':', '\\']).next().filter(|last| !last.is_empty());
        last.filter(|_| self.kind.is_definition()).unwrap_or(&self.name)
    }

    /// Its path where `name` is written in the definition itself; titles and keys stay as written.
    pub(super) fn written_path(kind: SymbolKind, name: &str) -> String {
        if kind.is_definition() { dotted(name).into_owned() } else { name.to_owned() }
    }
}

/// A name with dots between its parts, as languages have it in their ways: `a::b` and `a\b`.
pub fn dotted(name: &str) -> Cow<'_, str> {
    let is_joined = name.contains("::") || name.contains('\\');
    // Operators have no parts.
    if is_joined && name.contains(char::is_alphanumeric) {
        Cow::Owned(name.replace("::", ".").replace('\\', "."))
    } else {
        Cow::Borrowed(name)
    }
}

/// The ends of a dotted path that begin with one of its parts, the shortest first, and at last the
/// whole path.
pub fn path_ends(path: &str) -> impl Iterator<Item = &str> {
    let starts = path.rmatch_indices('.').map(|(at, _)| at + 1).chain([0]);
    starts.map(move |start| &path[start..]).filter(|end| !end.is_empty())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_names_are_joined_by_dots() {
        for (written, expected) in [
            ("net::Client", "net.Client"),
            ("App\\Net\\Client", "App.Net.Client"),
            ("net.Client", "net.Client"),
            ("\\/", "\\/"),
            ("::", "::"),
        ] {
            assert_eq!(dotted(written), expected);
        }
    }

    #[test]
    fn a_path_ends_with_each_of_its_parts() {
        let of = |path: &'static str| path_ends(path).collect::<Vec<_>>();
        assert_eq!(of("net.Client.connect"), ["connect", "Client.connect", "net.Client.connect"]);
        assert_eq!(of("main"), ["main"]);
        assert_eq!(of("a."), ["a."]);
        assert_eq!(of(""), [""; 0]);
    }

    #[test]
    fn a_definition_is_called_by_the_end_of_its_path() {
        let text = b"namespace net { class Client { void open() {} }; }";
        let symbols = crate::syntax::symbols(crate::syntax::Language::named("cpp").unwrap(), text);
        let called = |name: &str| symbols.iter().filter(|it| it.is_called(name)).count();
        assert_eq!(called("net.Client.open"), 1);
        assert_eq!(called("Client.open"), 1);
        assert_eq!((called("open"), called("net"), called("ent.open")), (1, 1, 0));
    }

    #[test]
    fn a_definition_is_used_by_the_last_part_of_its_name() {
        let text = b"class Net::Client\n  def open?\n  end\nend\n";
        let symbols = crate::syntax::symbols(crate::syntax::Language::named("ruby").unwrap(), text);
        let names: Vec<_> = symbols.iter().map(|it| (it.last_name(), it.path.as_str())).collect();
        assert_eq!(names, [("Client", "Net.Client"), ("open?", "Net.Client.open?")]);
    }
}
