//! Assertions become tests: one for each way through the function, each with a name from the model.

use serde_json::json;

use crate::base::Tokens;
use crate::model::{Form, Message, Sampling, Speaker};
use crate::project::mutants::{Assertion, Kind};
use crate::project::written::Group;
use crate::session::driver::SessionError;
use crate::session::tester::Writing;
use crate::session::tester::asking::Asking;
use crate::session::tester::function::{gives, short};
use crate::session::tester::targets::Target;

/// Most tests of one function; ways that few assertions go share one.
const MOST_GROUPS: usize = 5;
/// Most tokens of a name.
const NAME_TOKENS: u32 = 16;
/// Longest name, in characters.
const LONGEST: usize = 60;

impl Writing<'_> {
    /// The assertions in tests with names.
    pub(super) fn groups(
        &mut self,
        target: &Target,
        asking: &Asking,
        chosen: Vec<Assertion>,
    ) -> Result<Vec<Group>, SessionError> {
        let groups = split(chosen);
        let stem = format!("test_{}", plain(&target.symbol.path.replace('.', "_")));
        let said = match groups.len() {
            1 => Vec::new(),
            _ => self.ask_names(target, asking, &groups, &stem)?,
        };
        let mut named: Vec<Group> = Vec::new();
        for (at, assertions) in groups.into_iter().enumerate() {
            let fallback = fallback(&stem, &assertions);
            let name = said.get(at).filter(|name| name.len() > stem.len() + 1).unwrap_or(&fallback);
            let numbered = (2..).map(|number| format!("{name}_{number}"));
            let free = |name: &String| !named.iter().any(|known| known.name == *name);
            let name = std::iter::once(name.clone()).chain(numbered).find(free).unwrap_or_default();
            named.push(Group { name, assertions });
        }
        Ok(named)
    }

    fn ask_names(
        &mut self,
        target: &Target,
        asking: &Asking,
        groups: &[Vec<Assertion>],
        stem: &str,
    ) -> Result<Vec<String>, SessionError> {
        let role = &self.writer.role.role;
        let Some(template) =
            role.prompts.others.get("names").filter(|_| !self.cancel.is_cancelled())
        else {
            return Ok(Vec::new());
        };
        let said: Vec<String> = groups.iter().map(|group| in_words(group)).collect();
        let values = json!({ "name": target.symbol.path, "groups": said });
        let text = self.writer.templates.render(template, values)?;
        let mut messages = asking.messages.clone();
        messages.push(Message::new(Speaker::User, text));
        let held = role.held;
        let sampling = Sampling {
            seed: self.request.seed,
            max_tokens: Tokens(
                NAME_TOKENS.saturating_mul(u32::try_from(groups.len()).unwrap_or(1)),
            ),
            form: Some(form(groups.len(), stem)).filter(|_| held),
            ..Sampling::default()
        };
        let asking = Asking { messages };
        let answers = self.answers("names", &asking, &format!("1. {stem}_"), vec![sampling])?;
        let text = answers.first().map(|answer| answer.text.clone()).unwrap_or_default();
        Ok(read(&text, stem))
    }
}

/// One group for each way through the function, those that raise apart; of too many, the small ones
/// become one.
fn split(chosen: Vec<Assertion>) -> Vec<Vec<Assertion>> {
    let mut groups: Vec<Vec<Assertion>> = Vec::new();
    let key = |it: &Assertion| (it.kind == Kind::Raises, it.path.clone());
    for assertion in chosen {
        match groups.iter_mut().find(|group| key(&group[0]) == key(&assertion)) {
            Some(group) => group.push(assertion),
            None => groups.push(vec![assertion]),
        }
    }
    while groups.len() > MOST_GROUPS {
        let raises = |group: &Vec<Assertion>| group[0].kind == Kind::Raises;
        // The two smallest of one kind become one.
        let mut order: Vec<usize> = (0..groups.len()).collect();
        order.sort_by_key(|at| (groups[*at].len(), std::cmp::Reverse(*at)));
        let Some((into, from)) = order.iter().enumerate().find_map(|(nth, first)| {
            let same = |other: &&usize| raises(&groups[**other]) == raises(&groups[*first]);
            order[nth + 1..].iter().find(same).map(|other| (*first.min(other), *first.max(other)))
        }) else {
            break;
        };
        let moved = groups.remove(from);
        groups[into].extend(moved);
    }
    groups
}

fn in_words(group: &[Assertion]) -> String {
    let one = |row: &Assertion| match row.kind {
        Kind::Raises => format!("`{}` {}", short(&row.call), gives(row)),
        _ => format!("`{}` gives `{}`", short(&row.call), gives(row)),
    };
    group.iter().take(2).map(one).collect::<Vec<_>>().join(", ")
}

fn form(count: usize, stem: &str) -> Form {
    let name = "/[a-z0-9]{2,12}(_[a-z0-9]{1,12}){0,4}/";
    let rest: String = (2..=count).map(|at| format!(" \"\\n{at}. {stem}_\" NAME")).collect();
    Form::Lark(format!("start: NAME{rest}\nNAME: {name}\n"))
}

/// The names in an answer, in the order of the groups; what is no name is left out as a whole.
fn read(text: &str, stem: &str) -> Vec<String> {
    let of = |line: &str| {
        let name = line.split_once(". ").map_or(line, |(_, name)| name).trim();
        let fits = name.starts_with(stem) && name.len() <= LONGEST && plain(name) == name;
        if fits { name.trim_end_matches('_').to_owned() } else { String::new() }
    };
    text.lines().map(of).collect()
}

fn fallback(stem: &str, group: &[Assertion]) -> String {
    match group.first().filter(|it| it.kind == Kind::Raises) {
        Some(first) => format!("{stem}_raises_{}", snake(&first.value)),
        None => stem.to_owned(),
    }
}

/// `value_error` of `ValueError`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for (at, c) in name.chars().enumerate() {
        if c.is_uppercase() && at > 0 {
            text.push('_');
        }
        text.extend(c.to_lowercase());
    }
    plain(&text)
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::mutants::Origin;

    fn row(kind: Kind, path: &str) -> Assertion {
        Assertion {
            call: "f()".to_owned(),
            origin: Origin::Model,
            text: "f()".to_owned(),
            kind,
            value: "ValueError".to_owned(),
            imports: Vec::new(),
            said: None,
            agrees: None,
            kills: Vec::new(),
            path: path.to_owned(),
        }
    }

    #[test]
    fn each_way_is_a_test_and_of_too_many_the_small_ones_are_one() {
        let sizes = |paths: &[&str]| {
            let chosen = paths.iter().map(|path| row(Kind::Equal, path)).collect();
            split(chosen).iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&["1", "2", "1", "1"]), [3, 1]);
        let many = sizes(&["1", "1", "1", "2", "3", "4", "5", "6", "7"]);
        assert_eq!((many.len(), many.iter().sum::<usize>()), (MOST_GROUPS, 9));
        let mixed = split(vec![row(Kind::Equal, "1"), row(Kind::Raises, "1")]);
        assert_eq!(mixed.len(), 2);
        assert_eq!(fallback("test_f", &mixed[1]), "test_f_raises_value_error");
    }

    #[test]
    fn names_are_read_and_what_is_none_is_left_out() {
        let text = "1. test_f_of_nothing\n2. test_f_\x1b[2J\n3. other\n4. test_f_large_";
        assert_eq!(read(text, "test_f"), ["test_f_of_nothing", "", "", "test_f_large"]);
    }
}
