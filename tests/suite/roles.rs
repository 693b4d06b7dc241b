//! Roles and prompts as files: whose count, what they may say, what is wrong with them.

use crate::support::TestRepo;

const CODE: &str = "LIMIT = 40\n\n\ndef double(x):\n    return 2 * x\n";
const REPLY: &str = "LINES: 1\nANSWER: It is 40.";
const TASK: &str = ".countersign/prompts/explainer/task.md";
const ROLE: &str = ".countersign/roles/explainer.yaml";

/// The explainer's shipped file, with `old` replaced by `new`.
#[track_caller]
fn explainer(old: &str, new: &str) -> String {
    let shipped = include_str!("../../prompts/roles/explainer.yaml");
    assert!(shipped.contains(old), "{old}");
    shipped.replace(old, new)
}

fn asked(repo: &TestRepo) -> (String, String) {
    let said =
        repo.run_scripted(&[REPLY], ["ask", "what is the limit of double?", "--json"]).exits(0);
    (said.stdout, said.stderr)
}

#[test]
fn a_repository_words_its_prompts() {
    let repo = TestRepo::with(&[("calc.py", CODE)]);
    repo.write(TASK, "{% for it in sources %}{{ it.text }}{% endfor %} OUR WORDS {{ question }}");
    let (stdout, stderr) = asked(&repo);
    assert!(stdout.contains("OUR WORDS") && !stderr.contains("warning"), "{stderr}");
}

#[test]
fn a_repository_gains_no_right_by_a_role() {
    let repo = TestRepo::with(&[("calc.py", CODE)]);
    repo.write(ROLE, explainer("version: 1", "version: 1\nmodel: http://127.0.0.1:9/v1#x"));
    let (stdout, stderr) = asked(&repo);
    assert!(stdout.contains("\"role_origin\":\"shipped\""), "{stdout}");
    assert!(stderr.contains("not heeded: `model` is another"), "{stderr}");
    let said = repo.run(["role", "validate"]).exits(10);
    assert!(
        said.stdout.contains("explainer.yaml:4: `model`: `model` is another"),
        "{}",
        said.stdout
    );
}

#[test]
fn a_prompt_that_never_ends_or_leads_elsewhere_is_no_danger() {
    let repo = TestRepo::with(&[("calc.py", CODE)]);
    let long = "{% for a in range(99999) %}".repeat(3) + &"{% endfor %}".repeat(3);
    repo.write(TASK, long);
    let ask = ["ask", "what is the limit of double?"];
    let said = repo.run_scripted(&[REPLY], ask).exits(1);
    assert!(said.stderr.contains("cannot be rendered"), "{}", said.stderr);
    std::fs::remove_file(repo.root().join(TASK)).expect("remove");
    std::os::unix::fs::symlink("/etc/hostname", repo.root().join(TASK)).expect("link");
    let (_, stderr) = asked(&repo);
    assert!(stderr.contains("links are not followed"), "{stderr}");
}

#[test]
fn a_person_changes_what_a_role_does() {
    let repo = TestRepo::with(&[("calc.py", CODE)]);
    let mine = repo.home().join(".config/countersign/roles");
    std::fs::create_dir_all(&mine).expect("folders");
    let role = explainer("purpose: ", "purpose: Mine. ").replace("held: true", "held: false");
    std::fs::copy(write(&repo, &role), mine.join("explainer.yaml")).expect("copy");
    let list = repo.run(["role", "list"]).exits(0).stdout;
    assert!(list.contains("Mine. Answers") && list.contains("[tmp]/home"), "{list}");
    let show = repo.run(["role", "show", "explainer"]).exits(0).stdout;
    assert!(show.contains("held: false") && show.contains("# task: explainer/task.md"), "{show}");
    repo.run(["role", "validate"]).exits(0);
}

/// A file outside of the repository.
#[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
fn write(repo: &TestRepo, text: &str) -> std::path::PathBuf {
    let path = repo.home().join("role.yaml");
    std::fs::write(&path, text).expect("write");
    path
}

#[test]
fn mistakes_are_told_with_line_and_remedy() {
    let repo = TestRepo::with(&[("calc.py", CODE)]);
    let wrong = explainer("explainer/task.md", "explainer/tsk.md").replace("1200", "999999");
    let path = write(&repo, &wrong).display().to_string();
    let said = repo.run(["role", "validate", &path]).exits(10);
    assert!(said.stdout.contains("write `explainer/task.md`"), "{}", said.stdout);
    assert!(
        said.stdout.contains("`budget.prompt_tokens`: prompt and answer have"),
        "{}",
        said.stdout
    );
    let rows = repo.run(["role", "validate", "--json", &path]).exits(10).json();
    assert_eq!(rows[0]["line"], 8);
    repo.run(["role", "validate", "missing.yaml"]).exits(2);
    repo.run(["role", "show", "nobody"]).exits(2);
    let said =
        repo.run(["role", "validate", &write(&repo, "name: \x1b[2J\n").display().to_string()]);
    assert!(!said.exits(10).stdout.contains('\x1b'));
}
