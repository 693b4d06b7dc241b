//! The three panes, alone and together.

use insta::assert_snapshot;

use crate::review::testing::screen;

#[test]
fn opening() {
    assert_snapshot!(screen(80, 24, ""), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    .github/workflows/ci.yml ───────────────────────────── hunk 1 of 1 · undecided
    ⋯ 6 lines above
      7   7   steps:
      8     -   - run: pytest
          8 +   - run: pytest -q

















    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(120, 40, ""), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    ┌ Files by risk ───────────────────┬▸ .github/workflows/ci.yml ─────────────────────────────── hunk 1 of 1 · undecided ┐
    │ ! .github/workflows/ci.yml   0/1 │ ⋯ 6 lines above                                                                   │
    │ ▸ └ 5 · - run: pytest -q         │   7   7   steps:                                                                  │
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
fn decisions_made() {
    assert_snapshot!(screen(80, 24, "a<tab>x<tab>ann"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   2 ✓ 1 ✗ 2 ·
    tests/test_timeout.py ──────────────────────────────── hunk 1 of 1 · undecided
    new file
          1 + def test_zero():
          2 +     assert True


















    a accept  x reject  s split  c comment  ⇥ undecided  A apply 2…  ? keys
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
    │ step      none of the 2 of the plan names this file                                                                  │
    │ shown     [1] docs/api.md:120-126 ⚠  [2] src/client.py:31-58                                                         │
    │ ⚠ prose: what it says may have been taken for an instruction                                                         │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │ ran       ✓ `pytest -q` 2.6 s: 14 passed                                                                             │
    │                                                                                                                      │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply 2…  q quit  e edit  f files  w why  : all  ? keys
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















    a accept  x reject  s split  c comment  ⇥ undecided  A apply 1…  ? keys
    "#);
    assert_snapshot!(screen(120, 40, "ajf"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   1 ✓ 0 ✗ 4 ·
    ┌▸ Files by risk ──────────────────┬ src/client.py ─────────────────────────────────────────── hunk 1 of 3 · undecided ┐
    │ ! .github/workflows/ci.yml   1/1 │   1   1   import socket                                                           │
    │   src/client.py              0/3 │   2     - import os, sys                                                          │
    │ ▸ ├ 1 · import os                │       2 + import os                                                               │
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
    │ hunk 1 of the proposal: +1 -1 lines                                                                                  │
    │ step      1 of 2: raise on a timeout of zero                                                                         │
    │ shown     [1] src/client.py:31-58  [2] docs/api.md:120-126 ⚠                                                         │
    │ ⚠ prose: what it says may have been taken for an instruction                                                         │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │ ran       ✓ `pytest -q` 2.6 s: 14 passed                                                                             │
    │ policy    allow by `agent-proposes`: an edit is a proposal until a person countersigns it                            │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply 1…  q quit  e edit  f back  w why  : all  ? keys
    "#);
}

#[test]
fn why_pane() {
    assert_snapshot!(screen(80, 24, "nnnw"), @r#"
     countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
     Why this hunk ─────────────────────────────────────────────────────────────────
     hunk 3 of the proposal: +3 -1 lines
     step      1 of 2: raise on a timeout of zero
     shown     [1] src/client.py:31-58  [2] docs/api.md:120-126 ⚠
     ⚠ prose: what it says may have been taken for an instruction
     tests     ✓ 14 passed (before: 1 failed)
     ran       ✓ `pytest -q` 2.6 s: 14 passed
     policy    allow by `agent-proposes`: an edit is a proposal until a person
    countersigns it
     finding   line 43: minor: the message has no unit












     a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(120, 40, "nnnw"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    ┌ Files by risk ───────────────────┬ src/client.py ─────────────────────────────────────────── hunk 3 of 3 · undecided ┐
    │ ! .github/workflows/ci.yml   0/1 │ ⋯ 40 lines above                                                                  │
    │   src/client.py              0/3 │  41  41       def connect(self, host, timeout=None):                              │
    │   ├ 1 · import os                │  42     -         self.timeout = timeout or 30                                    │
    │   ├ 2 · def timeout(self):       │      42 +         if timeout is not None and timeout <= 0:                        │
    │ ▸ └ 3 · if timeout is not None … │      43 +             raise ValueError(f"timeout must be > 0: {timeout}")         │
    │   tests/test_timeout.py      0/1 │      44 +         self.timeout = 30 if timeout is None else timeout               │
    │                                  │  43  45           self.host = host                                                │
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
    │ step      1 of 2: raise on a timeout of zero                                                                         │
    │ shown     [1] src/client.py:31-58  [2] docs/api.md:120-126 ⚠                                                         │
    │ ⚠ prose: what it says may have been taken for an instruction                                                         │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │ ran       ✓ `pytest -q` 2.6 s: 14 passed                                                                             │
    │ policy    allow by `agent-proposes`: an edit is a proposal until a person countersigns it                            │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  e edit  f files  w back  : all  ? keys
    "#);
}

#[test]
fn smallest_and_too_small() {
    assert_snapshot!(screen(60, 15, ""), @r#"
    countersign  p-7f3a  "Reje… 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    .github/workflows/ci.yml ───────── hunk 1 of 1 · undecided
    ⋯ 6 lines above
      7   7   steps:
      8     -   - run: pytest
          8 +   - run: pytest -q








    a accept  x reject  s split  c comment  ? keys
    "#);
    assert_snapshot!(screen(39, 8, ""), @r#"
    countersign  p-7f3a  "Re… 0 ✓ 0 ✗ 5 ·
    .github/workflows/ci.yml ────── 1/1 ·
    ⋯ 6 lines above
      7   steps:
      8 -   - run: pytest
      8 +   - run: pytest -q

    a accept  x reject  s split  ? keys
    "#);
}
