//! Puts whole definitions into a file: replaced where they stand, new ones beside their neighbours.

use std::ops::Range;

use crate::proposal::edit::Edit;
use crate::proposal::resolve::Refusal;
use crate::proposal::resolve::imports;
use crate::proposal::resolve::indent::{indentation, reindent};
use crate::proposal::resolve::lines::ending_of;
use crate::proposal::resolve::parts::{self, Part, Parts, line_end, line_start, trailing_comments};
use crate::proposal::resolve::place::{self, Place, last_name};
use crate::proposal::resolve::top;
use crate::syntax::{self, Language, Symbol};

/// One replacement of bytes.
#[derive(Debug)]
struct Splice {
    range: Range<usize>,
    text: String,
}

/// The bytes of the file after the definitions of `edit` are put in.
pub(super) fn splice(
    path: &str,
    language: Language,
    before: &[u8],
    edit: &Edit,
) -> Result<Vec<u8>, Refusal> {
    // Positions are bytes, so a file that is no UTF-8 is edited through a text of the same length.
    let shadow = shadow(before);
    let symbols = definitions(language, before);
    let parts = parts::split(language, &edit.code);
    if parts.definitions.is_empty() {
        return Err(nothing_defined(path, language, &edit.code));
    }
    parts.refuse_strangers(&shadow)?;
    let mut splices = place_all(path, &shadow, &symbols, &parts, edit.symbol.as_deref())?;
    splices.extend(imports(language, &shadow, &edit.code, &parts));
    write(path, before, splices, ending_of(&shadow))
}

fn nothing_defined(path: &str, language: Language, code: &str) -> Refusal {
    match syntax::errors(language, code.as_bytes()).first() {
        Some(error) => {
            Refusal::BrokenCode { line: error.span.start, message: error.message.clone() }
        }
        None => Refusal::NoDefinition { path: path.to_owned() },
    }
}

fn definitions(language: Language, text: &[u8]) -> Vec<Symbol> {
    let mut symbols = syntax::symbols(language, text);
    symbols.retain(|symbol| symbol.kind.is_definition());
    symbols
}

fn place_all(
    path: &str,
    text: &str,
    symbols: &[Symbol],
    parts: &Parts,
    heading: Option<&str>,
) -> Result<Vec<Splice>, Refusal> {
    let mut splices: Vec<Splice> = Vec::new();
    let mut waiting: Vec<&Part> = Vec::new();
    let heading_is_there = |heading: &&str| {
        parts.definitions.iter().any(|part| part.symbol.name == last_name(heading))
    };
    for part in &parts.definitions {
        // Beside the definition that the heading names, others are its helpers.
        let own = heading
            .filter(|heading| part.symbol.name == last_name(heading) || !heading_is_there(heading));
        match place::find(symbols, own, part, path)? {
            Place::Replace(target) => {
                let mut splice = replace(path, text, symbols, &target, part, heading)?;
                for new in waiting.drain(..).rev() {
                    let (new, gap) = beside(text, &splice.range, new);
                    splice.text = format!("{new}{gap}{}", splice.text);
                }
                splices.push(splice);
            }
            Place::Member(class) => splices.push(append_member(text, symbols, &class, part)),
            Place::New => match splices.last_mut() {
                Some(last) => {
                    let (new, gap) = beside(text, &last.range, part);
                    last.text.push_str(gap);
                    last.text.push_str(&new);
                }
                None => waiting.push(part),
            },
        }
    }
    splices.extend(waiting.into_iter().map(|part| append(text, part)));
    Ok(splices)
}

/// Replaces `target`; a class given with only some members may stand for the one that is meant.
fn replace(
    path: &str,
    text: &str,
    symbols: &[Symbol],
    target: &Symbol,
    part: &Part,
    heading: Option<&str>,
) -> Result<Splice, Refusal> {
    let lost = lost_members(symbols, target, part);
    if lost.is_empty() {
        return Ok(replace_whole(text, target, part));
    }
    let meant = heading.filter(|heading| heading.starts_with(&format!("{}.", target.path)));
    let member = meant.and_then(|heading| {
        let inside = heading.strip_prefix(&format!("{}.", target.path))?;
        let new = part
            .members
            .iter()
            .find(|member| member.path == format!("{}.{inside}", part.symbol.path))?;
        let old = symbols.iter().find(|symbol| symbol.path == heading)?;
        Some((old, member_part(part, new)?))
    });
    match member {
        Some((old, new)) => Ok(replace_whole(text, old, &new)),
        None => Err(Refusal::Lost { path: path.to_owned(), lost }),
    }
}

/// A member of a class in the code as a part of its own.
fn member_part(class: &Part, member: &Symbol) -> Option<Part> {
    let comments: usize =
        class.text.split_inclusive('\n').take(class.comment_lines).map(str::len).sum();
    let offset = comments + (member.bytes.start.checked_sub(class.symbol.bytes.start)?);
    let start = line_start(&class.text, offset);
    let end = line_end(&class.text, offset + member.bytes.len());
    let text = class.text.get(start..end)?.to_owned();
    Some(Part { symbol: member.clone(), members: Vec::new(), text, comment_lines: 0 })
}

/// The members of `target` that `part` does not have.
fn lost_members(symbols: &[Symbol], target: &Symbol, part: &Part) -> Vec<String> {
    let inside = |symbol: &&Symbol| {
        symbol.bytes.start >= target.bytes.start
            && symbol.bytes.end <= target.bytes.end
            && symbol.bytes != target.bytes
    };
    let kept = |symbol: &&Symbol| part.members.iter().any(|member| member.name == symbol.name);
    symbols
        .iter()
        .filter(inside)
        .filter(|symbol| !kept(symbol))
        .map(|symbol| symbol.path.clone())
        .collect()
}

fn replace_whole(text: &str, target: &Symbol, part: &Part) -> Splice {
    let line = line_start(text, target.bytes.start);
    let indent = indentation(&text[line..]);
    let code = reindent(part.text.trim_end_matches('\n'), indent);
    let code = code.trim_end_matches('\n');
    let range = target.bytes.clone();
    if indent.len() != range.start - line {
        // Something else stands before it on its line, as in `x = function() {}`.
        return Splice { range, text: code.trim_start().to_owned() };
    }
    let kept = kept_attributes(&text[range.clone()], code);
    let kept = if kept.is_empty() { String::new() } else { format!("{indent}{kept}") };
    // New comments replace the old ones above the definition instead of doubling them.
    let old_comments =
        if part.comment_lines > 0 { trailing_comments(&text[..line]).len() } else { 0 };
    let comments: usize = code.split_inclusive('\n').take(part.comment_lines).map(str::len).sum();
    let (comments, code) = code.split_at(comments);
    Splice { range: line - old_comments..range.end, text: format!("{comments}{kept}{code}") }
}

/// The decorators or attributes of its own that `old` has and `new`, which has none, would drop.
fn kept_attributes<'a>(old: &'a str, new: &str) -> &'a str {
    let is_attribute =
        |line: &str| line.trim_start().starts_with('@') || line.trim_start().starts_with("#[");
    let first = new.lines().find(|line| !line.trim().is_empty() && !parts::is_comment(line));
    if first.is_some_and(is_attribute) || !old.lines().next().is_some_and(is_attribute) {
        return "";
    }
    let mut end = 0;
    let mut depth = 0;
    for line in old.split_inclusive('\n') {
        if depth == 0 && !is_attribute(line) {
            break;
        }
        depth += parts::opened(line);
        end += line.len();
    }
    &old[..end]
}

/// A new definition at the indentation of the one it stands beside, and the gap between the two.
fn beside(text: &str, range: &Range<usize>, part: &Part) -> (String, &'static str) {
    let indent = indentation(&text[line_start(text, range.start)..]);
    let code = reindent(part.text.trim_end_matches('\n'), indent);
    let gap = if indent.is_empty() { gap_between(text) } else { "\n\n" };
    (code.trim_end_matches('\n').to_owned(), gap)
}

/// The blank lines that the file has between top-level definitions: one or two.
fn gap_between(text: &str) -> &'static str {
    if text.contains("\n\n\n") || text.contains("\n\r\n\r\n") { "\n\n\n" } else { "\n\n" }
}

/// A new member after the last one of `class`.
fn append_member(text: &str, symbols: &[Symbol], class: &Symbol, part: &Part) -> Splice {
    let member = |symbol: &&Symbol| {
        symbol.bytes.start > class.bytes.start && symbol.bytes.end <= class.bytes.end
    };
    let last = symbols.iter().filter(member).max_by_key(|symbol| symbol.bytes.end);
    let (at, indent) = match last {
        Some(last) => {
            (last.bytes.end, indentation(&text[line_start(text, last.bytes.start)..]).to_owned())
        }
        None => {
            let own = indentation(&text[line_start(text, class.bytes.start)..]);
            (class.bytes.end, format!("{own}    "))
        }
    };
    let code = reindent(part.text.trim_end_matches('\n'), &indent);
    Splice { range: at..at, text: format!("\n\n{}", code.trim_end_matches('\n')) }
}

/// A new definition at the end of the file.
fn append(text: &str, part: &Part) -> Splice {
    let end = text.trim_end().len();
    let gap = if end == 0 { "" } else { gap_between(text) };
    Splice { range: end..end, text: format!("{gap}{}", part.text.trim_end_matches('\n')) }
}

/// The imports that the file does not have yet.
fn imports(language: Language, text: &str, code: &str, parts: &Parts) -> Option<Splice> {
    let mut new = imports::new_ones(language, text.as_bytes(), code.as_bytes())
        .unwrap_or_else(|| parts.imports.clone());
    new.retain(|line| text.lines().all(|there| there.trim() != line.trim()));
    if new.is_empty() {
        return None;
    }
    let lines: String = new.iter().map(|line| format!("{line}\n")).collect();
    let tree = syntax::parse(language, text.as_bytes());
    let at = tree.map_or(0, |tree| top::place(&tree, text.as_bytes()));
    let gap = if parts::is_import(&text[at..]) { "" } else { "\n" };
    Some(Splice { range: at..at, text: format!("{lines}{gap}") })
}

fn write(
    path: &str,
    before: &[u8],
    mut splices: Vec<Splice>,
    ending: &str,
) -> Result<Vec<u8>, Refusal> {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let mut out = Vec::with_capacity(before.len() + 256);
    let mut done = 0;
    for splice in &splices {
        if splice.range.start < done {
            return Err(Refusal::Overlap { path: path.to_owned() });
        }
        out.extend_from_slice(&before[done..splice.range.start]);
        out.extend_from_slice(splice.text.replace("\r\n", "\n").replace('\n', ending).as_bytes());
        done = splice.range.end;
    }
    out.extend_from_slice(&before[done..]);
    Ok(out)
}

/// `bytes` as text of the same length, each byte that is no UTF-8 replaced by a placeholder.
fn shadow(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    text
}
