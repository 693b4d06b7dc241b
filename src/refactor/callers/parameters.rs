//! The parameters of a function as they are written, read from the tree of its file.
//!
//! What a type or a default means is not known; a text is all that they are here.

use std::collections::BTreeMap;
use std::ops::Range;

use tree_sitter::Node;

use crate::base::RepoPath;
use crate::refactor::sources::{Family, File};
use crate::syntax::{Symbol, SymbolKind};

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The name; of a pattern its text.
    pub name: String,
    /// All of it, with its type and its default.
    pub text: String,
    pub default: Option<String>,
    pub kind: ParameterKind,
    /// A call may leave it out.
    pub optional: bool,
    pub(super) bytes: Range<usize>,
}

/// How a call gives a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// In its place, or by its name where the language has that.
    Plain,
    OnlyByPlace,
    OnlyByName,
    /// Takes whatever is left: `*args`, `...rest`, `a ...T`.
    Rest,
    /// Takes whatever is left by name: `**options`.
    Names,
    /// What stands before the dot: `self`.
    Receiver,
}

/// A function and its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    pub name: String,
    /// With the names of what it stands in, joined by dots.
    pub symbol: String,
    /// The type that it is a method of.
    pub holder: Option<String>,
    pub parameters: Vec<Parameter>,
    /// Between the brackets.
    pub(super) list: Range<usize>,
    /// A method of Python that takes its class, however it is called.
    pub(super) of_class: bool,
    /// The parameters have no brackets: `x => x`.
    pub(super) bare: bool,
    pub(super) body: Option<Range<usize>>,
    pub(super) bytes: Range<usize>,
    pub(super) name_at: usize,
}

impl Signature {
    /// The parameters that a call gives.
    pub fn given(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|it| it.kind != ParameterKind::Receiver)
    }

    pub(super) fn has_receiver(&self) -> bool {
        self.parameters.iter().any(|it| it.kind == ParameterKind::Receiver)
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|it| it.name == name)
    }
}

/// How many arguments a call has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arity {
    pub least: usize,
    /// Where it is not as many as anybody likes.
    pub most: Option<usize>,
}

impl Signature {
    fn arity(&self) -> Arity {
        let (mut least, mut most) = (0, Some(0));
        for it in self.given() {
            match it.kind {
                ParameterKind::Rest | ParameterKind::Names => most = None,
                _ => {
                    least += usize::from(!it.optional);
                    most = most.map(|most| most + 1);
                }
            }
        }
        Arity { least, most }
    }
}

/// How many arguments the functions at the top of a file take, by name.
pub fn arities(path: &RepoPath, text: &[u8]) -> BTreeMap<String, Arity> {
    let all = File::new(path, text).map(|file| signatures(&file)).unwrap_or_default();
    let own = all.into_iter().filter(|it| it.holder.is_none());
    own.map(|it| (it.name.clone(), it.arity())).collect()
}

/// The functions of a file that have one definition each, at its top or as methods of its types.
pub(super) fn signatures(file: &File) -> Vec<Signature> {
    let is_function = |it: &&Symbol| matches!(it.kind, SymbolKind::Function | SymbolKind::Method);
    let all: Vec<&Symbol> = file.symbols.iter().filter(is_function).collect();
    let alone = |it: &&&Symbol| all.iter().filter(|other| other.path == it.path).count() == 1;
    all.iter().filter(alone).filter_map(|symbol| signature(file, symbol)).collect()
}

/// The parameters of one function.
fn signature(file: &File, symbol: &Symbol) -> Option<Signature> {
    let family = Family::of(file.language)?;
    let name_at = *symbol.names_at.first()?;
    let holder = match symbol.path.rsplit_once('.') {
        None => None,
        Some((around, _)) => Some(holder(file, symbol, around)?),
    };
    let function = function(file, symbol, name_at)?;
    let bare = function.child_by_field_name("parameter");
    let list = function.child_by_field_name("parameters");
    let (parameters, list) = match (list, bare) {
        (Some(node), _) => {
            let range = node.start_byte() + 1..node.end_byte().checked_sub(1)?;
            (
                read(
                    file,
                    family,
                    node,
                    holder.is_some() && !is_decorated(file, symbol, "@staticmethod"),
                ),
                range,
            )
        }
        (None, Some(node)) => (vec![parameter(file, node, None)], node.byte_range()),
        (None, None) => return None,
    };
    Some(Signature {
        name: symbol.name.clone(),
        symbol: symbol.path.clone(),
        holder,
        parameters,
        list,
        of_class: is_decorated(file, symbol, "@classmethod"),
        bare: bare.is_some(),
        body: function.child_by_field_name("body").map(|it| it.byte_range()),
        bytes: symbol.bytes.clone(),
        name_at,
    })
}

/// The type that the function is a method of; `None` for what stands in a function.
fn holder(file: &File, symbol: &Symbol, around: &str) -> Option<String> {
    let outer = file.symbols.iter().filter(|it| it.path == around);
    let mut outer = outer.filter(|it| it.bytes.start <= symbol.bytes.start);
    let is_type = outer.clone().any(|it| it.kind.has_methods());
    let is_there = outer.any(|it| !it.kind.has_methods() && it.bytes.end >= symbol.bytes.end);
    // The type of a method of Go may stand in another file.
    let of_go = Family::of(file.language) == Some(Family::Go);
    (of_go || is_type && !is_there).then(|| around.rsplit('.').next().unwrap_or(around).to_owned())
}

/// The node that has the parameters.
fn function<'f>(file: &'f File, symbol: &Symbol, name_at: usize) -> Option<Node<'f>> {
    let mut node = file.tree.root().descendant_for_byte_range(name_at, name_at + 1)?;
    let has = |it: &Node<'_>| {
        ["parameters", "parameter"].iter().any(|field| it.child_by_field_name(field).is_some())
    };
    loop {
        if node.start_byte() < symbol.bytes.start || node.end_byte() > symbol.bytes.end {
            return None;
        }
        let value = node.child_by_field_name("value").or(node.child_by_field_name("right"));
        if let Some(found) = [Some(node), value].into_iter().flatten().find(has) {
            return Some(found);
        }
        node = node.parent()?;
    }
}

/// Whether this stands above a function.
fn is_decorated(file: &File, symbol: &Symbol, with: &str) -> bool {
    let head = file.slice(symbol.bytes.clone());
    head.lines()
        .take_while(|line| line.trim_start().starts_with('@'))
        .any(|line| line.trim() == with)
}

/// The parameters in a list.
fn read(file: &File, family: Family, list: Node<'_>, is_method: bool) -> Vec<Parameter> {
    let mut cursor = list.walk();
    let nodes: Vec<Node<'_>> =
        list.named_children(&mut cursor).filter(|it| !it.is_extra()).collect();
    let mut all: Vec<Parameter> = Vec::new();
    let mut by_name = false;
    for node in nodes {
        match node.kind() {
            "keyword_separator" => by_name = true,
            "positional_separator" => {
                for it in all.iter_mut().filter(|it| it.kind == ParameterKind::Plain) {
                    it.kind = ParameterKind::OnlyByPlace;
                }
            }
            "attribute_item" | "variadic_parameter" => {}
            "parameter_declaration" | "variadic_parameter_declaration" => {
                all.extend(of_go(file, node));
            }
            _ => {
                let mut found = parameter(file, node, Some(family));
                if family == Family::Python && is_method && all.is_empty() {
                    found.kind = ParameterKind::Receiver;
                } else if found.kind == ParameterKind::Rest && family == Family::Python {
                    by_name = true;
                } else if by_name && found.kind == ParameterKind::Plain {
                    found.kind = ParameterKind::OnlyByName;
                }
                all.push(found);
            }
        }
    }
    all
}

/// One parameter of Python, TypeScript or Rust.
fn parameter(file: &File, node: Node<'_>, family: Option<Family>) -> Parameter {
    let field = |name: &str| node.child_by_field_name(name);
    let text = |node: Node<'_>| file.slice(node.byte_range()).to_owned();
    let named = field("name").or(field("pattern")).or(field("left"));
    let inner = named.or_else(|| {
        // `x: int` of Python has its name in no field.
        (node.kind() == "typed_parameter").then(|| node.named_child(0)).flatten()
    });
    let inner = inner.unwrap_or(node);
    let kind = match (node.kind(), inner.kind()) {
        ("self_parameter", _) | (_, "this") => ParameterKind::Receiver,
        (_, "list_splat_pattern" | "rest_pattern") => ParameterKind::Rest,
        (_, "dictionary_splat_pattern") => ParameterKind::Names,
        _ => ParameterKind::Plain,
    };
    let mut name = text(inner);
    if family == Some(Family::Rust) {
        name = name.trim_start_matches("mut ").trim_start().to_owned();
    }
    let default = field("value").or(field("right")).map(text);
    let optional = default.is_some() || node.kind() == "optional_parameter";
    Parameter { name, text: text(node), default, kind, optional, bytes: node.byte_range() }
}

/// The parameters of one declaration of Go: `a, b string`.
fn of_go(file: &File, node: Node<'_>) -> Vec<Parameter> {
    let rest = node.kind() == "variadic_parameter_declaration";
    let kind = if rest { ParameterKind::Rest } else { ParameterKind::Plain };
    let typed = node.child_by_field_name("type").map(|it| file.slice(it.byte_range()));
    let typed = typed.unwrap_or_default();
    let mut cursor = node.walk();
    let names: Vec<Node<'_>> = node.children_by_field_name("name", &mut cursor).collect();
    let make = |name: &str, bytes: Range<usize>| Parameter {
        name: name.to_owned(),
        text: if rest { format!("{name} ...{typed}") } else { format!("{name} {typed}") },
        default: None,
        kind,
        optional: false,
        bytes,
    };
    match names.as_slice() {
        [] => vec![make("_", node.byte_range())],
        [only] => vec![make(file.slice(only.byte_range()), node.byte_range())],
        [first @ .., last] => {
            let first = first.iter().map(|it| make(file.slice(it.byte_range()), it.byte_range()));
            let bytes = last.start_byte()..node.end_byte();
            first.chain([make(file.slice(last.byte_range()), bytes)]).collect()
        }
    }
}
