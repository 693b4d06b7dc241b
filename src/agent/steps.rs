//! Tasks whose words leave nothing to think about: rename this, move that.
//!
//! A sentence is read only if all of it is understood; whatever wishes for more, or could be meant
//! otherwise, is left to a model. Whether the names are there is not known here.

use std::sync::LazyLock;

use regex::Regex;

/// What the words of a task ask for, and a tool can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Rename {
        old: String,
        new: String,
        /// The file that is said to have it.
        from: Option<String>,
    },
    Move {
        name: String,
        from: Option<String>,
        /// A file, or a module without its ending.
        to: String,
    },
}

/// What things are called that have names.
const KINDS: &str = "function|method|class|struct|enum|trait|interface|type|type alias|constant|const|variable|global|helper|dataclass|exception|module-level function";
/// Words that say which of them, or how far, and nothing more.
const REACH: &str = "everywhere|throughout the (?:whole )?(?:repository|repo|codebase|code base|project|package|crate)|across the (?:whole )?(?:repository|repo|codebase|code base|project)|in (?:the (?:whole )?|all of the |all )?(?:repository|repo|codebase|code base|project|files|code)|and (?:all|every one of) (?:of )?(?:its|the) (?:uses|usages|callers|call sites|references|imports)|and (?:fix|update|adjust) (?:all |the |all the |all of its |its )?(?:uses|usages|callers|call sites|references|imports)(?: (?:everywhere|accordingly|to it))?|(?:fixing|updating|adjusting|with) (?:all |the |all the |all of its |its )?(?:uses|usages|callers|call sites|references|imports)(?: (?:everywhere|accordingly))?|so that (?:all |the )?imports still work";

static RENAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let text = format!(
        r"(?ix)^ (?:please\x20)? rename \x20 (?:the\x20)? (?:(?:public|private|internal|top-level)\x20)? (?:(?:{kinds})\x20)?
        (?P<old>{name}) (?:\x20(?:{kinds}))? (?:\x20(?:in|from|of)\x20(?:the\x20(?:file|module)\x20)?(?P<from>{path}))?
        \x20 (?:to|into|as) \x20 (?P<new>{name}) (?:,?\x20(?:{reach}))* $",
        kinds = spaced(KINDS),
        reach = spaced(REACH),
        name = NAME,
        path = PATH,
    );
    Regex::new(&text).ok()
});

static MOVE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let text = format!(
        r"(?ix)^ (?:please\x20)? (?:move|extract|relocate) \x20 (?:the\x20)? (?:(?:public|private|internal|top-level)\x20)? (?:(?:{kinds})\x20)?
        (?P<name>{name}) (?:\x20(?:{kinds}))? (?:\x20(?:out\x20of|from|in)\x20(?:the\x20(?:file|module)\x20)?(?P<from>{path}))?
        \x20 (?:in)?to \x20 (?:(?:a|the|its\x20own)\x20)? (?:new\x20)? (?:separate\x20)? (?P<what>(?:file|module|source\x20file)\x20)? (?:(?:called|named)\x20)?
        (?P<to>{path}) (?:,?\x20(?:{reach}))* $",
        kinds = spaced(KINDS),
        reach = spaced(REACH),
        name = NAME,
        path = PATH,
    );
    Regex::new(&text).ok()
});

/// A name, alone or in quotes, with what it is a member of or with its brackets.
const NAME: &str =
    r#"[`"']?[A-Za-z_][A-Za-z0-9_]*(?:(?:\.|::)[A-Za-z_][A-Za-z0-9_]*)*(?:\(\))?[`"']?"#;
const PATH: &str = r#"[`"']?[A-Za-z0-9_.@/-]+[`"']?"#;

/// Spaces count in a pattern that is laid out.
fn spaced(pattern: &str) -> String {
    pattern.replace(' ', r"\x20")
}

/// The step that the whole of `text` asks for.
pub fn step(text: &str) -> Option<Step> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.trim_end_matches(['.', '!']);
    let bare = |text: &str| {
        text.trim_matches(['`', '"', '\''].as_slice()).trim_end_matches("()").to_owned()
    };
    if let Some(found) = RENAME.as_ref()?.captures(text) {
        let (old, new) = (bare(&found["old"]), bare(&found["new"]));
        let marked =
            |name: &str| found[name].starts_with(['`', '"', '\'']) || is_code(&bare(&found[name]));
        let from = found.name("from").map(|it| bare(it.as_str()));
        let clear = marked("old") && is_name(&new) && !is_word(&new) && !is_word(&old);
        return (clear && old != new).then_some(Step::Rename { old, new, from });
    }
    let found = MOVE.as_ref()?.captures(text)?;
    let (name, to) = (bare(&found["name"]), bare(&found["to"]));
    let from = found.name("from").map(|it| bare(it.as_str()));
    // `move f to b` may mean anything; a file has an ending, or is called one.
    let says_file = is_file(&to) || found.name("what").is_some();
    let marked = found["name"].starts_with(['`', '"', '\'']) || is_code(&name) || is_file(&to);
    let clear = says_file && marked && is_name(&name) && !is_word(&name) && !is_word(&to);
    (clear && from.as_deref().is_none_or(|from| !is_word(from))).then_some(Step::Move {
        name,
        from,
        to,
    })
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// Whether a word looks like code and like no word of a sentence.
fn is_code(text: &str) -> bool {
    let inner_capital = text.chars().skip(1).any(char::is_uppercase);
    text.contains(['_', '.', ':']) || inner_capital || text.starts_with(char::is_uppercase)
}

fn is_file(text: &str) -> bool {
    const ENDS: [&str; 11] =
        [".py", ".pyi", ".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".rs", ".go", ".cjs"];
    ENDS.iter().any(|end| text.len() > end.len() && text.ends_with(end))
}

/// Words of sentences that are no names, however they stand.
fn is_word(text: &str) -> bool {
    const WORDS: &str = " the a an it its this that these those all and or of to in into from with before after \
        loop file module class function variable method something everything line lines block code check test tests \
        same other another end top bottom start here there own separate new better clearer shorter longer ";
    WORDS.contains(&format!(" {} ", text.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let shown = match step(text) {
            None => "-".to_owned(),
            Some(Step::Rename { old, new, from }) => {
                format!("rename {old} {new} {}", from.unwrap_or_default())
            }
            Some(Step::Move { name, from, to }) => {
                format!("move {name} {to} {}", from.unwrap_or_default())
            }
        };
        assert_eq!(shown.trim(), expected, "{text}");
    }

    #[test]
    fn sentences_that_leave_nothing_open_are_steps() {
        for (text, expected) in [
            ("Rename get_in to dig", "rename get_in dig"),
            ("rename `total` to `sum_of`.", "rename total sum_of"),
            ("Rename the function `total` to `sum_of` everywhere", "rename total sum_of"),
            ("Rename Client.connect to open_connection", "rename Client.connect open_connection"),
            ("Please rename the class Foo to Bar across the repository.", "rename Foo Bar"),
            (
                "rename the method `Client::connect` to `open` and update all callers",
                "rename Client::connect open",
            ),
            (
                "Rename `parse()` in src/a.rs to `read`, and fix all imports",
                "rename parse read src/a.rs",
            ),
            (
                "Rename to_int to as_int throughout the codebase, updating all references",
                "rename to_int as_int",
            ),
            ("Move `f` from a.py to b.py", "move f b.py a.py"),
            ("move get_in to toolz/nested.py", "move get_in toolz/nested.py"),
            (
                "Move the class `Cart` into a new file shop/cart.py and fix the imports.",
                "move Cart shop/cart.py",
            ),
            ("extract `f` into module b", "move f b"),
            (
                "Extract the function `f` from src/a.ts into its own file src/b.ts",
                "move f src/b.ts src/a.ts",
            ),
            (
                "Move the `ByteSize` struct out of src/lib.rs into src/size.rs",
                "move ByteSize src/size.rs src/lib.rs",
            ),
            (
                "Move `helper` to the module pkg.util, so that all imports still work",
                "move helper pkg.util",
            ),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn whatever_could_be_meant_otherwise_is_none() {
        for text in [
            "",
            "rename",
            "rename the variable in the loop",
            "rename the variable in the loop to i",
            "rename x",
            "Rename it to something better",
            "rename the file a.py to b.py",
            "Rename a.py to b.py",
            "rename total to sum_of and add a test",
            "Rename `total` to `sum_of` and make it faster",
            "Rename `total` to `sum_of` only in tests",
            "Rename `total` to `sum_of` unless it is public",
            "Rename `total` to `sum_of` in the error message",
            "Rename `total` to `sum of`",
            "rename `a` to `b` and `c` to `d`",
            "Rename total to a better name",
            "rename the parameter `x` of `f` to `y`",
            "rename the column user_id to account_id in the database",
            "Rename the flag --total to --sum",
            "Should we rename `total` to `sum_of`?",
            "Do not rename `total` to `sum_of`",
            "When renaming `total` to `sum_of` fails, show an error",
            "Renames `total` to `sum_of`",
            "move the check before the loop",
            "Move the check to the top",
            "move the check into the loop",
            "Move the import to the top of the file",
            "move f before g",
            "Move `f` to the end of the file",
            "move `f` to b",
            "Move `f` and `g` to b.py",
            "Move `f` from a.py to b.py and rename it to g",
            "Move `f` from a.py to b.py and add a docstring",
            "Move everything to b.py",
            "move the code to b.py",
            "Move a.py to b.py",
            "Move the tests to tests.py",
            "Extract the loop into a function",
            "extract a helper from `f`",
            "Extract `f` into a function",
            "Move the cursor to the module list",
            "Moving `f` to b.py breaks the build",
            "Add an option to move files to b.py",
        ] {
            check(text, "-");
        }
    }
}
