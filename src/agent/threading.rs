//! Tasks that give functions another parameter: which ones, what it is, what callers give.
//!
//! A hint is taken wherever it stands; that nothing else is asked for is said only of a text that is read
//! to its end. Whether the functions are there is not known here.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::refactor::callers::{Asked, Gain};

/// Words of code, one or several.
const CODE: &str = r"(?:the\x20)?(?:(?:function|method|helper)s?\x20)?`[^`]+`";
/// What may stand before `parameter`, and the word itself.
const WHAT: &str = r"(?:(?:an?|the|another|one\x20more)\x20)?(?P<mods>(?:(?:new|optional|required|mandatory|boolean|keyword-only|keyword|positional|first|second|third|fourth|fifth|last|additional|extra|further)\x20)*)(?:parameter|argument|option)(?:\x20(?:called|named))?";
const FILE: &str = r#"[`"']?[A-Za-z0-9_./-]+\.[a-z]+[`"']?"#;

fn regex(text: &str) -> Option<Regex> {
    let list = format!(r"{CODE}(?:(?:,\x20and|,|\x20and)\x20{CODE})*");
    let text = text.replace("LIST", &list).replace("WHAT", WHAT).replace("FILE", FILE);
    Regex::new(&format!("(?ix){text}")).ok()
}

/// `give f in a.py a second parameter x: int = 1`
static GIVE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"\b(?:give|have|let|make|extend)\x20(?P<to>LIST)(?:\x20(?:in|of|from)\x20(?P<from>FILE))?
        \x20(?:(?:take|accept|get|receive|with)\x20)?WHAT\x20`(?P<what>[^`]+)`(?P<same>\x20with\x20the\x20same\x20default(?:\x20value)?)?",
    )
});
/// `add a parameter x: int = 1 to f in a.py`
static ADD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"\b(?:add|introduce)\x20WHAT\x20`(?P<what>[^`]+)`\x20(?:to|for|in)\x20(?P<to>LIST)(?:\x20(?:in|of|from)\x20(?P<from>FILE))?",
    )
});
/// `thread a parameter x: int from f through g to h`
static THREAD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"\bthread\x20(?:(?:an?|the|WHAT)\x20)?`(?P<what>[^`]+)`(?:\x20(?:parameter|argument|option))?
        (?P<to>(?:,?\x20(?:and\x20)?(?:from|through|to|into|down\x20to)\x20LIST(?:\x20in\x20FILE)?)+)",
    )
});
/// `have every caller pass '.'`
static PASS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r#"(?:(?:and|with)\x20)?(?:(?:have|let|make)\x20)?(?:(?:all|every|each)\x20)?(?:(?:of\x20)?(?:its|the|other|existing)\x20)*(?:callers?|call\x20sites?|calls?)\b
        (?:,\x20[^,;]{1,40},)?\x20(?:should\x20|must\x20|then\x20)?(?:pass(?:es|ing)?|gives?|giving)\x20(?:it\x20)?
        (?P<value>`[^`]+`|'[^']*'|"[^"]*"|-?\d[\d_.]*|true|false|none|null|nil)"#,
    )
});
/// `and have them pass it on to f`
static ON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?:(?:and|which|that|to)\x20)?(?:(?:have|let)\x20)?(?:(?:it|them|they|these|both|each|callers?|every\x20caller|all\x20callers)\x20)*
        (?:pass(?:es|ing)?|hands?|handing|forwards?|threads?|threading)\b(?:\x20(?:it|them|this|that|the\x20value|the\x20parameter))?(?:\x20(?:on|along|down|through))?(?:\x20to\x20LIST)?",
    )
});
/// What the parameter is for: its value stands where another stood.
static USE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?:(?:which|that)\x20(?:it|is|they|are)\x20(?:uses?|used|returns?|returned|looks\x20for|writes?|prints?|splits?\x20at|joins?\x20with|reads?|takes?|starts?\x20with)|(?:to\x20be\x20)?used|to\x20use)\b[^,.;]{0,60}",
    )
});

/// What the words of a task say of parameters.
pub fn threading(text: &str) -> Asked {
    read(&normal(text)).0
}

/// The same where the text asks for nothing else.
pub fn whole_threading(text: &str) -> Option<Asked> {
    let text = normal(text);
    let (asked, mut read) = read(&text);
    let uses = USE.as_ref()?.find_iter(&text).filter(|it| is_plain(it.as_str()));
    read.extend(uses.map(|it| it.range()));
    let mut rest = text.into_bytes();
    for range in read {
        rest[range].fill(b' ');
    }
    let rest = String::from_utf8_lossy(&rest).into_owned();
    let mut words = rest.split(|c: char| c.is_whitespace() || ",.;:".contains(c));
    const SMALL: &str = " and please then also to with the same default too as well accordingly ";
    let known =
        words.all(|it| it.is_empty() || SMALL.contains(&format!(" {} ", it.to_lowercase())));
    (known && !asked.gains.is_empty()).then_some(asked)
}

fn normal(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.trim_end_matches(['.', '!']).to_owned()
}

/// What is said of parameters, and where.
fn read(text: &str) -> (Asked, Vec<Range<usize>>) {
    let mut gains: Vec<(usize, Gain)> = Vec::new();
    let mut read = Vec::new();
    for (pattern, on) in [(&GIVE, false), (&ADD, false), (&THREAD, true)] {
        for found in pattern.iter().flat_map(|it| it.captures_iter(text)) {
            let Some(all) = found.get(0) else { continue };
            gains.extend(gained(&found, on).into_iter().map(|gain| (all.start(), gain)));
            read.push(all.range());
        }
    }
    gains.sort_by_key(|(at, _)| *at);
    let mut pass = None;
    for found in PASS.iter().flat_map(|it| it.captures_iter(text)) {
        let (Some(all), Some(value)) = (found.get(0), found.name("value")) else { continue };
        let value = value.as_str().trim_matches('`').to_owned();
        let last = gains.iter().rev().find(|(at, _)| *at < all.start());
        let Some(name) = last.map(|(_, gain)| gain.declaration.clone()) else {
            pass.get_or_insert(value);
            continue;
        };
        for (at, gain) in &mut gains {
            if *at < all.start() && gain.declaration == name {
                gain.pass = Some(value.clone());
            }
        }
        read.push(all.range());
    }
    let inside = |range: &Range<usize>, read: &[Range<usize>]| {
        read.iter().any(|it| it.start < range.end && range.start < it.end)
    };
    let mut on = THREAD.as_ref().is_some_and(|it| it.is_match(text));
    let mut onto = Vec::new();
    for found in ON.iter().flat_map(|it| it.find_iter(text)) {
        let range = found.range();
        if !inside(&range, &read) && !gains.is_empty() {
            on = true;
            onto.extend(found.as_str().split('`').skip(1).step_by(2).map(str::to_owned));
            read.push(range);
        }
    }
    (Asked { gains: gains.into_iter().map(|(_, gain)| gain).collect(), on, onto, pass }, read)
}

/// The functions of one clause, each with its parameter.
fn gained(found: &Captures<'_>, threaded: bool) -> Vec<Gain> {
    let text = |name: &str| found.name(name).map_or("", |it| it.as_str());
    let declaration = text("what").trim().to_owned();
    let mods = text("mods").to_lowercase();
    let order = ["first", "second", "third", "fourth", "fifth"];
    let place = order.iter().position(|it| mods.contains(it)).map(|at| at + 1);
    let from = found.name("from").map(|it| it.as_str().trim_matches(['`', '"', '\'']).to_owned());
    let code = text("to").split('`').skip(1).step_by(2).map(|it| it.trim_end_matches("()"));
    let is_function = |it: &&str| {
        let word = |c: char| c.is_alphanumeric() || "_.:".contains(c);
        let file = it.rsplit_once('.').is_some_and(|(_, end)| is_ending(end));
        !it.is_empty() && it.chars().all(word) && !file
    };
    let starts = declaration.starts_with(|c: char| c.is_alphabetic() || c == '_');
    code.filter(is_function)
        .filter(|_| starts)
        .map(|function| Gain {
            function: function.to_owned(),
            from: from.clone(),
            declaration: declaration.clone(),
            place: place.filter(|_| !threaded),
            optional: mods.contains("optional") || mods.contains("keyword"),
            pass: None,
        })
        .collect()
}

fn is_ending(text: &str) -> bool {
    ["py", "pyi", "ts", "tsx", "js", "jsx", "mjs", "rs", "go"].contains(&text)
}

/// Whether a clause says only what stands for what.
fn is_plain(clause: &str) -> bool {
    const MORE: &str = " if unless when except only not never but twice doubled halved first last also raise fail error default ";
    let mut words = clause.split_whitespace().map(str::to_lowercase);
    words.all(|word| !MORE.contains(&format!(" {word} ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(asked: &Asked) -> String {
        let gains = asked.gains.iter().map(|it| {
            let place = it.place.map(|it| format!(" #{it}")).unwrap_or_default();
            let from = it.from.as_ref().map(|it| format!(" in {it}")).unwrap_or_default();
            let pass = it.pass.as_ref().map(|it| format!(" <- {it}")).unwrap_or_default();
            let optional = if it.optional { "?" } else { "" };
            format!("{}{from}{place}{optional}({}){pass}", it.function, it.declaration)
        });
        let on = if asked.on { "; on" } else { "" };
        format!("{}{on}", gains.collect::<Vec<_>>().join(" "))
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(whole_threading(text).as_ref().map_or("-".into(), shown), expected, "{text}");
    }

    #[test]
    fn sentences_that_give_parameters_are_read() {
        check("Give `f` a parameter `x: int = 3`", "f(x: int = 3)");
        check(
            "Add an optional second parameter `sep: str = \", \"` to `join_all` in src/text.py, which it uses between words.",
            "join_all in src/text.py #2?(sep: str = \", \")",
        );
        check(
            "Give `Client::send` a parameter `retries: u32` and have all callers pass `3`",
            "Client::send(retries: u32) <- 3",
        );
        check(
            "Give `a` and `b` a parameter `base`, and have them pass it on to `c`",
            "a(base) b(base); on",
        );
        check(
            "Thread a parameter `depth: usize` from `walk` through `visit` to `leaf`",
            "walk(depth: usize) visit(depth: usize) leaf(depth: usize); on",
        );
        check("Let `f` take an argument `n int`; every call passes 7.", "f(n int) <- 7");
    }

    #[test]
    fn what_asks_for_more_is_left_but_its_hints_are_taken() {
        for text in [
            "",
            "Give `f` a better name",
            "Give `f` a parameter `x: int = 3` and rename `g` to `h`",
            "Give `f` a parameter `x: int = 3`, which is doubled on a retry",
            "Give `f` a parameter `x: int = 3`, used only if `y` is not set",
            "Give `f` a parameter `x: bool = False` that turns off checks",
            "Add a command line option `--x` to `main`",
            "Add a parameter `x` to `a.py`",
            "The calls pass 3",
        ] {
            check(text, "-");
        }
        let text = "Give `f` a parameter `x: bool = False` that turns off checks";
        assert_eq!(shown(&threading(text)), "f(x: bool = False)");
    }
}
