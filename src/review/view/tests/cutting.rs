//! Parts of a hunk, and the cursor of a split.

use insta::assert_snapshot;
use ratatui::layout::{Position, Size};

use crate::proposal::Piece;
use crate::review::keys;
use crate::review::state::State;
use crate::review::testing::{events, hunk, input, press, sample, screen, shown};
use crate::review::update::{Msg, update};

#[test]
fn it_shows_what_is_above_and_below() {
    assert_snapshot!(screen(80, 12, "nnnS"), @r#"
     countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
     src/client.py ──────────────────────────────────────── hunk 3 of 3 · undecided
     ⋯ 40 lines above
      41  41       def connect(self, host, timeout=None):
      42     -         self.timeout = timeout or 30
    ┄┄ split here: +0 -1 above, +3 -0 below ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
          42 +         if timeout is not None and timeout <= 0:
          43 +             raise ValueError(f"timeout must be > 0: {timeout}")
          44 +         self.timeout = 30 if timeout is None else timeout
      43  45           self.host = host

     ↵ split here  j down  k up  esc back
    "#);
    assert_snapshot!(screen(60, 12, "nnnSjj"), @r#"
     countersign  p-7f3a  "Reje… 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
     src/client.py ──────────────────── hunk 3 of 3 · undecided
     ⋯ 40 lines above
      41  41       def connect(self, host, timeout=None):
      42     -         self.timeout = timeout or 30
          42 +         if timeout is not None and timeout <= 0:
          43 +             raise ValueError(f"timeout must be >…
    ┄┄ split here: +2 -1 above, +1 -0 below ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
          44 +         self.timeout = 30 if timeout is None els…
      43  45           self.host = host

     ↵ split here  j down  k up  esc back
    "#);
    assert_snapshot!(screen(140, 20, "nnn|Sj"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b                                   3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    ┌ Files by risk ─────────────────────────┬▸ src/client.py ──────────────────────────────────────────────────────── hunk 3 of 3 · undecided ┐
    │ ! .github/workflows/ci.yml         0/1 │ ⋯ 40 lines above                                                                                │
    │   src/client.py                    0/3 │  41       def connect(self, host, timeout=None…│  41       def connect(self, host, timeout=None…│
    │   ├ 1 · import os                      │                                                │  42 +         if timeout is not None and timeo…│
    │   ├ 2 · def timeout(self):             │                                                │  43 +             raise ValueError(f"timeout m…│
    │ ▸ └ 3 · if timeout is not None and ti… │┄┄ split here: +2 -0 above, +1 -1 below ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄│
    │   tests/test_timeout.py            0/1 │  42 -         self.timeout = timeout or 30     │  44 +         self.timeout = 30 if timeout is …│
    │                                        │  43           self.host = host                 │  45           self.host = host                 │
    │                                        │                                                                                                 │
    │                                        │                                                                                                 │
    │                                        │                                                                                                 │
    │                                        │                                                                                                 │
    │                                        │                                                                                                 │
    ├ Why this hunk ─────────────────────────┴─────────────────────────────────────────────────────────────────────────────────────────────────┤
    │ hunk 3 of the proposal: +3 -1 lines                                                                                                      │
    │ step      1 of 2: raise on a timeout of zero                                                                                             │
    │ shown     [1] src/client.py:31-58  [2] docs/api.md:120-126 ⚠                                                                             │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     ↵ split here  j down  k up  esc back
    "#);
    assert_snapshot!(screen(80, 12, "nnnSj<enter>"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  6 hunks   0 ✓ 0 ✗ 6 ·
    src/client.py ────────────────────────────────── hunk 3.1 · 3 of 4 · undecided
    ⋯ 40 lines above
     41  41       def connect(self, host, timeout=None):
     42     -         self.timeout = timeout or 30
         42 +         if timeout is not None and timeout <= 0:
    ⋯ 1 line below




    split in 2; `U` puts it together again
    "#);
    assert_snapshot!(screen(24, 8, "nnnSj"), @r#"
     countersi… 0 ✓ 0 ✗ 5 ·
     …/client.py ──── 3/3 ·
          def connect(self,…
    -         self.timeout …
    +         if timeout is…
    ┄┄ split here: +1 -1 ab…
    +             raise Val…
     ↵ split here  esc back
    "#);
}

/// The parts of hunk 3 of the sample after keys, a line each: lines added and removed.
#[track_caller]
fn check(size: Size, script: &str, expected: &[(usize, usize)]) {
    let (state, _) = press(sample(), size, script);
    assert_eq!(parts(&state, 3), expected, "{script}");
}

fn parts(state: &State, number: u32) -> Vec<(usize, usize)> {
    let of = |piece: &&Piece| piece.hunk.number == number;
    state.pieces.iter().filter(of).map(|piece| piece.hunk.counts()).collect()
}

const NARROW: Size = Size::new(60, 20);
const WIDE: Size = Size::new(200, 40);

#[test]
fn a_hunk_is_split_above_the_chosen_line() {
    check(NARROW, "nnnS<enter>", &[(0, 1), (3, 0)]);
    check(NARROW, "nnnSj<enter>", &[(1, 1), (2, 0)]);
    check(NARROW, "nnnS<down><down><enter>", &[(2, 1), (1, 0)]);
    check(NARROW, "nnnSjjjjjj<enter>", &[(2, 1), (1, 0)]);
    check(NARROW, "nnnSG<enter>", &[(2, 1), (1, 0)]);
    check(NARROW, "nnnSGk<enter>", &[(1, 1), (2, 0)]);
    check(NARROW, "nnnSGg<enter>", &[(0, 1), (3, 0)]);
    check(NARROW, "nnnS<esc>", &[(3, 1)]);
    check(NARROW, "nnnSq", &[(3, 1)]);
    check(NARROW, "nnnSj<enter>U", &[(3, 1)]);
    check(NARROW, "nnnSaxsU<esc>", &[(3, 1)]);
}

#[test]
fn side_by_side_lines_stay_with_those_that_they_replace() {
    let lines = " a\n-one = 1\n-two = 2\n-three = 3\n+one = 10\n+two = 20\n+three = 30\n b\n";
    let hunks = || vec![hunk(3, "a.py", 1, lines)];
    let split = |size, script| parts(&press(input(hunks()), size, script).0, 3);
    assert_eq!(split(WIDE, "S<enter>"), [(1, 1), (2, 2)]);
    assert_eq!(split(WIDE, "Sj<enter>"), [(2, 2), (1, 1)]);
    assert_eq!(split(NARROW, "Sj<enter>"), [(0, 2), (3, 1)]);
    let (state, _) = press(input(hunks()), WIDE, "Sj");
    assert!(shown(&state).contains("┄┄ split here: +2 -2 above, +1 -1 below"));
}

#[test]
fn what_cannot_be_split_says_so() {
    let said = |lines| press(input(vec![hunk(1, "a", 1, lines)]), NARROW, "S").0.notice.unwrap();
    assert_eq!(said(" a\n+b\n c\n"), "it cannot be split: there is but one changed line in it");
    let mut mode = hunk(1, "a", 1, "");
    mode.kind = crate::proposal::HunkKind::Mode;
    mode.note = Some("mode 644 → 755".to_owned());
    let said = press(input(vec![mode]), NARROW, "S").0.notice.unwrap();
    assert_eq!(said, "it is taken or left as a whole: mode 644 → 755");
    assert!(press(input(Vec::new()), NARROW, "S").0.dialog.is_none());
    let pair = vec![hunk(1, "a", 1, " a\n-b\n+c\n")];
    let said = press(input(pair), WIDE, "S").0.notice.unwrap();
    assert_eq!(said, "what changes stands in one row; `|` shows one side below the other");
}

#[test]
fn white_space_counts_while_lines_are_chosen() {
    let lines = "-a\n-b\n+ a\n+ b\n";
    let (state, _) = press(input(vec![hunk(1, "a", 1, lines)]), NARROW, "WS<enter>");
    assert_eq!(parts(&state, 1), [(0, 1), (2, 1)]);
}

#[test]
fn a_click_chooses_a_line_and_a_second_one_splits() {
    for size in [Size::new(80, 24), Size::new(60, 20), Size::new(120, 40)] {
        let (mut state, _) = press(sample(), size, "nnnS");
        let row = |state: &State, text: &str| {
            let screen = shown(state);
            let y = screen.lines().position(|line| line.contains(text)).unwrap();
            let x = if size.width >= 100 { 60 } else { 9 };
            Position::new(x, u16::try_from(y).unwrap())
        };
        let at = row(&state, "raise ValueError");
        update(&mut state, Msg::Click(at));
        assert!(shown(&state).contains("+1 -1 above, +2 -0 below"), "{}", shown(&state));
        let at = row(&state, "split here");
        update(&mut state, Msg::Click(at));
        assert_eq!(parts(&state, 3), [(1, 1), (2, 0)]);
    }
    let (mut state, _) = press(sample(), Size::new(80, 24), "nnnS");
    update(&mut state, Msg::Click(Position::new(3, 23)));
    assert_eq!(parts(&state, 3), [(0, 1), (3, 0)], "the last line names enter");
}

#[test]
fn the_cursor_is_seen_wherever_it_goes_and_whatever_the_size() {
    let long = "+line\n".repeat(60);
    let (mut state, _) = press(input(vec![hunk(1, "a.txt", 1, &long)]), Size::new(80, 24), "S");
    for (script, size) in [
        ("", Size::new(80, 24)),
        ("<pgdn>", Size::new(80, 24)),
        ("jjjjjjjjjjjjjjjj", Size::new(60, 8)),
        ("G", Size::new(160, 12)),
        ("kkk", Size::new(40, 6)),
        ("<pgup>", Size::new(80, 5)),
        ("g", Size::new(80, 24)),
    ] {
        for event in events(script) {
            let msg = keys::msg(&state, &event).unwrap();
            update(&mut state, msg);
        }
        update(&mut state, Msg::Resize(size));
        assert!(shown(&state).contains("┄┄ split"), "{script}\n{}", shown(&state));
    }
}

#[test]
fn a_split_hunk_says_which_part_it_is() {
    assert_snapshot!(screen(80, 24, "nnnsn"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  7 hunks   0 ✓ 0 ✗ 7 ·
    src/client.py ────────────────────────────────── hunk 3.2 · 4 of 5 · undecided
    ⋯ 42 lines above
         43 +             raise ValueError(f"timeout must be > 0: {timeout}")
    ⋯ 1 line below


















    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(80, 24, "nnnsnf"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  7 hunks   0 ✓ 0 ✗ 7 ·
    Files by risk ─────────────────────────────────────────────────────────────────
    ! .github/workflows/ci.yml                                                 0/1
      src/client.py                                                            0/5
      ├ 1 · import os
      ├ 2 · def timeout(self):
      ├ 3.1 · if timeout is not None and timeout <= 0:
    ▸ ├ 3.2 · raise ValueError(f"timeout must be > 0: {timeout}")
      └ 3.3 · self.timeout = 30 if timeout is None else timeout
      tests/test_timeout.py                                                    0/1













    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(120, 40, "nnnsn"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  7 hunks   0 ✓ 0 ✗ 7 ·
    ┌ Files by risk ───────────────────┬▸ src/client.py ──────────────────────────────────── hunk 3.2 · 4 of 5 · undecided ┐
    │ ! .github/workflows/ci.yml   0/1 │ ⋯ 42 lines above                                                                  │
    │   src/client.py              0/5 │      43 +             raise ValueError(f"timeout must be > 0: {timeout}")         │
    │   ├ 1 · import os                │ ⋯ 1 line below                                                                    │
    │   ├ 2 · def timeout(self):       │                                                                                   │
    │   ├ 3.1 · if timeout is not Non… │                                                                                   │
    │ ▸ ├ 3.2 · raise ValueError(f"ti… │                                                                                   │
    │   └ 3.3 · self.timeout = 30 if … │                                                                                   │
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
    ├ Why this hunk ───────────────────┴───────────────────────────────────────────────────────────────────────────────────┤
    │ hunk 3.2 of the proposal: +1 -0 lines                                                                                │
    │ step      1 of 2: raise on a timeout of zero                                                                         │
    │ shown     [1] src/client.py:31-58  [2] docs/api.md:120-126 ⚠                                                         │
    │ ⚠ prose: what it says may have been taken for an instruction                                                         │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │ ran       ✓ `pytest -q` 2.6 s: 14 passed                                                                             │
    │ policy    allow by `agent-proposes`: an edit is a proposal until a person countersigns it                            │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  e edit  f files  w why  : all  ? keys
    "#);
}
