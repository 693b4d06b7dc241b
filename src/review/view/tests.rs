//! Screens after lines of keys, as a person sees them.

use insta::assert_snapshot;
use proptest::prelude::*;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

use crate::review::testing::{draw, events, hunk, input, press, sample, screen, shown};
use crate::review::update::{Msg, Where, update};
use crate::review::{Theme, keys};

#[test]
fn opening() {
    assert_snapshot!(screen(80, 24, ""), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    .github/workflows/ci.yml ───────────────────────────── hunk 1 of 1 · undecided
      7   7   steps:
      8     -   - run: pytest
          8 +   - run: pytest -q


















    a accept  x reject  ⇥ undecided  f files  w why  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(120, 40, ""), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    ┌ Files by risk ───────────────────┬▸ .github/workflows/ci.yml ─────────────────────────────── hunk 1 of 1 · undecided ┐
    │ ! .github/workflows/ci.yml   0/1 │   7   7   steps:                                                                  │
    │ ▸ └ 5 · - run: pytest -q         │   8     -   - run: pytest                                                         │
    │   src/client.py              0/3 │       8 +   - run: pytest -q                                                      │
    │   tests/test_timeout.py      0/1 │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    ├ Why this hunk ───────────────────┴───────────────────────────────────────────────────────────────────────────────────┤
    │ ! this file decides what runs in CI or at commit time                                                                │
    │ hunk 5 of the proposal: +1 -1 lines                                                                                  │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │                                                                                                                      │
    │                                                                                                                      │
    │                                                                                                                      │
    │                                                                                                                      │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  ⇥ undecided  f files  w why  A apply  q quit  n next hunk  u undecide  + accept file  ? keys
    "#);
}

#[test]
fn decisions_made() {
    assert_snapshot!(screen(80, 24, "a<tab>x<tab>ann"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   2 ✓ 1 ✗ 2 ·
    tests/test_timeout.py ──────────────────────────────── hunk 1 of 1 · undecided
    new file
          1 + def test_zero():
          2 +     assert True


















    a accept  x reject  ⇥ undecided  f files  w why  A apply 2…  q quit  ? keys
    "#);
    assert_snapshot!(screen(120, 40, "a<tab>x<tab>ann"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   2 ✓ 1 ✗ 2 ·
    ┌ Files by risk ───────────────────┬▸ tests/test_timeout.py ────────────────────────────────── hunk 1 of 1 · undecided ┐
    │ ! .github/workflows/ci.yml   1/1 │ new file                                                                          │
    │   src/client.py              2/3 │       1 + def test_zero():                                                        │
    │   tests/test_timeout.py      0/1 │       2 +     assert True                                                         │
    │ ▸ └ 4 · new file                 │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    ├ Why this hunk ───────────────────┴───────────────────────────────────────────────────────────────────────────────────┤
    │ hunk 4 of the proposal: +2 -0 lines                                                                                  │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │                                                                                                                      │
    │                                                                                                                      │
    │                                                                                                                      │
    │                                                                                                                      │
    │                                                                                                                      │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  ⇥ undecided  f files  w why  A apply 2…  q quit  n next hunk  u undecide  + accept file  ? keys
    "#);
}

#[test]
fn files_pane() {
    assert_snapshot!(screen(80, 24, "ajf"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   1 ✓ 0 ✗ 4 ·
    Files by risk ─────────────────────────────────────────────────────────────────
    ! .github/workflows/ci.yml                                                 1/1
      src/client.py                                                            0/3
    ▸ ├ 1 · import os
      ├ 2 · def timeout(self):
      └ 3 · if timeout is not None and timeout <= 0:
      tests/test_timeout.py                                                    0/1















    a accept  x reject  ⇥ undecided  f back  w why  A apply 1…  q quit  ? keys
    "#);
}

#[test]
fn why_pane() {
    assert_snapshot!(screen(80, 24, "nnnw"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    Why this hunk ─────────────────────────────────────────────────────────────────
    hunk 3 of the proposal: +3 -1 lines
    rests on  src/client.py:31-58, docs/api.md:120-126
    tests     ✓ 14 passed (before: 1 failed)


















    a accept  x reject  ⇥ undecided  f files  w back  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(120, 40, "nnnw"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    ┌ Files by risk ───────────────────┬ src/client.py ─────────────────────────────────────────── hunk 3 of 3 · undecided ┐
    │ ! .github/workflows/ci.yml   0/1 │  41  41       def connect(self, host, timeout=None):                              │
    │   src/client.py              0/3 │  42     -         self.timeout = timeout or 30                                    │
    │   ├ 1 · import os                │      42 +         if timeout is not None and timeout <= 0:                        │
    │   ├ 2 · def timeout(self):       │      43 +             raise ValueError(f"timeout must be > 0: {timeout}")         │
    │ ▸ └ 3 · if timeout is not None … │      44 +         self.timeout = 30 if timeout is None else timeout               │
    │   tests/test_timeout.py      0/1 │  43  45           self.host = host                                                │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    ├▸ Why this hunk ──────────────────┴───────────────────────────────────────────────────────────────────────────────────┤
    │ hunk 3 of the proposal: +3 -1 lines                                                                                  │
    │ rests on  src/client.py:31-58, docs/api.md:120-126                                                                   │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │                                                                                                                      │
    │                                                                                                                      │
    │                                                                                                                      │
    │                                                                                                                      │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  ⇥ undecided  f files  w back  A apply  q quit  n next hunk  u undecide  + accept file  ? keys
    "#);
}

#[test]
fn help() {
    assert_snapshot!(screen(80, 24, "?"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    .gith┌ Keys ────────────────────────────────────────────────────────────┐cided
      7  │ a         accept this hunk                                       │
      8  │ x         reject this hunk                                       │
         │ space     accept, reject, undecide in turn                       │
         │ s         split this hunk; again: smaller                        │
         │ e         edit its new lines in your editor                      │
         │ c         comment on it; a model words it anew, if one is there  │
         │ u         make this hunk undecided again                         │
         │ U         take back the last step, whatever it was               │
         │ + -       accept, reject what is undecided in this file          │
         │ *         accept what is undecided in the whole proposal         │
         │ tab       next undecided hunk                                    │
         │ n ]   p [ next, previous hunk                                    │
         │ } {       next, previous file                                    │
         │ j k ↓ ↑   a line down, up; past the end the next hunk            │
         │ h l ← →   left, right in long lines                              │
         │ PgDn PgUp a page down, up                                        │
         │ g G       first, last line                                       │
         │ f w       files, why this hunk; again: back                      │
         │ A enter   apply what is accepted, after a question               │
         │ q         leave; nothing is applied                              │
         └───────────────────────────────────────────── j k scroll · q back ┘
    a accept  x reject  ⇥ undecided  f files  w why  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(120, 40, "?"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    ┌ Files by risk ───────────────────┬▸ .github/workflows/ci.yml ─────────────────────────────── hunk 1 of 1 · undecided ┐
    │ ! .github/workflows/ci.yml   0/1 │   7   7   steps:                                                                  │
    │ ▸ └ 5 · - run: pytest -q         │   8     -   - run: pytest                                                         │
    │   src/client.py              0/3 │       8 +   - run: pytest -q                                                      │
    │   tests/test_timeout.py      0/1 │                                                                                   │
    │                                  │                                                                                   │
    │                         ┌ Keys ────────────────────────────────────────────────────────────┐                         │
    │                         │ a         accept this hunk                                       │                         │
    │                         │ x         reject this hunk                                       │                         │
    │                         │ space     accept, reject, undecide in turn                       │                         │
    │                         │ s         split this hunk; again: smaller                        │                         │
    │                         │ e         edit its new lines in your editor                      │                         │
    │                         │ c         comment on it; a model words it anew, if one is there  │                         │
    │                         │ u         make this hunk undecided again                         │                         │
    │                         │ U         take back the last step, whatever it was               │                         │
    │                         │ + -       accept, reject what is undecided in this file          │                         │
    │                         │ *         accept what is undecided in the whole proposal         │                         │
    │                         │ tab       next undecided hunk                                    │                         │
    │                         │ n ]   p [ next, previous hunk                                    │                         │
    │                         │ } {       next, previous file                                    │                         │
    │                         │ j k ↓ ↑   a line down, up; past the end the next hunk            │                         │
    │                         │ h l ← →   left, right in long lines                              │                         │
    │                         │ PgDn PgUp a page down, up                                        │                         │
    │                         │ g G       first, last line                                       │                         │
    │                         │ f w       files, why this hunk; again: back                      │                         │
    │                         │ A enter   apply what is accepted, after a question               │                         │
    │                         │ q         leave; nothing is applied                              │                         │
    │                         │ ctrl-z    suspend                                                │                         │
    │                         │ mouse     the wheel scrolls, a click goes to a file or hunk      │                         │
    ├ Why this hunk ──────────│ ?         these keys                                             │─────────────────────────┤
    │ ! this file decides what└───────────────────────────────────────────── j k scroll · q back ┘                         │
    │ hunk 5 of the proposal: +1 -1 lines                                                                                  │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │                                                                                                                      │
    │                                                                                                                      │
    │                                                                                                                      │
    │                                                                                                                      │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  ⇥ undecided  f files  w why  A apply  q quit  n next hunk  u undecide  + accept file  ? keys
    "#);
}

#[test]
fn apply_dialog() {
    assert_snapshot!(screen(80, 24, "a<tab>xna<enter>"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   2 ✓ 1 ✗ 2 ·
    src/client.py ─────────────────────────────────────── hunk 2 of 3 · ✓ accepted
     20  20   @property
     21     - def wait(self):
         21 + def timeout(self):
     22  22       return 1


         ┌ Apply 2 hunks in 2 files? ───────────────────────────────────────┐
         │                                                                  │
         │ .github/workflows/ci.yml  1 of 1 hunk  +1 -1                     │
         │ src/client.py  1 of 3 hunks  +1 -1                               │
         │                                                                  │
         │ Stays out: 1 rejected ✗, 2 undecided ·.                          │
         └──────────────────────────────────────────────── y apply · n back ┘








    a accept  x reject  ⇥ undecided  f files  w why  A apply 2…  q quit  ? keys
    "#);
    assert_snapshot!(screen(120, 40, "a<tab>xna<enter>"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   2 ✓ 1 ✗ 2 ·
    ┌ Files by risk ───────────────────┬▸ src/client.py ───────────────────────────────────────── hunk 2 of 3 · ✓ accepted ┐
    │ ! .github/workflows/ci.yml   1/1 │  20  20   @property                                                               │
    │   src/client.py              2/3 │  21     - def wait(self):                                                         │
    │   ├ 1 ✗ import os                │      21 + def timeout(self):                                                      │
    │ ▸ ├ 2 ✓ def timeout(self):       │  22  22       return 1                                                            │
    │   └ 3 · if timeout is not None … │                                                                                   │
    │   tests/test_timeout.py      0/1 │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                         ┌ Apply 2 hunks in 2 files? ───────────────────────────────────────┐                         │
    │                         │                                                                  │                         │
    │                         │ .github/workflows/ci.yml  1 of 1 hunk  +1 -1                     │                         │
    │                         │ src/client.py  1 of 3 hunks  +1 -1                               │                         │
    │                         │                                                                  │                         │
    │                         │ Stays out: 1 rejected ✗, 2 undecided ·.                          │                         │
    │                         └──────────────────────────────────────────────── y apply · n back ┘                         │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    ├ Why this hunk ───────────────────┴───────────────────────────────────────────────────────────────────────────────────┤
    │ hunk 2 of the proposal: +1 -1 lines                                                                                  │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │                                                                                                                      │
    │                                                                                                                      │
    │                                                                                                                      │
    │                                                                                                                      │
    │                                                                                                                      │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  ⇥ undecided  f files  w why  A apply 2…  q quit  n next hunk  u undecide  + accept file  ? keys
    "#);
}

#[test]
fn quit_dialog() {
    assert_snapshot!(screen(80, 24, "axq"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 1 ✗ 4 ·
    .github/workflows/ci.yml ──────────────────────────── hunk 1 of 1 · ✗ rejected
      7   7   steps:
      8     -   - run: pytest
          8 +   - run: pytest -q





         ┌ Leave without applying? ─────────────────────────────────────────┐
         │                                                                  │
         │ Your files stay as they are; 1 decision is kept.                 │
         └──────────────────────────────────────────────── y leave · n back ┘









    a accept  x reject  ⇥ undecided  f files  w why  A apply  q quit  ? keys
    "#);
}

#[test]
fn every_hunk_is_rejected() {
    assert_snapshot!(screen(80, 24, "x+xnx<tab>x<tab>x<tab>xA"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 5 ✗ 0 ·
    tests/test_timeout.py ─────────────────────────────── hunk 1 of 1 · ✗ rejected
    new file
          1 + def test_zero():
          2 +     assert True




         ┌ Nothing to apply ────────────────────────────────────────────────┐
         │                                                                  │
         │ Every hunk is rejected. Leave with `q`, then `countersign reject │
         │ p-7f3a` sets the proposal aside.                                 │
         │                                                                  │
         └──────────────────────────────────────────────────── any key back ┘








    a accept  x reject  ⇥ undecided  f files  w why  A apply  q quit  ? keys
    "#);
}

#[test]
fn smallest_and_too_small() {
    assert_snapshot!(screen(60, 15, ""), @r#"
    countersign  p-7f3a  "Reje… 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    .github/workflows/ci.yml ───────── hunk 1 of 1 · undecided
      7   7   steps:
      8     -   - run: pytest
          8 +   - run: pytest -q









    a accept  x reject  ⇥ undecided  f files  w why  ? keys
    "#);
    assert_snapshot!(screen(39, 8, ""), @"terminal too small");
}

#[test]
fn a_failed_apply_is_explained_and_keeps_the_decisions() {
    let (mut state, _) = press(sample(), Size::new(80, 24), "a<tab>xAy");
    let text = "`src/client.py` changed after the proposal was made\n\x1b[31mline 43";
    update(&mut state, Msg::ApplyFailed(text.to_owned()));
    assert_snapshot!(shown(&state), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   1 ✓ 1 ✗ 3 ·
    src/client.py ─────────────────────────────────────── hunk 1 of 3 · ✗ rejected
      1   1   import socket
      2     - import os, sys
          2 + import os
      3   3



         ┌ Nothing was applied ─────────────────────────────────────────────┐
         │                                                                  │
         │ `src/client.py` changed after the proposal was made              │
         │ ␛[31mline 43                                                     │
         └──────────────────────────────────────────────────── any key back ┘









    a accept  x reject  ⇥ undecided  f files  w why  A apply 1…  q quit  ? keys
    "#);
    assert_eq!(state.count_all().undecided, 3);
}

#[test]
fn nothing_is_hidden_and_nothing_is_obeyed() {
    let text = " plain\tand tab\n\
        -日本語 = 1\n\
        +日本語 = 2\n\
        -\u{1b}[2Jred\u{7}\n\
        +if a\u{202e}b\u{2066} // \u{200b}\n\
        +crlf\r\n\
        +trailing  \n\
        -    spaces to a tab()\n\
        +\tspaces to a tab()\n \
        long 0123456789012345678901234567890123456789012345678901234567890123456789 end\n\
        -last line\n\
        +last line";
    let mut input = input(vec![hunk(1, "odd/\u{202e}name.txt", 8, text)]);
    input.title = "\u{1b}]0;owned\u{7}".to_owned();
    let (state, _) = press(input.clone(), Size::new(80, 24), "");
    assert_snapshot!(shown(&state), @r#"
    countersign  p-7f3a  "␛]0;owned␇"  coder·qwen2.5… 1 file  1 hunk   0 ✓ 0 ✗ 1 ·
    odd/\u{202e}name.txt ───────────────────────────────── hunk 1 of 1 · undecided
      8   8   plain   and tab
      9     - 日本語 = 1
          9 + 日本語 = 2
     10     - ␛[2Jred␇
         10 + if a\u{202e}b\u{2066} // \u{200b}
         11 + crlf␍
         12 + trailing··
     11     - ····spaces to a tab()
         13 + →   spaces to a tab()
     12  14   long 012345678901234567890123456789012345678901234567890123456789012…
     13     - last line
         15 + last line no newline at end









    a accept  x reject  ⇥ undecided  f files  w why  A apply  q quit  ? keys
    "#);
    let (state, _) = press(input, Size::new(80, 24), "ll");
    assert_snapshot!(shown(&state), @r#"
    countersign  p-7f3a  "␛]0;owned␇"  coder·qwen2.5… 1 file  1 hunk   0 ✓ 0 ✗ 1 ·
    odd/\u{202e}name.txt ───────────────────────────────── hunk 1 of 1 · undecided
      8   8
      9     -
          9 +
     10     -
         10 + …………… // \u{200b}
         11 +
         12 +
     11     - tab()
         13 + tab()
     12  14   12345678901234567890123456789012345678901234567890123456789 end
     13     -
         15 + ………………………………









    a accept  x reject  ⇥ undecided  f files  w why  A apply  q quit  ? keys
    "#);
}

#[test]
fn a_style_says_nothing_that_the_text_does_not() {
    let (mut state, _) = press(sample(), Size::new(120, 40), "a");
    let with = shown(&state);
    state.theme = Theme::Plain;
    assert_eq!(shown(&state), with);
    let terminal = draw(&state, state.size);
    let cells = terminal.backend().buffer().content();
    assert!(cells.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
}

#[test]
fn the_words_that_changed_are_underlined_and_code_is_coloured() {
    let (state, _) = press(sample(), Size::new(80, 24), "n");
    let terminal = draw(&state, state.size);
    let buffer = terminal.backend().buffer();
    let column = |y: u16, text: &str| {
        let line: String = (0..80).map(|x| buffer[(x, y)].symbol()).collect();
        u16::try_from(line.find(text).unwrap()).unwrap()
    };
    let changed = &buffer[(column(3, "sys"), 3)];
    assert!(changed.modifier.contains(Modifier::UNDERLINED));
    assert_eq!(changed.fg, Color::Red);
    assert_eq!(buffer[(column(2, "import"), 2)].fg, Color::Magenta);
}

/// A key, the mouse or another size.
fn any_msg() -> impl Strategy<Value = Option<Msg>> {
    let position = (0..130_u16, 0..60_u16).prop_map(|(x, y)| Position::new(x, y));
    let wheel = prop_oneof![Just(Where::Forward), Just(Where::Back)];
    prop_oneof![
        12 => Just(None),
        1 => (0..130_u16, 0..60_u16).prop_map(|(w, h)| Some(Msg::Resize(Size::new(w, h)))),
        1 => position.clone().prop_map(|at| Some(Msg::Click(at))),
        1 => (position, wheel).prop_map(|(at, to)| Some(Msg::Wheel(at, to))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_keys_and_no_size_bring_it_down(
        script in "[axu U+*njkpfwlhgG?yq{}\\-]{0,40}",
        msgs in proptest::collection::vec(any_msg(), 40),
        (width, height) in (0..130_u16, 0..60_u16),
        lines in "([ +-][\\PC\u{1b}\u{202e}\t]{0,90}\n){1,6}",
    ) {
        let mut input = sample();
        input.pieces.extend(crate::proposal::pieces(vec![hunk(6, "src/z.py", 9, &lines)]));
        let (mut state, _) = press(input, Size::new(width, height), "");
        for (event, msg) in events(&script).iter().zip(msgs) {
            for msg in [msg, keys::msg(&state, event)].into_iter().flatten() {
                update(&mut state, msg);
            }
            draw(&state, state.size);
            draw(&state, Size::new(height, width));
        }
    }
}
