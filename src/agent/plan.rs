//! The steps that a planner says, read and held to files that there are, or that would be new.

use crate::agent::Dropped;
use crate::base::RepoPath;

/// What a planner said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// The steps in their order: the file, and what to do there in one sentence.
    pub steps: Vec<(RepoPath, String)>,
    /// What is no step, or of a file that is not there.
    pub dropped: Vec<Dropped>,
}

/// Most steps, and most letters of one.
const MOST: usize = 6;
const MOST_LETTERS: usize = 160;
const STEP: &str = "STEP ";
const NEW: &str = "NEW ";

/// Reads `reply` to `files` as they were numbered from 1; `is_free` says whether a file can be made there.
pub fn planned(reply: &str, files: &[RepoPath], is_free: &dyn Fn(&RepoPath) -> bool) -> Planned {
    let mut plan = Planned::default();
    for said in reply.lines().map(str::trim).filter(|said| !said.is_empty()) {
        if plan.steps.len() + plan.dropped.len() >= MOST {
            break;
        }
        match step(said, files, is_free) {
            Ok(step) if plan.steps.contains(&step) => {}
            Ok(step) => plan.steps.push(step),
            Err(why) => {
                let said = said.chars().take(MOST_LETTERS).collect();
                plan.dropped.push(Dropped { said, why: why.to_owned() });
            }
        }
    }
    plan
}

fn step(
    said: &str,
    files: &[RepoPath],
    is_free: &dyn Fn(&RepoPath) -> bool,
) -> Result<(RepoPath, String), &'static str> {
    let (place, words) = said.split_once(':').ok_or("it is no step")?;
    let words = words.trim();
    if words.is_empty() {
        return Err("it says nothing");
    }
    let path = match (place.strip_prefix(STEP), place.strip_prefix(NEW)) {
        (Some(number), _) => {
            let number: usize = number.trim().parse().map_err(|_| "it names no file by number")?;
            let file = number.checked_sub(1).and_then(|at| files.get(at));
            file.ok_or("no file that was shown has this number")?.clone()
        }
        (None, Some(path)) => {
            let path = RepoPath::new(path.trim()).map_err(|_| "it is no path")?;
            if !is_free(&path) {
                return Err("no file can be made there");
            }
            path
        }
        (None, None) => return Err("it is no step"),
    };
    Ok((path, words.chars().take(MOST_LETTERS).collect()))
}

/// The form of a reply as a grammar, in the dialect of Lark that llguidance reads.
pub fn plan_form(files: usize) -> Option<String> {
    let numbers: Vec<String> = (1..=files).map(|number| number.to_string()).collect();
    (files > 0).then(|| {
        format!(
            "start: step (\"\\n\" step)~0..{}\n\
             step: (\"{STEP}\" NUMBER | \"{NEW}\" PATH) \": \" SENTENCE\n\
             NUMBER: /{}/\n\
             PATH: /[A-Za-z0-9_]([A-Za-z0-9_.\\/-]{{0,60}}[A-Za-z0-9_])?/\n\
             SENTENCE: /[A-Za-z`][^\\n]{{4,{MOST_LETTERS}}}/\n",
            MOST - 1,
            numbers.join("|"),
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn files() -> Vec<RepoPath> {
        ["a.py", "b/c.py"].map(|path| RepoPath::new(path).unwrap()).to_vec()
    }

    #[track_caller]
    fn check(reply: &str, steps: &[&str], dropped: &[&str]) {
        let plan = planned(reply, &files(), &|path| path.to_string() != "a.py");
        let said: Vec<String> =
            plan.steps.iter().map(|(path, words)| format!("{path} {words}")).collect();
        assert_eq!(said, steps);
        let why: Vec<&str> = plan.dropped.iter().map(|it| it.why.as_str()).collect();
        assert_eq!(why, dropped);
    }

    #[test]
    fn steps_are_of_files_that_there_are_or_that_are_new() {
        check("STEP 2: Add it.\nSTEP 1: Call it.", &["b/c.py Add it.", "a.py Call it."], &[]);
        check("NEW b/d.py: Write it.", &["b/d.py Write it."], &[]);
        check("STEP 3: No.", &[], &["no file that was shown has this number"]);
        check("STEP 0: No.", &[], &["no file that was shown has this number"]);
        check("NEW ../x: No.", &[], &["it is no path"]);
        check("NEW a.py: No.", &[], &["no file can be made there"]);
        check("First I would look.", &[], &["it is no step"]);
        check("STEP 1:", &[], &["it says nothing"]);
        assert_eq!(planned(&"x\n".repeat(99), &[], &|_| true).dropped.len(), MOST);
    }

    proptest! {
        #[test]
        fn no_reply_panics_and_every_step_has_a_file(
            reply in "(STEP |NEW |[0-9]{1,21}|[:\n ./]|\\PC){0,40}",
        ) {
            let free = RepoPath::new("x").unwrap();
            let plan = planned(&reply, &files(), &|path| *path == free);
            for (path, words) in plan.steps {
                prop_assert!(files().contains(&path) || path == free);
                prop_assert!(!words.is_empty());
            }
        }
    }
}
