//! What is said about a hunk, other words for it than the proposal's, and what a review goes on with.

use insta::assert_snapshot;
use ratatui::layout::Size;

use crate::review::piece::PieceMsg;
use crate::review::testing::{press, sample, screen, shown};
use crate::review::update::{Msg, update};

/// The sample on a screen, its third hunk in front, with other words for it by whoever `msg` says.
fn at(width: u16, height: u16, keys: &str, msg: &dyn Fn(Vec<u8>) -> PieceMsg) -> String {
    let (mut state, _) = press(sample(), Size::new(width, height), keys);
    let words = "    def connect(self, host, timeout=None):\n\
                 \x20       if timeout == 0:  # \t日本 \u{202e}x\u{1b}[2J\n\
                 \x20           raise ValueError\n\
                 \x20       self.host = host\n";
    update(&mut state, Msg::Piece(msg(words.as_bytes().to_vec())));
    let (shown_now, notice) = (shown(&state), state.notice.take().unwrap());
    assert!(shown_now.contains(&notice[..20]), "{shown_now}");
    shown(&state)
}

#[test]
fn an_edited_hunk() {
    assert_snapshot!(at(80, 24, "nnn", &|text| PieceMsg::Edited(3, text)), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   1 ✓ 0 ✗ 4 ·
    src/client.py ────────────────────── hunk 3 of 3 · edited by hand · ✓ accepted
    ⋯ 40 lines above
     41           def connect(self, host, timeout=None):
     42     -         self.timeout = timeout or 30
            +         if timeout == 0:  #     日本 \u{202e}x␛[2J
            +             raise ValueError
     43               self.host = host















    a accept  x reject  s split  c comment  ⇥ undecided  A apply 1…  ? keys
    "#);
    assert_snapshot!(at(120, 40, "nnn", &|text| PieceMsg::Edited(3, text)), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   1 ✓ 0 ✗ 4 ·
    ┌ Files by risk ───────────────────┬▸ src/client.py ──────────────────────── hunk 3 of 3 · edited by hand · ✓ accepted ┐
    │ ! .github/workflows/ci.yml   0/1 │ ⋯ 40 lines above                                                                  │
    │   src/client.py              1/3 │  41           def connect(self, host, timeout=None):                              │
    │   ├ 1 · import os                │  42     -         self.timeout = timeout or 30                                    │
    │   ├ 2 · def timeout(self):       │         +         if timeout == 0:  #     日本 \u{202e}x␛[2J                      │
    │ ▸ └ 3 ✓ if timeout == 0:  #    … │         +             raise ValueError                                            │
    │   tests/test_timeout.py      0/1 │  43               self.host = host                                                │
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
    │ hunk 3 of the proposal: +2 -1 lines                                                                                  │
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

#[test]
fn a_revised_hunk() {
    assert_snapshot!(at(80, 24, "nnncno default<enter>", &PieceMsg::Revised), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    src/client.py ───────────────── hunk 3 of 3 · revised by the model · undecided
    ⋯ 40 lines above
     41           def connect(self, host, timeout=None):
     42     -         self.timeout = timeout or 30
            +         if timeout == 0:  #     日本 \u{202e}x␛[2J
            +             raise ValueError
     43               self.host = host















    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(at(120, 40, "nnncno default<enter>", &PieceMsg::Revised), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    ┌ Files by risk ───────────────────┬▸ src/client.py ─────────────────── hunk 3 of 3 · revised by the model · undecided ┐
    │ ! .github/workflows/ci.yml   0/1 │ ⋯ 40 lines above                                                                  │
    │   src/client.py              0/3 │  41           def connect(self, host, timeout=None):                              │
    │   ├ 1 · import os                │  42     -         self.timeout = timeout or 30                                    │
    │   ├ 2 · def timeout(self):       │         +         if timeout == 0:  #     日本 \u{202e}x␛[2J                      │
    │ ▸ └ 3 · if timeout == 0:  #    … │         +             raise ValueError                                            │
    │   tests/test_timeout.py      0/1 │  43               self.host = host                                                │
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
    │ hunk 3 of the proposal: +2 -1 lines                                                                                  │
    │ you said: no default                                                                                                 │
    │ step      1 of 2: raise on a timeout of zero                                                                         │
    │ shown     [1] src/client.py:31-58  [2] docs/api.md:120-126 ⚠                                                         │
    │ ⚠ prose: what it says may have been taken for an instruction                                                         │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │ ran       ✓ `pytest -q` 2.6 s: 14 passed                                                                             │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  e edit  f files  w why  : all  ? keys
    "#);
}

#[test]
fn a_review_that_goes_on() {
    let at = |width, height| {
        let mut input = sample();
        input.pieces[2].verdict = crate::proposal::Verdict::Accepted;
        input.at = Some("3".to_owned());
        input.notice = Some("going on where you left: 1 hunk is decided".to_owned());
        shown(&press(input, Size::new(width, height), "").0)
    };
    assert_snapshot!(at(80, 24), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   1 ✓ 0 ✗ 4 ·
    src/client.py ─────────────────────────────────────── hunk 3 of 3 · ✓ accepted
    ⋯ 40 lines above
     41  41       def connect(self, host, timeout=None):
     42     -         self.timeout = timeout or 30
         42 +         if timeout is not None and timeout <= 0:
         43 +             raise ValueError(f"timeout must be > 0: {timeout}")
         44 +         self.timeout = 30 if timeout is None else timeout
     43  45           self.host = host














    going on where you left: 1 hunk is decided
    "#);
    assert_snapshot!(at(120, 40), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   1 ✓ 0 ✗ 4 ·
    ┌ Files by risk ───────────────────┬▸ src/client.py ───────────────────────────────────────── hunk 3 of 3 · ✓ accepted ┐
    │ ! .github/workflows/ci.yml   0/1 │ ⋯ 40 lines above                                                                  │
    │   src/client.py              1/3 │  41  41       def connect(self, host, timeout=None):                              │
    │   ├ 1 · import os                │  42     -         self.timeout = timeout or 30                                    │
    │   ├ 2 · def timeout(self):       │      42 +         if timeout is not None and timeout <= 0:                        │
    │ ▸ └ 3 ✓ if timeout is not None … │      43 +             raise ValueError(f"timeout must be > 0: {timeout}")         │
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
    ├ Why this hunk ───────────────────┴───────────────────────────────────────────────────────────────────────────────────┤
    │ hunk 3 of the proposal: +3 -1 lines                                                                                  │
    │ step      1 of 2: raise on a timeout of zero                                                                         │
    │ shown     [1] src/client.py:31-58  [2] docs/api.md:120-126 ⚠                                                         │
    │ ⚠ prose: what it says may have been taken for an instruction                                                         │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │ ran       ✓ `pytest -q` 2.6 s: 14 passed                                                                             │
    │ policy    allow by `agent-proposes`: an edit is a proposal until a person countersigns it                            │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     going on where you left: 1 hunk is decided
    "#);
}

#[test]
fn a_comment_whose_answer_is_awaited_is_seen() {
    assert_snapshot!(screen(80, 24, "nnnctoo long"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    src/client.py ──────────────────────────────────────── hunk 3 of 3 · undecided
    ⋯ 40 lines above
     41  41       def connect(self, host, timeout=None):
     42     -         self.timeout = timeout or 30
         42 +         if timeout is not None and timeout <= 0:
         43 +             raise ValueError(f"timeout must be > 0: {timeout}")
         44 +         self.timeout = 30 if timeout is None else timeout
     43  45           self.host = host

         ┌ Say about this hunk ─────────────────────────────────────────────┐
         │                                                                  │
         │ too long▏                                                        │
         └───────────────────────────────────────── enter say it · esc back ┘









    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(80, 24, "nnnctoo long<enter>"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    src/client.py ─────────────────────────── hunk 3 of 3 · … revising · undecided
    ⋯ 40 lines above
     41  41       def connect(self, host, timeout=None):
     42     -         self.timeout = timeout or 30
         42 +         if timeout is not None and timeout <= 0:
         43 +             raise ValueError(f"timeout must be > 0: {timeout}")
         44 +         self.timeout = 30 if timeout is None else timeout
     43  45           self.host = host














    the model is asked to word this hunk anew; go on meanwhile
    "#);
    assert_snapshot!(screen(80, 24, "nnnctoo long<enter>f"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    Files by risk ─────────────────────────────────────────────────────────────────
    ! .github/workflows/ci.yml                                                 0/1
      src/client.py                                                            0/3
      ├ 1 · import os
      ├ 2 · def timeout(self):
    ▸ └ 3 · … revising if timeout is not None and timeout <= 0:
      tests/test_timeout.py                                                    0/1















    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(120, 40, "nnnctoo long<enter>p"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    ┌ Files by risk ───────────────────┬▸ src/client.py ────────────────────────────────────────── hunk 2 of 3 · undecided ┐
    │ ! .github/workflows/ci.yml   0/1 │ ⋯ 19 lines above                                                                  │
    │   src/client.py              0/3 │  20  20   @property                                                               │
    │   ├ 1 · import os                │  21     - def wait(self):                                                         │
    │ ▸ ├ 2 · def timeout(self):       │      21 + def timeout(self):                                                      │
    │   └ 3 · … revising if timeout i… │  22  22       return 1                                                            │
    │   tests/test_timeout.py      0/1 │ ⋯ 21 lines below                                                                  │
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
    │ hunk 2 of the proposal: +1 -1 lines                                                                                  │
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
