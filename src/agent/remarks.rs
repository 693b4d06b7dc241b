//! What a reviewer says of a change, read and held to lines of the change: what leads nowhere is told,
//! not lost.

use serde::{Deserialize, Serialize};

use crate::agent::{DiffLine, Dropped, NumberedDiff};
use crate::base::RepoPath;

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Error,
    Warning,
    Note,
}

/// Something that a reviewer found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    pub path: RepoPath,
    /// A line of the file after the change, and what stands there.
    pub line: u32,
    pub code: String,
    pub severity: Severity,
    /// One sentence.
    pub text: String,
}

/// What a reviewer said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// At lines of the change, in its order, each once.
    pub found: Vec<Remark>,
    /// What is at no line of the change.
    pub dropped: Vec<Dropped>,
}

/// Most of a reply that is looked at, and most letters of a sentence.
const MOST: usize = 12;
const MOST_LETTERS: usize = 240;
/// Most that can be said where the form is held to.
const MOST_HELD: usize = 4;
/// What a reply says where there is nothing to say.
const FINE: &str = "FINE";
const LINE: &str = "LINE";

impl Remarks {
    /// Reads `reply` to what was shown as `diff`. Any text can be read.
    pub fn read(reply: &str, diff: &NumberedDiff) -> Self {
        let mut remarks = Self::default();
        for said in reply.lines().map(str::trim).filter(|said| !said.is_empty() && *said != FINE) {
            if remarks.found.len() + remarks.dropped.len() >= MOST {
                break;
            }
            match remark(said, diff) {
                Ok(remark) if remarks.found.iter().any(|it| it.is_like(&remark)) => {}
                Ok(remark) => remarks.found.push(remark),
                Err(why) => {
                    let said = said.chars().take(MOST_LETTERS).collect();
                    remarks.dropped.push(Dropped { said, why: why.to_owned() });
                }
            }
        }
        remarks
    }

    /// The same for another part of the change.
    pub fn add(&mut self, other: Self) {
        self.found.extend(other.found);
        self.dropped.extend(other.dropped);
    }
}

impl Remark {
    fn is_like(&self, other: &Self) -> bool {
        (&self.path, self.line) == (&other.path, other.line)
    }
}

/// One finding: `LINE 3 error: what`, or `path:line: error: what`.
fn remark(said: &str, diff: &NumberedDiff) -> Result<Remark, &'static str> {
    let said = said.trim_start_matches(['-', '*', ' ']);
    let (line, rest) = place(said, diff)?;
    let rest = rest.trim_start_matches([' ', ':', '|', ',', '(']);
    let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    let (word, text) = rest.split_at(letters);
    let (severity, text) = match word.to_ascii_lowercase().as_str() {
        "error" => (Severity::Error, text),
        "warning" => (Severity::Warning, text),
        "note" => (Severity::Note, text),
        _ => (Severity::Warning, rest),
    };
    let text = text.trim_start_matches([':', ')', ' ', '-']).trim();
    if text.is_empty() {
        return Err("it says nothing");
    }
    let text = text.chars().take(MOST_LETTERS).collect();
    let (path, code) = (line.path.clone(), line.text.trim().to_owned());
    Ok(Remark { path, line: line.line, code, severity, text })
}

/// The line that is meant, and what is said of it.
fn place<'d, 's>(
    said: &'s str,
    diff: &'d NumberedDiff,
) -> Result<(&'d DiffLine, &'s str), &'static str> {
    let digits = |text: &'s str| {
        let text = text.trim_start();
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        (end > 0).then(|| text.split_at(end))
    };
    let nowhere = "no line of the change has this number";
    let head = said.get(..LINE.len()).filter(|head| head.eq_ignore_ascii_case(LINE));
    let numbered = if head.is_some() { &said[LINE.len()..] } else { said };
    if let Some((number, rest)) = digits(numbered) {
        let line = number.parse().ok().and_then(|number| diff.line(number));
        return line.map(|line| (line, rest)).ok_or(nowhere);
    }
    let Some((path, rest)) = said.split_once(':') else { return Err("it names no line") };
    let (number, rest) = digits(rest).ok_or("it names no line")?;
    let line = number.parse().ok().and_then(|number| diff.at(path.trim_matches('`'), number));
    line.map(|line| (line, rest)).ok_or("the change has no such line")
}

/// The form of a reply as a grammar, in the dialect of Lark that llguidance reads: `FINE`, or findings at
/// lines that were changed; none where there is no such line.
pub fn remarks_form(diff: &NumberedDiff) -> Option<String> {
    let numbers: Vec<String> = diff.blamed().iter().map(ToString::to_string).collect();
    if numbers.is_empty() {
        return None;
    }
    Some(format!(
        "start: \"{FINE}\" | finding (\"\\n\" finding)~0..{}\n\
         finding: \"{LINE} \" NUMBER \" \" SEVERITY \": \" SENTENCE\n\
         NUMBER: /{}/\n\
         SEVERITY: /error|warning|note/\n\
         SENTENCE: /[A-Za-z`][^\\n]{{8,{MOST_LETTERS}}}/ & ~/(.*{LINE} [0-9].*)/\n",
        MOST_HELD - 1,
        numbers.join("|"),
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::agent::diff::tests::diff;

    #[track_caller]
    fn check(reply: &str, found: &[&str], dropped: &[&str]) {
        let diff = diff("one\ntwo\nthree\n", "one\n2\nthree\n");
        let remarks = Remarks::read(reply, &diff);
        let said = |it: &Remark| format!("{}:{} {:?} {}", it.path, it.line, it.severity, it.text);
        assert_eq!(remarks.found.iter().map(said).collect::<Vec<_>>(), found);
        let lost: Vec<&str> = remarks.dropped.iter().map(|it| it.said.as_str()).collect();
        assert_eq!(lost, dropped);
    }

    #[test]
    fn what_is_said_of_lines_of_the_change_is_found_and_the_rest_is_dropped() {
        check("FINE", &[], &[]);
        check("", &[], &[]);
        check("LINE 2 error: it is two.", &["a.py:2 Error it is two."], &[]);
        check("line 2: (Note) Why?\nLINE 2 error: Again.", &["a.py:2 Note Why?"], &[]);
        check("- a.py:2: warning: Hm.", &["a.py:2 Warning Hm."], &[]);
        check("3| this is wrong", &["a.py:3 Warning this is wrong"], &[]);
        check("LINE 9 error: no", &[], &["LINE 9 error: no"]);
        check("b.py:2: error: no", &[], &["b.py:2: error: no"]);
        check("a.py:77: error: no", &[], &["a.py:77: error: no"]);
        check("LINE 2 error:", &[], &["LINE 2 error:"]);
        check("Looks good to me!", &[], &["Looks good to me!"]);
        check("LINE 99999999999999999999 error: no", &[], &["LINE 99999999999999999999 error: no"]);
    }

    #[test]
    fn an_endless_reply_is_given_up() {
        let diff = diff("a\n", "b\n");
        let remarks = Remarks::read(&"LINE 7 error: x\n".repeat(10_000), &diff);
        assert_eq!(remarks.dropped.len(), MOST);
        let long = Remarks::read(&format!("LINE 1 error: {}", "é".repeat(100_000)), &diff);
        assert_eq!(long.found[0].text.chars().count(), MOST_LETTERS);
    }

    #[test]
    fn only_changed_lines_can_be_named() {
        use llguidance::api::TopLevelGrammar;
        use llguidance::toktrie::{ApproximateTokEnv, InferenceCapabilities};
        use llguidance::{Matcher, ParserFactory};
        let diff = diff("a\nb\nc\nd\n", "a\nb\nc\ne\n");
        let form = remarks_form(&diff).unwrap();
        let fits = |reply: &str| {
            let bytes = ApproximateTokEnv::single_byte_env();
            let slices = llguidance::earley::SlicedBiasComputer::general_slices();
            let caps = InferenceCapabilities::default();
            let mut factory = ParserFactory::new(&bytes, caps, &slices).unwrap();
            factory.quiet();
            let parser = factory.create_parser(TopLevelGrammar::from_lark(form.clone())).unwrap();
            let mut matcher = Matcher::new(Ok(parser));
            reply.bytes().all(|byte| matcher.consume_token(u32::from(byte)).is_ok())
                && (matcher.is_stopped() || matcher.is_accepting().unwrap())
        };
        assert!(fits("FINE"));
        assert!(fits("LINE 4 error: It is another letter.\nLINE 3 note: Here too, I think."));
        assert!(!fits("LINE 1 error: It is another letter."));
        assert!(!fits("LINE 4 error: It"));
        assert!(!fits("LINE 4 error: It is wrong. LINE 3 error: It is too."));
        assert!(!fits("Sure, it is fine"));
    }

    proptest! {
        #[test]
        fn no_reply_panics_and_every_finding_stands_at_a_line_of_the_diff(
            reply in "(LINE |line|FINE|a\\.py:|error: |note |[0-9]{1,21}|[:|\n -]|\\PC){0,60}",
            before in "([ab]{0,2}\n|x){0,8}", after in "([ab]{0,2}\n|x){0,8}",
        ) {
            let diff = diff(&before, &after);
            for it in Remarks::read(&reply, &diff).found {
                let line = diff.at("a.py", it.line);
                prop_assert_eq!(line.map(|line| line.text.trim()), Some(it.code.as_str()));
                let there = after.split_inclusive('\n').nth(it.line as usize - 1);
                prop_assert_eq!(there.map(str::trim), Some(it.code.as_str()));
                prop_assert!(!it.text.is_empty());
            }
        }
    }
}
