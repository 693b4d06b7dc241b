//! Names and sentences of strangers in every place that shows them: wide letters, tabs, letters that run
//! from right to left, and control characters.

use insta::assert_snapshot;
use ratatui::layout::Size;

use crate::review::ReviewInput;
use crate::review::state::State;
use crate::review::testing::{draw, moving, press, shown, state};
use crate::review::update::{Msg, update};

const STRANGE: &str = "日本\tשלום\u{1b}[2J\u{202e}x\u{7}";

fn strange() -> ReviewInput {
    let (old, new) = (format!("a/{STRANGE}.py"), format!("b/{STRANGE}語.py"));
    let text = "1\n2\n3\n4\n5\n6\n";
    let files = [
        (new.as_str(), state(text), state(&text.replace('3', STRANGE))),
        ("c.txt", None, state(&format!("{STRANGE}\n"))),
    ];
    let input = moving(&files, &[(&new, &old)]);
    let notice = Some(format!("going on {STRANGE}"));
    ReviewInput { title: STRANGE.to_owned(), model: STRANGE.to_owned(), notice, ..input }
}

/// The screen after keys; no cell of it has a control or reversing character.
#[track_caller]
fn at(width: u16, height: u16, keys: &str) -> String {
    checked(&press(strange(), Size::new(width, height), keys).0)
}

#[track_caller]
fn checked(state: &State) -> String {
    let terminal = draw(state, state.size);
    for cell in terminal.backend().buffer().content() {
        let is_bad = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}');
        assert!(!cell.symbol().contains(is_bad), "{:?}", cell.symbol());
    }
    shown(state)
}

#[test]
fn in_the_title_the_notice_and_the_hunk() {
    assert_snapshot!(at(80, 8, ""), @r#"
    countersign  p-7f3a  "日本    שלום␛[2J\u{202e}… 2 files  3 hunks   0 ✓ 0 ✗ 3 ·
    …שלום\u{1b}[2J\u{202e}x\u{7}語.py ──── hunk 1 of 2 · rows 1-4 of 5 · undecided
    renamed from `a/日本\tשלום\u{1b}[2J\u{202e}x\u{7}.py`
    before  a/日本\tשלום\u{1b}[2J\u{202e}x\u{7}.py
    after   b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py
    Its lines differ: 1 hunk of its own.
    Accepted, the file lies at the new place; rejected, at the old one.
    going on 日本   שלום␛[2J\u{202e}x␇
    "#);
    assert_snapshot!(at(120, 16, "n"), @r#"
     countersign  p-7f3a  "日本    שלום␛[2J\u{202e}x␇"  日本    שלום␛[2J\u{202e}x␇           2 files  3 hunks   0 ✓ 0 ✗ 3 ·
    ┌ Files by risk ───────────────────┬▸ …}x\u{7}.py → b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py ─ hunk 2 of 2 · undecided ┐
    │   …1b}[2J\u{202e}x\u{7}語.py 0/2 │   1   1   1                                                                       │
    │   ├ 1 · renamed from `a/日本\tש… │   2   2   2                                                                       │
    │ ▸ └ 2 · 日本    שלום␛[2J\u{202e… │   3     - 3                                                                       │
    │   c.txt                      0/1 │       3 + 日本    שלום␛[2J\u{202e}x␇                                              │
    │                                  │   4   4   4                                                                       │
    │                                  │   5   5   5                                                                       │
    │                                  │   6   6   6                                                                       │
    │                                  │                                                                                   │
    ├ Why this hunk ───────────────────┴───────────────────────────────────────────────────────────────────────────────────┤
    │ hunk 2 of the proposal: +1 -1 lines                                                                                  │
    │ step      none of the 2 of the plan names this file                                                                  │
    │ shown     [1] docs/api.md:120-126 ⚠  [2] src/client.py:31-58                                                         │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  e edit  f files  w why  : all  ? keys
    "#);
}

#[test]
fn among_the_files() {
    assert_snapshot!(at(80, 10, "f"), @r#"
    countersign  p-7f3a  "日本    שלום␛[2J\u{202e}… 2 files  3 hunks   0 ✓ 0 ✗ 3 ·
    Files by risk ─────────────────────────────────────────────────────────────────
      …ום\u{1b}[2J\u{202e}x\u{7}.py → b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py 0/2
    ▸ ├ 1 · renamed from `a/日本\tשלום\u{1b}[2J\u{202e}x\u{7}.py`
      └ 2 · 日本    שלום␛[2J\u{202e}x␇
      c.txt                                                                    0/1



    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(at(40, 10, "f"), @r#"
    countersign  p-7f3a  "日…… 0 ✓ 0 ✗ 3 ·
    Files by risk ─────────────────────────
      …לום\u{1b}[2J\u{202e}x\u{7}語.py 0/2
    ▸ ├ 1 · renamed from `a/日本\tשלום\u{…
      └ 2 · 日本    שלום␛[2J\u{202e}x␇
      c.txt                            0/1



    a accept  x reject  s split  ? keys
    "#);
}

#[test]
fn in_the_question_before_an_apply() {
    assert_snapshot!(at(80, 14, "*A"), @r#"
    countersign  p-7f3a  "日本    שלום␛[2J\u{202e}… 2 files  3 hunks   3 ✓ 0 ✗ 0 ·
    …}.py → b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py ──── hunk 1 of 2 · ✓ accepted
    renamed from `a/日本\tשלום\u{1b}[2J\u{202e}x\u{7}.py`
    befor┌ Apply 3 hunks in 2 files? ───────────────────────────────────────┐
    after│                                                                  │
    Its l│ b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py  2 of 2 hunks  +1 -1    │
    Accep│   from a/日本\tשלום\u{1b}[2J\u{202e}x\u{7}.py                    │
    What │ c.txt  1 of 1 hunk  +1 -0                                        │
         │                                                                  │
         │ Nothing stays out.                                               │
         └──────────────────────────────────────────────── y apply · n back ┘


    a accept  x reject  s split  c comment  ⇥ undecided  A apply 3…  ? keys
    "#);
    assert_snapshot!(at(120, 20, "*A"), @r#"
     countersign  p-7f3a  "日本    שלום␛[2J\u{202e}x␇"  日本    שלום␛[2J\u{202e}x␇           2 files  3 hunks   3 ✓ 0 ✗ 0 ·
    ┌ Files by risk ───────────────────┬▸ …x\u{7}.py → b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py ─ hunk 1 of 2 · ✓ accepted ┐
    │   …1b}[2J\u{202e}x\u{7}語.py 2/2 │ renamed from `a/日本\tשלום\u{1b}[2J\u{202e}x\u{7}.py`                             │
    │ ▸ ├ 1 ✓ renamed from `a/日本\tש… │ before  a/日本\tשלום\u{1b}[2J\u{202e}x\u{7}.py                                    │
    │   └ 2 ✓ 日本    שלום␛[2J\u{202e… │ after   b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py                                  │
    │   c.txt                      1/1 │ Its lines differ: 1 hunk of its own.                                              │
    │                         ┌ Apply 3 hunks in 2 files? ───────────────────────────────────────┐e old one.               │
    │                         │                                                                  │                         │
    │                         │ b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py  2 of 2 hunks  +1 -1    │                         │
    │                         │   from a/日本\tשלום\u{1b}[2J\u{202e}x\u{7}.py                    │                         │
    │                         │ c.txt  1 of 1 hunk  +1 -0                                        │                         │
    │                         │                                                                  │                         │
    │                         │ Nothing stays out.                                               │                         │
    │                         └──────────────────────────────────────────────── y apply · n back ┘                         │
    ├ Why this hunk ───────────────────┴───────────────────────────────────────────────────────────────────────────────────┤
    │ hunk 1 of the proposal: +0 -0 lines                                                                                  │
    │ step      none of the 2 of the plan names this file                                                                  │
    │ shown     [1] docs/api.md:120-126 ⚠  [2] src/client.py:31-58                                                         │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply 3…  q quit  e edit  f files  w why  : all  ? keys
    "#);
}

#[test]
fn in_what_is_typed() {
    let typed = |open: &str| {
        let keys = format!("{open}日本שלום\u{202e}x");
        checked(&press(strange(), Size::new(80, 12), &keys).0)
    };
    assert_snapshot!(typed("c"), @r#"
    countersign  p-7f3a  "日本    שלום␛[2J\u{202e}… 2 files  3 hunks   0 ✓ 0 ✗ 3 ·
    …7}.py → b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py ──── hunk 1 of 2 · undecided
    renamed from `a/日本\tשלום\u{1b}[2J\u{202e}x\u{7}.py`
    before  a/日本\tשלום\u{1b}[2J\u{202e}x\u{7}.py
    after┌ Say about this hunk ─────────────────────────────────────────────┐
    Its l│                                                                  │
    Accep│ 日本שלוםx▏                                                       │
    What └───────────────────────────────────────── enter say it · esc back ┘



    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(typed(":"), @r#"
    countersign  p-7f3a  "日本    שלום␛[2J\u{202e}… 2 files  3 hunks   0 ✓ 0 ✗ 3 ·
    …7}.py → b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py ──── hunk 1 of 2 · undecided
    renamed from `a/日本\tשלום\u{1b}[2J\u{202e}x\u{7}.py`
    befor┌ Commands ────────────────────────────────────────────────────────┐
    after│ : 日本שלום\u{202e}x                                              │
    Its l│                                                                  │
    Accep│ no command has these letters                                     │
    What └──────────────────────────────────────── enter does it · esc back ┘



    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(typed("/"), @r#"
    countersign  p-7f3a  "日本    שלום␛[2J\u{202e}… 2 files  3 hunks   0 ✓ 0 ✗ 3 ·
    …7}.py → b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py ──── hunk 1 of 2 · undecided
    renamed from `a/日本\tשלום\u{1b}[2J\u{202e}x\u{7}.py`
    before  a/日本\tשלום\u{1b}[2J\u{202e}x\u{7}.py
    after   b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py
    Its lines differ: 1 hunk of its own.
    Accepted, the file lies at the new place; rejected, at the old one.
    What you accept of its lines goes where the file lies.



    /日本שלום\u{202e}x   nowhere
    "#);
}

#[test]
fn in_a_message_and_in_the_reasons() {
    let (mut state, _) = press(strange(), Size::new(80, 12), "");
    update(&mut state, Msg::ApplyFailed(format!("`{STRANGE}` is gone\n{STRANGE}")));
    assert_snapshot!(checked(&state), @r#"
    countersign  p-7f3a  "日本    שלום␛[2J\u{202e}… 2 files  3 hunks   0 ✓ 0 ✗ 3 ·
    …7}.py → b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py ──── hunk 1 of 2 · undecided
    renamed from `a/日本\tשלום\u{1b}[2J\u{202e}x\u{7}.py`
    befor┌ Nothing was applied ─────────────────────────────────────────────┐
    after│                                                                  │
    Its l│ `日本   שלום␛[2J\u{202e}x␇` is gone                              │
    Accep│ 日本    שלום␛[2J\u{202e}x␇                                       │
    What └──────────────────────────────────────────────────── any key back ┘



    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(at(80, 12, "nw"), @r#"
    countersign  p-7f3a  "日本    שלום␛[2J\u{202e}… 2 files  3 hunks   0 ✓ 0 ✗ 3 ·
    Why this hunk ─────────────────────────────────────────────────────────────────
    hunk 2 of the proposal: +1 -1 lines
    step      none of the 2 of the plan names this file
    shown     [1] docs/api.md:120-126 ⚠  [2] src/client.py:31-58
    ⚠ prose: what it says may have been taken for an instruction
    tests     ✓ 14 passed (before: 1 failed)
    ran       ✓ `pytest -q` 2.6 s: 14 passed



    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
}

#[test]
fn at_the_cursor_of_a_split() {
    assert_snapshot!(at(80, 12, "nS"), @r#"
     countersign  p-7f3a  "日本    שלום␛[2J\u{202e}… 2 files  3 hunks   0 ✓ 0 ✗ 3 ·
     …7}.py → b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py ──── hunk 2 of 2 · undecided
       1   1   1
       2   2   2
       3     - 3
    ┄┄ split here: +0 -1 above, +1 -0 below ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
           3 + 日本    שלום␛[2J\u{202e}x␇
       4   4   4
       5   5   5
       6   6   6

     ↵ split here  j down  k up  esc back
    "#);
    assert_snapshot!(at(120, 16, "n|S"), @r#"
     countersign  p-7f3a  "日本    שלום␛[2J\u{202e}x␇"  日本    שלום␛[2J\u{202e}x␇           2 files  3 hunks   0 ✓ 0 ✗ 3 ·
    ┌ Files by risk ───────────────────┬▸ …}x\u{7}.py → b/日本\tשלום\u{1b}[2J\u{202e}x\u{7}語.py ─ hunk 2 of 2 · undecided ┐
    │   …1b}[2J\u{202e}x\u{7}語.py 0/2 │   1   1                                 │   1   1                                 │
    │   ├ 1 · renamed from `a/日本\tש… │   2   2                                 │   2   2                                 │
    │ ▸ └ 2 · 日本    שלום␛[2J\u{202e… │   3 - 3                                 │   3 + 日本    שלום␛[2J\u{202e}x␇        │
    │   c.txt                      0/1 │   4   4                                 │   4   4                                 │
    │                                  │   5   5                                 │   5   5                                 │
    │                                  │   6   6                                 │   6   6                                 │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    ├ Why this hunk ───────────────────┴───────────────────────────────────────────────────────────────────────────────────┤
    │ hunk 2 of the proposal: +1 -1 lines                                                                                  │
    │ step      none of the 2 of the plan names this file                                                                  │
    │ shown     [1] docs/api.md:120-126 ⚠  [2] src/client.py:31-58                                                         │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     what changes stands in one row; `|` shows one side below the other
    "#);
}
