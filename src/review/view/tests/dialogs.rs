//! What lies over the panes.

use insta::assert_snapshot;
use ratatui::layout::Size;

use crate::review::testing::{press, sample, screen, shown};
use crate::review::update::{Msg, update};

#[test]
fn help() {
    assert_snapshot!(screen(80, 24, "?"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    .gith┌ Keys in a hunk ──────────────────────────────────────────────────┐cided
    ⋯ 6 l│ a         accept this hunk                                       │
      7  │ x         reject this hunk                                       │
      8  │ space     accept, reject, undecide in turn                       │
         │ s         split this hunk; again: smaller                        │
         │ S         split it at a line that you choose                     │
         │ e         edit its new lines in your editor                      │
         │ c         comment on it; a model words it anew, if one is there  │
         │ u         make this hunk undecided again                         │
         │ U         take back the last step, whatever it was               │
         │ +         accept what is undecided in this file                  │
         │ -         reject what is undecided in this file                  │
         │ *         accept what is undecided everywhere                    │
         │ A enter   apply what is accepted, after a question               │
         │ tab       next undecided hunk                                    │
         │ n ]       next hunk                                              │
         │ p [       previous hunk                                          │
         │ }         next file                                              │
         │ {         previous file                                          │
         │ j k ↓ ↑   a line down, up; past the end the next hunk            │
         │ h l ← →   left, right in long lines                              │
         └───────────────────────────────────────────── j k scroll · q back ┘
    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(120, 40, "?"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    ┌ Files by risk ──────────┌ Keys in a hunk ──────────────────────────────────────────────────┐ hunk 1 of 1 · undecided ┐
    │ ! .github/workflows/ci.y│ a         accept this hunk                                       │                         │
    │ ▸ └ 5 · - run: pytest -q│ x         reject this hunk                                       │                         │
    │   src/client.py         │ space     accept, reject, undecide in turn                       │                         │
    │   tests/test_timeout.py │ s         split this hunk; again: smaller                        │                         │
    │                         │ S         split it at a line that you choose                     │                         │
    │                         │ e         edit its new lines in your editor                      │                         │
    │                         │ c         comment on it; a model words it anew, if one is there  │                         │
    │                         │ u         make this hunk undecided again                         │                         │
    │                         │ U         take back the last step, whatever it was               │                         │
    │                         │ +         accept what is undecided in this file                  │                         │
    │                         │ -         reject what is undecided in this file                  │                         │
    │                         │ *         accept what is undecided everywhere                    │                         │
    │                         │ A enter   apply what is accepted, after a question               │                         │
    │                         │ tab       next undecided hunk                                    │                         │
    │                         │ n ]       next hunk                                              │                         │
    │                         │ p [       previous hunk                                          │                         │
    │                         │ }         next file                                              │                         │
    │                         │ {         previous file                                          │                         │
    │                         │ j k ↓ ↑   a line down, up; past the end the next hunk            │                         │
    │                         │ h l ← →   left, right in long lines                              │                         │
    │                         │ PgDn PgUp a page down, up; also ctrl-d, ctrl-u                   │                         │
    │                         │ g G       to the start, to the end                               │                         │
    │                         │ f         files; again: back                                     │                         │
    │                         │ w         why this hunk; again: back                             │                         │
    │                         │ 1-9       open a place that the model was shown                  │                         │
    │                         │ |         two sides, or one below the other                      │                         │
    │                         │ z         zoom out: more lines around, the whole file            │                         │
    │                         │ W         white space: lines that differ in it only as unchanged │                         │
    ├ Why this hunk ──────────│ /         search all hunks and paths                             │─────────────────────────┤
    │ ! this file decides what│ ctrl-n    next place that was found                              │                         │
    │ hunk 5 of the proposal: │ ctrl-p    previous place that was found                          │                         │
    │ step      none of the 2 │ :         all commands by name                                   │                         │
    │ shown     [1] docs/api.m│ q         leave; nothing is applied                              │                         │
    │ ⚠ prose: what it says ma│ ctrl-z    suspend                                                │                         │
    │ tests     ✓ 14 passed (b│ mouse     wheel scrolls; click on files, hunks, answers, keys    │                         │
    │ ran       ✓ `pytest -q` │ ?         the keys of this place                                 │                         │
    └─────────────────────────└───────────────────────────────────────────── j k scroll · q back ┘─────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  e edit  f files  w why  : all  ? keys
    "#);
}

#[test]
fn apply_dialog() {
    assert_snapshot!(screen(80, 24, "a<tab>xna<enter>"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   2 ✓ 1 ✗ 2 ·
    src/client.py ─────────────────────────────────────── hunk 2 of 3 · ✓ accepted
    ⋯ 19 lines above
     20  20   @property
     21     - def wait(self):
         21 + def timeout(self):
     22  22       return 1
    ⋯ 21 lines below
         ┌ Apply 2 hunks in 2 files? ───────────────────────────────────────┐
         │                                                                  │
         │ .github/workflows/ci.yml  1 of 1 hunk  +1 -1                     │
         │ src/client.py  1 of 3 hunks  +1 -1                               │
         │                                                                  │
         │ Stays out: 1 rejected ✗, 2 undecided ·.                          │
         └──────────────────────────────────────────────── y apply · n back ┘








    a accept  x reject  s split  c comment  ⇥ undecided  A apply 2…  ? keys
    "#);
    assert_snapshot!(screen(120, 40, "a<tab>xna<enter>"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   2 ✓ 1 ✗ 2 ·
    ┌ Files by risk ───────────────────┬▸ src/client.py ───────────────────────────────────────── hunk 2 of 3 · ✓ accepted ┐
    │ ! .github/workflows/ci.yml   1/1 │ ⋯ 19 lines above                                                                  │
    │   src/client.py              2/3 │  20  20   @property                                                               │
    │   ├ 1 ✗ import os                │  21     - def wait(self):                                                         │
    │ ▸ ├ 2 ✓ def timeout(self):       │      21 + def timeout(self):                                                      │
    │   └ 3 · if timeout is not None … │  22  22       return 1                                                            │
    │   tests/test_timeout.py      0/1 │ ⋯ 21 lines below                                                                  │
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
    │ step      1 of 2: raise on a timeout of zero                                                                         │
    │ shown     [1] src/client.py:31-58  [2] docs/api.md:120-126 ⚠                                                         │
    │ ⚠ prose: what it says may have been taken for an instruction                                                         │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │ ran       ✓ `pytest -q` 2.6 s: 14 passed                                                                             │
    │ policy    allow by `agent-proposes`: an edit is a proposal until a person countersigns it                            │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply 2…  q quit  e edit  f files  w why  : all  ? keys
    "#);
}

#[test]
fn quit_dialog() {
    assert_snapshot!(screen(80, 24, "axq"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 1 ✗ 4 ·
    .github/workflows/ci.yml ──────────────────────────── hunk 1 of 1 · ✗ rejected
    ⋯ 6 lines above
      7   7   steps:
      8     -   - run: pytest
          8 +   - run: pytest -q




         ┌ Leave without applying? ─────────────────────────────────────────┐
         │                                                                  │
         │ Your files stay as they are; 1 decision is kept.                 │
         └──────────────────────────────────────────────── y leave · n back ┘









    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(120, 40, "axq"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   0 ✓ 1 ✗ 4 ·
    ┌ Files by risk ───────────────────┬▸ .github/workflows/ci.yml ────────────────────────────── hunk 1 of 1 · ✗ rejected ┐
    │ ! .github/workflows/ci.yml   1/1 │ ⋯ 6 lines above                                                                   │
    │ ▸ └ 5 ✗ - run: pytest -q         │   7   7   steps:                                                                  │
    │   src/client.py              0/3 │   8     -   - run: pytest                                                         │
    │   tests/test_timeout.py      0/1 │       8 +   - run: pytest -q                                                      │
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
    │                         ┌ Leave without applying? ─────────────────────────────────────────┐                         │
    │                         │                                                                  │                         │
    │                         │ Your files stay as they are; 1 decision is kept.                 │                         │
    │                         └──────────────────────────────────────────────── y leave · n back ┘                         │
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
    │ step      none of the 2 of the plan names this file                                                                  │
    │ shown     [1] docs/api.md:120-126 ⚠  [2] src/client.py:31-58                                                         │
    │ ⚠ prose: what it says may have been taken for an instruction                                                         │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │ ran       ✓ `pytest -q` 2.6 s: 14 passed                                                                             │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  e edit  f files  w why  : all  ? keys
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








    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(120, 40, "x+xnx<tab>x<tab>x<tab>xA"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   0 ✓ 5 ✗ 0 ·
    ┌ Files by risk ───────────────────┬▸ tests/test_timeout.py ───────────────────────────────── hunk 1 of 1 · ✗ rejected ┐
    │ ! .github/workflows/ci.yml   1/1 │ new file                                                                          │
    │   src/client.py              3/3 │       1 + def test_zero():                                                        │
    │   tests/test_timeout.py      1/1 │       2 +     assert True                                                         │
    │ ▸ └ 4 ✗ new file                 │                                                                                   │
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
    │                         ┌ Nothing to apply ────────────────────────────────────────────────┐                         │
    │                         │                                                                  │                         │
    │                         │ Every hunk is rejected. Leave with `q`, then `countersign reject │                         │
    │                         │ p-7f3a` sets the proposal aside.                                 │                         │
    │                         │                                                                  │                         │
    │                         └──────────────────────────────────────────────────── any key back ┘                         │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    ├ Why this hunk ───────────────────┴───────────────────────────────────────────────────────────────────────────────────┤
    │ hunk 4 of the proposal: +2 -0 lines                                                                                  │
    │ step      none of the 2 of the plan names this file                                                                  │
    │ shown     [1] docs/api.md:120-126 ⚠  [2] src/client.py:31-58                                                         │
    │ ⚠ prose: what it says may have been taken for an instruction                                                         │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │ ran       ✓ `pytest -q` 2.6 s: 14 passed                                                                             │
    │                                                                                                                      │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  e edit  f files  w why  : all  ? keys
    "#);
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
    ⋯ 40 lines below


         ┌ Nothing was applied ─────────────────────────────────────────────┐
         │                                                                  │
         │ `src/client.py` changed after the proposal was made              │
         │ ␛[31mline 43                                                     │
         └──────────────────────────────────────────────────── any key back ┘









    a accept  x reject  s split  c comment  ⇥ undecided  A apply 1…  ? keys
    "#);
    assert_eq!(state.count_all().undecided, 3);
    update(&mut state, Msg::Resize(Size::new(120, 40)));
    assert_snapshot!(shown(&state), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   1 ✓ 1 ✗ 3 ·
    ┌ Files by risk ───────────────────┬▸ src/client.py ───────────────────────────────────────── hunk 1 of 3 · ✗ rejected ┐
    │ ! .github/workflows/ci.yml   1/1 │   1   1   import socket                                                           │
    │   src/client.py              1/3 │   2     - import os, sys                                                          │
    │ ▸ ├ 1 ✗ import os                │       2 + import os                                                               │
    │   ├ 2 · def timeout(self):       │   3   3                                                                           │
    │   └ 3 · if timeout is not None … │ ⋯ 40 lines below                                                                  │
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
    │                         ┌ Nothing was applied ─────────────────────────────────────────────┐                         │
    │                         │                                                                  │                         │
    │                         │ `src/client.py` changed after the proposal was made              │                         │
    │                         │ ␛[31mline 43                                                     │                         │
    │                         └──────────────────────────────────────────────────── any key back ┘                         │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    │                                  │                                                                                   │
    ├ Why this hunk ───────────────────┴───────────────────────────────────────────────────────────────────────────────────┤
    │ hunk 1 of the proposal: +1 -1 lines                                                                                  │
    │ step      1 of 2: raise on a timeout of zero                                                                         │
    │ shown     [1] src/client.py:31-58  [2] docs/api.md:120-126 ⚠                                                         │
    │ ⚠ prose: what it says may have been taken for an instruction                                                         │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │ ran       ✓ `pytest -q` 2.6 s: 14 passed                                                                             │
    │ policy    allow by `agent-proposes`: an edit is a proposal until a person countersigns it                            │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply 1…  q quit  e edit  f files  w why  : all  ? keys
    "#);
}
