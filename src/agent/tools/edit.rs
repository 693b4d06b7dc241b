//! `edit`: one change of one file of the draft.

use serde_json::json;

use crate::agent::tools::arguments::{Arguments, CODE};
use crate::agent::tools::{Act, Tool};
use crate::base::RepoPath;
use crate::proposal::{Dialect, Edit};
use crate::syntax::{self, Language};

/// A change that a call asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub path: RepoPath,
    pub part: Part,
}

/// What of the file is changed, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The definition with this name becomes this code.
    Replace { symbol: String, code: String },
    /// This code comes before, or else after, the definition with this name.
    Beside { symbol: String, before: bool, code: String },
    /// The definition with this name goes.
    Delete { symbol: String },
    /// The lines that stand there once become these; in the definition with this name, if one is given.
    Lines { symbol: Option<String>, old: String, new: String },
    /// The whole file becomes this, or is made.
    File { code: String },
}

pub(super) const TOOL: Tool = Tool {
    name: "edit",
    purpose: "Change a file. action `lines`: `old`, lines exactly as they stand, become `code`. `replace`: the definition `symbol` becomes `code`, whole. `before`/`after`: `code` is put beside `symbol`. `delete`: `symbol` goes. `file`: the whole file becomes `code`.",
    arguments: || {
        json!({
            "path": { "type": "string" },
            "action": { "enum": ["lines", "replace", "before", "after", "delete", "file"] },
            "symbol": { "type": "string" },
            "old": { "type": "string" },
            "code": { "type": "string" },
        })
    },
    required: &["path", "action"],
    read,
};

fn read(arguments: &Arguments<'_>) -> Result<Act, String> {
    let path = arguments.path("path")?;
    let symbol = arguments.text_if_any("symbol", super::arguments::WORDS)?;
    let symbol = symbol.map(|name| name.trim().replace("::", ".")).filter(|it| !it.is_empty());
    let old = arguments.text_if_any("old", CODE)?;
    let code = arguments.text_if_any("code", CODE)?;
    let action = arguments.text_if_any("action", super::arguments::WORDS)?.unwrap_or_default();
    let named = || symbol.clone().ok_or_else(|| "`symbol` is missing".to_owned());
    let coded = || code.clone().map(ended).ok_or_else(|| "`code` is missing".to_owned());
    // What is left unsaid follows from what is given.
    let action = match (action.trim(), &old, &symbol) {
        ("", Some(_), _) => "lines",
        ("", None, Some(_)) => "replace",
        ("", None, None) => "file",
        (said, ..) => said,
    };
    let part = match action {
        "replace" => Part::Replace { symbol: named()?, code: coded()? },
        "before" => Part::Beside { symbol: named()?, before: true, code: coded()? },
        "after" => Part::Beside { symbol: named()?, before: false, code: coded()? },
        "delete" => Part::Delete { symbol: named()? },
        "file" => Part::File { code: coded()? },
        "lines" => {
            let old = old.filter(|old| !old.trim().is_empty());
            let old = old.ok_or("`old` is missing: the lines to replace, as they stand")?;
            let new = code.unwrap_or_default();
            let new = if new.is_empty() { new } else { ended(new) };
            Part::Lines { symbol, old: ended(unnumbered(&old)), new: unnumbered(&new) }
        }
        other => {
            let other = super::arguments::quoted(other);
            return Err(format!(
                "there is no action `{other}`; there are: lines, replace, before, after, delete, file"
            ));
        }
    };
    Ok(Act::Edit(Change { path, part }))
}

fn ended(mut text: String) -> String {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Lines without the numbers that `open` shows before them, where each has one.
fn unnumbered(text: &str) -> String {
    let bare = |line: &str| {
        let (number, rest) = line.split_once('|')?;
        number.trim().parse::<u32>().ok()?;
        Some(rest.to_owned())
    };
    let lines: Option<Vec<String>> = text.lines().map(bare).collect();
    match lines.filter(|lines| !lines.is_empty()) {
        Some(lines) => lines.join("\n") + if text.ends_with('\n') { "\n" } else { "" },
        None => text.to_owned(),
    }
}

impl Change {
    /// The edit that this is of the file with `text`, as [`crate::proposal::resolve()`] takes it.
    ///
    /// # Errors
    ///
    /// A sentence for the model where what it names is not there, or there more than once.
    pub fn edit(&self, text: Option<&[u8]>) -> Result<Edit, String> {
        let edit = |dialect, symbol: Option<&String>, old: Option<String>, code: &str| Edit {
            dialect,
            path: Some(self.path.to_string()),
            symbol: symbol.cloned(),
            old,
            code: code.to_owned(),
        };
        Ok(match &self.part {
            Part::Replace { symbol, code } => edit(Dialect::Symbol, Some(symbol), None, code),
            Part::File { code } => edit(Dialect::File, None, None, code),
            Part::Lines { symbol, old, new } => {
                edit(Dialect::Lines, symbol.as_ref(), Some(old.clone()), new)
            }
            Part::Delete { symbol } => {
                let (path, old) = self.definition(symbol, text)?;
                edit(Dialect::Lines, Some(&path), Some(old), "")
            }
            Part::Beside { symbol, before, code } => {
                let (path, old) = self.definition(symbol, text)?;
                let blank = if path.contains('.') { "\n" } else { "\n\n" };
                let depth: String = old.chars().take_while(|c| *c == ' ' || *c == '\t').collect();
                let code = moved_to(code, &depth);
                let new = match before {
                    true => format!("{code}{blank}{old}"),
                    false => format!("{old}{blank}{code}"),
                };
                edit(Dialect::Lines, Some(&path), Some(old), &new)
            }
        })
    }

    /// The path and the lines of the one definition that `name` means.
    fn definition(&self, name: &str, text: Option<&[u8]>) -> Result<(String, String), String> {
        let path = &self.path;
        let bytes = text.ok_or_else(|| format!("there is no file `{path}`"))?;
        let language = Language::of(path, bytes)
            .ok_or_else(|| format!("`{path}` is in no language with symbols; use `lines`"))?;
        let ends = |long: &str| long.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
        let symbols = syntax::symbols(language, bytes).into_iter();
        let alike: Vec<_> = symbols.filter(|it| it.path == name || ends(&it.path)).collect();
        let exact: Vec<_> = alike.iter().filter(|it| it.path == name).collect();
        let meant = match (exact[..].len(), &alike[..]) {
            (1, _) => exact[0],
            (_, [only]) => only,
            (_, []) => return Err(format!("`{name}` is not defined in `{path}`")),
            _ => {
                return Err(format!("`{name}` is defined in `{path}` more than once; use `lines`"));
            }
        };
        let text =
            std::str::from_utf8(bytes).map_err(|_| format!("`{path}` is no text in UTF-8"))?;
        let first = meant.span.start.saturating_sub(1) as usize;
        let lines = text.lines().skip(first).take(meant.span.lines() as usize);
        let lines: String = lines.map(|line| format!("{line}\n")).collect();
        Ok((meant.path.clone(), lines))
    }
}

/// `code` with its first line at `depth`, and the others moved with it.
fn moved_to(code: &str, depth: &str) -> String {
    let is_space = |c: &char| *c == ' ' || *c == '\t';
    let first = code.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let own: String = first.chars().take_while(is_space).collect();
    let line = |line: &str| match line.strip_prefix(own.as_str()) {
        Some(rest) if !rest.is_empty() => format!("{depth}{rest}\n"),
        _ => format!("{line}\n"),
    };
    code.lines().map(line).collect()
}
