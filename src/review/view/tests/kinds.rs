//! What is no mere change of lines: a file that moves, a mode, bytes that are no text.

use insta::assert_snapshot;
use ratatui::layout::Size;

use crate::repo::{FileState, Mode};
use crate::review::ReviewInput;
use crate::review::testing::{moving, press, proposal, shown, state};

fn at(width: u16, height: u16, input: ReviewInput, keys: &str) -> String {
    shown(&press(input, Size::new(width, height), keys).0)
}

const TEN: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n";

fn moved() -> ReviewInput {
    let after = state(&TEN.replace("1\n2", "one\n2").replace("10", "ten"));
    let files = [("src/new/place.py", state(TEN), after), ("z.txt", None, state("z\n"))];
    moving(&files, &[("src/new/place.py", "src/old.py")])
}

#[test]
fn a_moved_file() {
    assert_snapshot!(at(80, 24, moved(), ""), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 2 files  4 hunks   0 ✓ 0 ✗ 4 ·
    src/old.py → src/new/place.py ──────────────────────── hunk 1 of 3 · undecided
    renamed from `src/old.py`
    before  src/old.py
    after   src/new/place.py
    Its lines differ: 2 hunks of its own.
    Accepted, the file lies at the new place; rejected, at the old one.
    What you accept of its lines goes where the file lies.















    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(at(120, 40, moved(), ""), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               2 files  4 hunks   0 ✓ 0 ✗ 4 ·
    ┌ Files by risk ───────────────────┬▸ src/old.py → src/new/place.py ────────────────────────── hunk 1 of 3 · undecided ┐
    │   …old.py → src/new/place.py 0/3 │ renamed from `src/old.py`                                                         │
    │ ▸ ├ 1 · renamed from `src/old.p… │ before  src/old.py                                                                │
    │   ├ 2 · one                      │ after   src/new/place.py                                                          │
    │   └ 3 · ten                      │ Its lines differ: 2 hunks of its own.                                             │
    │   z.txt                      0/1 │ Accepted, the file lies at the new place; rejected, at the old one.               │
    │                                  │ What you accept of its lines goes where the file lies.                            │
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
    │ hunk 1 of the proposal: +0 -0 lines                                                                                  │
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
fn a_moved_file_among_the_files_and_before_it_is_applied() {
    assert_snapshot!(at(80, 12, moved(), "f"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 2 files  4 hunks   0 ✓ 0 ✗ 4 ·
    Files by risk ─────────────────────────────────────────────────────────────────
      src/old.py → src/new/place.py                                            0/3
    ▸ ├ 1 · renamed from `src/old.py`
      ├ 2 · one
      └ 3 · ten
      z.txt                                                                    0/1




    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(at(80, 14, moved(), "anaA"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 2 files  4 hunks   2 ✓ 0 ✗ 2 ·
    src/old.py → src/new/place.py ─────────────────────── hunk 2 of 3 · ✓ accepted
      1     - 1
          1 + one
      2  ┌ Apply 2 hunks in 1 file? ────────────────────────────────────────┐
      3  │                                                                  │
      4  │ src/old.py → src/new/place.py  2 of 3 hunks  +1 -1               │
    ⋯ 6 l│                                                                  │
         │ Stays out: 2 undecided ·.                                        │
         └──────────────────────────────────────────────── y apply · n back ┘



    a accept  x reject  s split  c comment  ⇥ undecided  A apply 2…  ? keys
    "#);
    assert_snapshot!(at(80, 14, moved(), "xnaA"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 2 files  4 hunks   1 ✓ 1 ✗ 2 ·
    src/old.py → src/new/place.py ─────────────────────── hunk 2 of 3 · ✓ accepted
      1     - 1
          1 + one
      2  ┌ Apply 1 hunk in 1 file? ─────────────────────────────────────────┐
      3  │                                                                  │
      4  │ src/old.py (stays there)  1 of 3 hunks  +1 -1                    │
    ⋯ 6 l│                                                                  │
         │ Stays out: 1 rejected ✗, 2 undecided ·.                          │
         └──────────────────────────────────────────────── y apply · n back ┘



    a accept  x reject  s split  c comment  ⇥ undecided  A apply 1…  ? keys
    "#);
    assert_snapshot!(at(120, 14, moved(), "f"), @r#"
    countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               2 files  4 hunks   0 ✓ 0 ✗ 4 ·
    Files by risk ─────────────────────────────────────────────────────────────────────────────────────────────────────────
      src/old.py → src/new/place.py                                                                                    0/3
    ▸ ├ 1 · renamed from `src/old.py`
      ├ 2 · one
      └ 3 · ten
      z.txt                                                                                                            0/1






    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  e edit  f back  w why  : all  ? keys
    "#);
    assert_snapshot!(at(120, 16, moved(), "anaA"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               2 files  4 hunks   2 ✓ 0 ✗ 2 ·
    ┌ Files by risk ───────────────────┬▸ src/old.py → src/new/place.py ───────────────────────── hunk 2 of 3 · ✓ accepted ┐
    │   …old.py → src/new/place.py 2/3 │   1     - 1                                                                       │
    │   ├ 1 ✓ renamed from `src/old.p… │       1 + one                                                                     │
    │ ▸ ├ 2 ✓ one                      │   2   2   2                                                                       │
    │   └ 3 · ten             ┌ Apply 2 hunks in 1 file? ────────────────────────────────────────┐                         │
    │   z.txt                 │                                                                  │                         │
    │                         │ src/old.py → src/new/place.py  2 of 3 hunks  +1 -1               │                         │
    │                         │                                                                  │                         │
    │                         │ Stays out: 2 undecided ·.                                        │                         │
    ├ Why this hunk ──────────└──────────────────────────────────────────────── y apply · n back ┘─────────────────────────┤
    │ hunk 2 of the proposal: +1 -1 lines                                                                                  │
    │ step      none of the 2 of the plan names this file                                                                  │
    │ shown     [1] docs/api.md:120-126 ⚠  [2] src/client.py:31-58                                                         │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply 2…  q quit  e edit  f files  w why  : all  ? keys
    "#);
    assert_snapshot!(at(120, 16, moved(), "xnaA"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               2 files  4 hunks   1 ✓ 1 ✗ 2 ·
    ┌ Files by risk ───────────────────┬▸ src/old.py → src/new/place.py ───────────────────────── hunk 2 of 3 · ✓ accepted ┐
    │   …old.py → src/new/place.py 2/3 │   1     - 1                                                                       │
    │   ├ 1 ✗ renamed from `src/old.p… │       1 + one                                                                     │
    │ ▸ ├ 2 ✓ one                      │   2   2   2                                                                       │
    │   └ 3 · ten             ┌ Apply 1 hunk in 1 file? ─────────────────────────────────────────┐                         │
    │   z.txt                 │                                                                  │                         │
    │                         │ src/old.py (stays there)  1 of 3 hunks  +1 -1                    │                         │
    │                         │                                                                  │                         │
    │                         │ Stays out: 1 rejected ✗, 2 undecided ·.                          │                         │
    ├ Why this hunk ──────────└──────────────────────────────────────────────── y apply · n back ┘─────────────────────────┤
    │ hunk 2 of the proposal: +1 -1 lines                                                                                  │
    │ step      none of the 2 of the plan names this file                                                                  │
    │ shown     [1] docs/api.md:120-126 ⚠  [2] src/client.py:31-58                                                         │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply 1…  q quit  e edit  f files  w why  : all  ? keys
    "#);
}

fn kinds() -> ReviewInput {
    let file = |bytes: &[u8], mode| Some(FileState { bytes: bytes.to_vec(), mode });
    proposal(&[
        ("a.png", file(b"\x89PNG\0\0", Mode::Regular), file(b"\x89PNG\0\0\0\0", Mode::Regular)),
        ("b.sh", file(b"echo\n", Mode::Regular), file(b"echo hi\n", Mode::Executable)),
    ])
}

#[test]
fn a_mode() {
    assert_snapshot!(at(80, 24, kinds(), "n"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 2 files  3 hunks   0 ✓ 0 ✗ 3 ·
    b.sh ───────────────────────────────────────────────── hunk 1 of 2 · undecided
    mode 644 → 755
    before  text, 5 bytes, mode 644
    after   text, 8 bytes, mode 755


















    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(at(120, 40, kinds(), "n"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               2 files  3 hunks   0 ✓ 0 ✗ 3 ·
    ┌ Files by risk ───────────────────┬▸ b.sh ─────────────────────────────────────────────────── hunk 1 of 2 · undecided ┐
    │   a.png                      0/1 │ mode 644 → 755                                                                    │
    │   b.sh                       0/2 │ before  text, 5 bytes, mode 644                                                   │
    │ ▸ ├ 2 · mode 644 → 755           │ after   text, 8 bytes, mode 755                                                   │
    │   └ 3 · echo hi                  │                                                                                   │
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
    │ hunk 2 of the proposal: +0 -0 lines                                                                                  │
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
fn bytes_that_are_no_text() {
    assert_snapshot!(at(80, 24, kinds(), ""), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 2 files  3 hunks   0 ✓ 0 ✗ 3 ·
    a.png ──────────────────────────────────────────────── hunk 1 of 1 · undecided
    binary, 6 → 8 bytes
    before  binary, 6 bytes, mode 644
    after   binary, 8 bytes, mode 644
    It is no text: it can be taken or left as a whole only.

















    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(at(120, 40, kinds(), ""), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               2 files  3 hunks   0 ✓ 0 ✗ 3 ·
    ┌ Files by risk ───────────────────┬▸ a.png ────────────────────────────────────────────────── hunk 1 of 1 · undecided ┐
    │   a.png                      0/1 │ binary, 6 → 8 bytes                                                               │
    │ ▸ └ 1 · binary, 6 → 8 bytes      │ before  binary, 6 bytes, mode 644                                                 │
    │   b.sh                       0/2 │ after   binary, 8 bytes, mode 644                                                 │
    │                                  │ It is no text: it can be taken or left as a whole only.                           │
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
    │ hunk 1 of the proposal: +0 -0 lines                                                                                  │
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
