//! The fewest assertions that fail with every mutant that any of them fails with.

use std::collections::BTreeSet;

use crate::project::mutants::{Assertion, Kind, Origin};

/// Numbers of the assertions to write, in the order of `rows`. Those of tests that there are come first
/// and are not named again: what they do needs no other.
///
/// Of assertions that do as much, one that a person or the model thought of is taken, then the shorter.
pub fn cover(rows: &[Assertion]) -> Vec<usize> {
    let is_there = |row: &&Assertion| row.origin == Origin::Tests;
    let known = rows.iter().filter(is_there).flat_map(|row| &row.kills);
    let mut done: BTreeSet<usize> = known.copied().collect();
    let mut taken: Vec<usize> = Vec::new();
    loop {
        let new = |row: &Assertion| row.kills.iter().filter(|at| !done.contains(at)).count();
        let best = (0..rows.len())
            .filter(|at| rows[*at].origin != Origin::Tests && new(&rows[*at]) > 0)
            .max_by_key(|at| (new(&rows[*at]), std::cmp::Reverse(worth(&rows[*at]))));
        let Some(best) = best else { break };
        done.extend(&rows[best].kills);
        taken.push(best);
    }
    drop_needless(rows, &mut taken);
    taken.sort_unstable();
    taken
}

/// What is less is better.
fn worth(row: &Assertion) -> (bool, Origin, usize) {
    (row.kind == Kind::Raises, row.origin, row.text.len() + row.value.len())
}

/// Leaves out what the later ones have made needless, the first taken first.
fn drop_needless(rows: &[Assertion], taken: &mut Vec<usize>) {
    for at in taken.clone() {
        let others = |mutant: &usize| {
            let by_test =
                rows.iter().any(|row| row.origin == Origin::Tests && row.kills.contains(mutant));
            by_test || taken.iter().any(|it| *it != at && rows[*it].kills.contains(mutant))
        };
        if rows[at].kills.iter().all(others) {
            taken.retain(|it| *it != at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(origin: Origin, text: &str, kills: &[usize]) -> Assertion {
        Assertion {
            call: text.to_owned(),
            origin,
            text: text.to_owned(),
            kind: Kind::Equal,
            value: "1".to_owned(),
            imports: Vec::new(),
            said: None,
            agrees: None,
            kills: kills.to_vec(),
            path: String::new(),
        }
    }

    #[track_caller]
    fn check(rows: &[Assertion], expected: &[&str]) {
        let taken: Vec<&str> = cover(rows).into_iter().map(|at| rows[at].text.as_str()).collect();
        assert_eq!(taken, expected);
    }

    #[test]
    fn few_are_taken_and_none_is_needless() {
        use Origin::{Docs, Model, Search, Tests};
        let all = [
            row(Model, "f(1)", &[0, 1, 2]),
            row(Search, "f(2)", &[0, 1, 2]),
            row(Docs, "f(33)", &[0, 1, 2]),
            row(Search, "f(4)", &[3]),
            row(Search, "f(5)", &[]),
        ];
        check(&all, &["f(33)", "f(4)"]);
        // The first is the best at once, and the two behind it make it needless.
        let rows = [
            row(Model, "f(1)", &[1, 2, 3, 4]),
            row(Model, "f(2)", &[0, 1, 2]),
            row(Model, "f(3)", &[3, 4, 5]),
        ];
        check(&rows, &["f(2)", "f(3)"]);
        check(&[row(Tests, "f(1)", &[0, 1]), row(Model, "f(2)", &[0, 1])], &[]);
        check(&[], &[]);
    }
}
