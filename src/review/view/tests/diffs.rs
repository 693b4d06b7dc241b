//! The hunk in front, laid out in every way.

use insta::assert_snapshot;
use ratatui::layout::Size;

use crate::repo::{FileState, Mode};
use crate::review::ReviewInput;
use crate::review::testing::{press, proposal, screen, shown, state};

#[track_caller]
fn at(width: u16, height: u16, input: ReviewInput, keys: &str) -> String {
    shown(&press(input, Size::new(width, height), keys).0)
}

#[test]
fn two_sides_on_a_wide_screen_or_when_asked_for() {
    assert_snapshot!(screen(180, 15, "nnn"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b                                                                           3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    ┌ Files by risk ───────────────────────────────┬▸ src/client.py ────────────────────────────────────────────────────────────────────────────────────────── hunk 3 of 3 · undecided ┐
    │ ! .github/workflows/ci.yml               0/1 │ ⋯ 40 lines above                                                                                                                  │
    │   src/client.py                          0/3 │  41       def connect(self, host, timeout=None):                │  41       def connect(self, host, timeout=None):                │
    │   ├ 1 · import os                            │                                                                 │  42 +         if timeout is not None and timeout <= 0:          │
    │   ├ 2 · def timeout(self):                   │                                                                 │  43 +             raise ValueError(f"timeout must be > 0: {time…│
    │ ▸ └ 3 · if timeout is not None and timeout … │  42 -         self.timeout = timeout or 30                      │  44 +         self.timeout = 30 if timeout is None else timeout │
    │   tests/test_timeout.py                  0/1 │  43           self.host = host                                  │  45           self.host = host                                  │
    │                                              │                                                                                                                                   │
    ├ Why this hunk ───────────────────────────────┴───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┤
    │ hunk 3 of the proposal: +3 -1 lines                                                                                                                                              │
    │ step      1 of 2: raise on a timeout of zero                                                                                                                                     │
    │ shown     [1] src/client.py:31-58  [2] docs/api.md:120-126 ⚠                                                                                                                     │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  e edit  f files  w why  : all  n next hunk  / search  z more around  + accept file  S split at  ? keys
    "#);
    assert_snapshot!(screen(80, 12, "nnn|"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    src/client.py ──────────────────────────────────────── hunk 3 of 3 · undecided
    ⋯ 40 lines above
     41       def connect(self, host, tim…│  41       def connect(self, host, time…
                                          │  42 +         if timeout is not None a…
                                          │  43 +             raise ValueError(f"t…
     42 -         self.timeout = timeout …│  44 +         self.timeout = 30 if tim…
     43           self.host = host        │  45           self.host = host



    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(40, 8, "nnn|"), @r#"
    countersign  p-7f3a  "Rej… 0 ✓ 0 ✗ 5 ·
    src/client.py ────────────────── 3/3 ·
    ⋯ 40 lines above
     41       def connect(self, host, time…
     42 -         self.timeout = timeout o…
     42 +         if timeout is not None a…
     43 +             raise ValueError(f"t…
    too narrow for two sides
    "#);
}

#[test]
fn the_file_around_the_hunk() {
    let before: String = (1..=60).map(|line| format!("line {line}\n")).collect();
    let after = before.replace("line 10\n", "ten\n").replace("line 50\n", "fifty\nand more\n");
    let input = || proposal(&[("a.txt", state(&before), state(&after))]);
    assert_snapshot!(at(80, 14, input(), ""), @r#"
    countersign  p-7f3a  "Reject negative timeouts"… 1 file  2 hunks   0 ✓ 0 ✗ 2 ·
    a.txt ──────────────────────────────────────────────── hunk 1 of 2 · undecided
    ⋯ 6 lines above
      7   7   line 7
      8   8   line 8
      9   9   line 9
     10     - line 10
         10 + ten
     11  11   line 11
     12  12   line 12
     13  13   line 13
    ⋯ 47 lines below

    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(at(80, 14, input(), "z"), @r#"
    countersign  p-7f3a  "Reject negative timeouts"… 1 file  2 hunks   0 ✓ 0 ✗ 2 ·
    a.txt ────────────────────────────── hunk 1 of 2 · rows 4-14 of 35 · undecided
      4   4   line 4
      5   5   line 5
      6   6   line 6
      7   7   line 7
      8   8   line 8
      9   9   line 9
     10     - line 10
         10 + ten
     11  11   line 11
     12  12   line 12
     13  13   line 13
    more around the hunk; `z` again for the whole file
    "#);
    assert_snapshot!(at(80, 14, input(), "zzG"), @r#"
    countersign  p-7f3a  "Reject negative timeouts"… 1 file  2 hunks   0 ✓ 0 ✗ 2 ·
    a.txt ───────────────────────────── hunk 1 of 2 · rows 53-63 of 63 · undecided
         51 + and more
     51  52   line 51
     52  53   line 52
     53  54   line 53
     54  55   line 54
     55  56   line 55
     56  57   line 56
     57  58   line 57
     58  59   line 58
     59  60   line 59
     60  61   line 60
    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_eq!(at(80, 14, input(), "zzz<down>"), at(80, 14, input(), "<down>"));
}

#[test]
fn white_space_that_does_not_count() {
    let before = "fn a() {\none();\n\ttwo();\n}\nsame\n";
    let after = "fn a() {\n    if x {\n        one();  \n        two();\n    }\n}\nsame\n";
    let input = || proposal(&[("a.rs", state(before), state(after))]);
    assert_snapshot!(at(80, 14, input(), ""), @r#"
    countersign  p-7f3a  "Reject negative timeouts" … 1 file  1 hunk   0 ✓ 0 ✗ 1 ·
    a.rs ───────────────────────────────────────────────── hunk 1 of 1 · undecided
      1   1   fn a() {
      2     - one();
      3     - →   two();
          2 +     if x {
          3 + ········one();··
          4 + ········two();
          5 +     }
      4   6   }
      5   7   same


    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(at(80, 14, input(), "W"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" … 1 file  1 hunk   0 ✓ 0 ✗ 1 ·
    a.rs ─────────────────────────── hunk 1 of 1 · white space ignored · undecided
      1   1   fn a() {
          2 +     if x {
      2   3   ········one();··
      3   4   ········two();
          5 +     }
      4   6   }
      5   7   same




    lines that differ in white space only are shown as unchanged
    "#);
    assert_snapshot!(at(80, 14, input(), "W|"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" … 1 file  1 hunk   0 ✓ 0 ✗ 1 ·
    a.rs ─────────────────────────── hunk 1 of 1 · white space ignored · undecided
      1   fn a() {                        │   1   fn a() {
                                          │   2 +     if x {
      2   one();                          │   3   ········one();··
      3   →   two();                      │   4   ········two();
                                          │   5 +     }
      4   }                               │   6   }
      5   same                            │   7   same




    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
}

#[test]
fn code_that_was_moved_to_another_file() {
    let moved = "def alpha(value):\n    total = value + 1\n    return total\n\n";
    let rest = "def beta():\n    return 2\n";
    let input = || {
        proposal(&[
            ("a.py", state(&format!("{moved}{rest}")), state(rest)),
            ("b.py", state(rest), state(&format!("{rest}\n{moved}"))),
        ])
    };
    assert_snapshot!(at(80, 12, input(), ""), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 2 files  2 hunks   0 ✓ 0 ✗ 2 ·
    a.py ───────────────────────────────────────────────── hunk 1 of 1 · undecided
    ↷ 4 lines moved to b.py:4-7
      1     - def alpha(value):
      2     -     total = value + 1
      3     -     return total
      4     -
      5   1   def beta():
      6   2       return 2


    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(at(80, 12, input(), "n"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 2 files  2 hunks   0 ✓ 0 ✗ 2 ·
    b.py ───────────────────────────────────────────────── hunk 1 of 1 · undecided
      1   1   def beta():
      2   2       return 2
          3 +
    ↷ 4 lines moved from a.py:1-4
          4 + def alpha(value):
          5 +     total = value + 1
          6 +     return total
          7 +

    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
}

#[test]
fn what_has_no_lines_is_shown_for_what_it_is() {
    let binary = |bytes: &[u8]| Some(FileState { bytes: bytes.to_vec(), mode: Mode::Regular });
    let script = |mode| Some(FileState { bytes: b"echo\n".to_vec(), mode });
    let input = || {
        proposal(&[
            ("a.png", binary(b"\x89PNG\0\0"), binary(b"\x89PNG\0\0\0\0")),
            ("b.sh", script(Mode::Regular), script(Mode::Executable)),
            ("c.txt", state("gone\n"), None),
            ("d.link", None, Some(FileState { bytes: b"to/there".to_vec(), mode: Mode::Symlink })),
        ])
    };
    for (keys, expected) in [
        ("", "binary, 6 bytes, mode 644"),
        ("n", "text, 5 bytes, mode 755"),
        ("nn", "deleted"),
        ("nnn", "new file, symbolic link"),
    ] {
        let screen = at(80, 12, input(), keys);
        assert!(screen.contains(expected), "{screen}");
    }
    assert_snapshot!(at(80, 10, input(), ""), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 4 files  4 hunks   0 ✓ 0 ✗ 4 ·
    a.png ──────────────────────────────────────────────── hunk 1 of 1 · undecided
    binary, 6 → 8 bytes
    before  binary, 6 bytes, mode 644
    after   binary, 8 bytes, mode 644
    It is no text: it can be taken or left as a whole only.



    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
}
