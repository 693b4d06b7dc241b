//! `explain`: what is meant by a file, a line or a name, and what an answer rests on.

use crate::support::TestRepo;

const CODE: &str = "LIMIT = 40\n\n\ndef double(x):\n    return 2 * x\n\n\nclass Box:\n    def open(self):\n        return LIMIT\n";
const REPLY: &str = "LINES: 2\nANSWER: It gives twice its argument.";

fn explains(repo: &TestRepo, what: &str, asks: &str) {
    let said = repo.run_scripted(&[REPLY], ["explain", what]).exits(0);
    assert!(said.stdout.starts_with("It gives twice its argument."), "{}", said.stdout);
    assert!(said.stdout.contains("calc.py:"), "{}", said.stdout);
    let journal = repo.run(["journal", "list"]).exits(0).stdout;
    assert!(journal.contains(asks), "{journal}");
}

#[test]
fn a_file_a_line_or_a_name_is_explained() {
    let repo = TestRepo::with(&[("calc.py", CODE)]);
    explains(&repo, "calc.py", "What is `calc.py` for");
    explains(&repo, "calc.py:5", "What does `double` in `calc.py` do");
    explains(&repo, "calc.py:10", "What does `Box.open` in `calc.py` do");
    explains(&repo, "calc.py:1", "lines 1-10 of `calc.py`");
    explains(&repo, "double", "What does `double` do");
}

#[test]
fn what_is_not_there_is_refused() {
    let repo = TestRepo::with(&[("calc.py", CODE)]);
    for what in ["calc.py:99", "calc.py:0", "nowhere", "../etc/passwd", ""] {
        let said = repo.run_scripted(&[REPLY], ["explain", what]).exits(2);
        assert!(said.stderr.contains("hint: "), "{what}: {}", said.stderr);
    }
    let said = repo.run(["explain", "double"]).exits(13);
    assert!(said.stdout.contains("calc.py:"), "the places are named: {}", said.stdout);
}
