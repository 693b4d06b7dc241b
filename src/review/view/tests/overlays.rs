//! Search, palette, and the places that the model was shown.

use insta::assert_snapshot;
use ratatui::layout::{Position, Size};

use crate::proposal::Verdict;
use crate::review::testing::{key_named, press, sample, screen, shown};
use crate::review::update::{Msg, update};
use crate::review::{keys, state::State};

/// The review after keys, some of them by name.
fn after(typed: &str, named: &[&str]) -> State {
    let mut state = press(sample(), Size::new(80, 24), typed).0;
    for name in named {
        if let Some(msg) = keys::msg(&state, &key_named(name)) {
            update(&mut state, msg);
        }
    }
    state
}

#[test]
fn searching() {
    assert_snapshot!(screen(80, 12, "/timeout"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    .github/workflows/ci.yml ───────────────────────────── hunk 1 of 1 · undecided
    ⋯ 6 lines above
      7   7   steps:
      8     -   - run: pytest
          8 +   - run: pytest -q





    /timeout   7 places with it
    "#);
    assert_snapshot!(screen(80, 12, "/timeout<enter>"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    src/client.py ──────────────────────────────────────── hunk 2 of 3 · undecided
    ⋯ 19 lines above
     20  20   @property
     21     - def wait(self):
         21 + def timeout(self):
     22  22       return 1
    ⋯ 21 lines below



    1 of 7 for `timeout`; ctrl-n, ctrl-p for the others
    "#);
    assert_snapshot!(screen(80, 12, "/nowhere at all"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    .github/workflows/ci.yml ───────────────────────────── hunk 1 of 1 · undecided
    ⋯ 6 lines above
      7   7   steps:
      8     -   - run: pytest
          8 +   - run: pytest -q





    /nowhere at all   nowhere
    "#);
}

#[test]
fn what_was_found_is_gone_through_in_both_directions() {
    let place = |named: &[&str]| {
        let state = after("/def<enter>", named);
        (state.hunk().unwrap().number, state.notice.clone().unwrap())
    };
    let notice = |nth| format!("{nth} of 4 for `def`; ctrl-n, ctrl-p for the others");
    assert_eq!(place(&[]), (2, notice(1)));
    assert_eq!(place(&["ctrl-n", "ctrl-n"]), (3, notice(3)));
    assert_eq!(place(&["ctrl-n", "ctrl-n", "ctrl-n"]), (4, notice(4)));
    assert_eq!(place(&["ctrl-p"]), (4, notice(4)));
    assert_eq!(after("/Def<enter>", &[]).notice.unwrap(), "`Def` is nowhere in this proposal");
    assert_eq!(after("", &["ctrl-n"]).notice.unwrap(), "`/` searches first");
}

#[test]
fn the_palette_does_what_the_key_does() {
    assert_snapshot!(screen(80, 24, ":"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    .github/workflows/ci.yml ───────────────────────────── hunk 1 of 1 · undecided
    ⋯ 6 lines above
      7   7   steps:
      8  ┌ Commands ────────────────────────────────────────────────────────┐
         │ :                                                                │
         │                                                                  │
         │ ▸ a       accept this hunk                                       │
         │   x       reject this hunk                                       │
         │   s       split this hunk; again: smaller                        │
         │   S       split it at a line that you choose                     │
         │   e       edit its new lines in your editor                      │
         │   c       comment on it; a model words it anew, if one is there  │
         │   u       make this hunk undecided again                         │
         │   U       take back the last step, whatever it was               │
         │   +       accept what is undecided in this file                  │
         │   -       reject what is undecided in this file                  │
         │   *       accept what is undecided everywhere                    │
         │   A enter apply what is accepted, after a question               │
         └──────────────────────────────────────── enter does it · esc back ┘



    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(120, 40, ":undec"), @r#"
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
    │                         ┌ Commands ────────────────────────────────────────────────────────┐                         │
    │                         │ : undec                                                          │                         │
    │                         │                                                                  │                         │
    │                         │ ▸ u       make this hunk undecided again                         │                         │
    │                         │   +       accept what is undecided in this file                  │                         │
    │                         │   -       reject what is undecided in this file                  │                         │
    │                         │   *       accept what is undecided everywhere                    │                         │
    │                         │   tab     next undecided hunk                                    │                         │
    │                         └──────────────────────────────────────── enter does it · esc back ┘                         │
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
    let state = after(":accept this<enter>", &[]);
    assert_eq!(state.verdict(0), Verdict::Accepted);
    assert_eq!(after(":accept this<esc>", &[]).verdict(0), Verdict::Undecided);
    assert_eq!(after(":axA+*", &[]).count_all().undecided, 5);
}

#[test]
fn a_place_that_was_shown() {
    assert_snapshot!(screen(80, 24, "nnn1"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    src/c┌ 1 src/client.py:31-58 ───────────────────────────────────────────┐cided
    ⋯ 40 │ shown because: says timeout                                      │
     41  │    31 line 31                                                    │
     42  │    32 line 32                                                    │
         │    33 line 33                                                    │
         │    34 line 34                                                    │
         │    35 line 35                                                    │
     43  │    36 line 36                                                    │
         │    37 line 37                                                    │
         │    38 line 38                                                    │
         │    39 line 39                                                    │
         │    40 line 40                                                    │
         │    41 line 41                                                    │
         │    42 line 42                                                    │
         │    43 line 43                                                    │
         │    44 line 44                                                    │
         │    45 line 45                                                    │
         │    46 line 46                                                    │
         │    47 line 47                                                    │
         │    48 line 48                                                    │
         │    49 line 49                                                    │
         └──────────────────────────────── j k scroll · 1-9 others · q back ┘
    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(screen(120, 40, "nnn2"), @r#"
     countersign  p-7f3a  "Reject negative timeouts"  coder·qwen2.5-coder-1.5b               3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    ┌ Files by risk ───────────────────┬▸ src/client.py ────────────────────────────────────────── hunk 3 of 3 · undecided ┐
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
    │                         ┌ 2 docs/api.md:120-126 ───────────────────────────────────────────┐                         │
    │                         │ shown because: says timeout                                      │                         │
    │                         │ ⚠ prose: what it says may have been taken for an instruction     │                         │
    │                         │   120 line 120                                                   │                         │
    │                         │   121 line 121                                                   │                         │
    │                         │   122 line 122                                                   │                         │
    │                         │   123 line 123                                                   │                         │
    │                         │   124 line 124                                                   │                         │
    │                         │   125 line 125                                                   │                         │
    │                         │   126 line 126                                                   │                         │
    │                         └──────────────────────────────── j k scroll · 1-9 others · q back ┘                         │
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
     a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  e edit  f files  w why  : all  ? keys
    "#);
    assert_eq!(screen(80, 24, "nnn12"), screen(80, 24, "nnn2"));
    assert_eq!(after("9", &[]).notice.unwrap(), "the journal names no place 9 for this hunk");
}

#[test]
fn the_keys_of_each_pane() {
    assert_snapshot!(screen(80, 40, "f?"), @r#"
    countersign  p-7f3a  "Reject negative timeouts" 3 files  5 hunks   0 ✓ 0 ✗ 5 ·
    Files┌ Keys among the files ────────────────────────────────────────────┐──────
    ! .gi│ a         accept this hunk                                       │  0/1
    ▸ └ 5│ x         reject this hunk                                       │
      src│ space     accept, reject, undecide in turn                       │  0/3
      tes│ s         split this hunk; again: smaller                        │  0/1
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
         │ j k ↓ ↑   next, previous hunk; enter: back to it                 │
         │ h l ← →   left, right in long lines                              │
         │ PgDn PgUp a page down, up; also ctrl-d, ctrl-u                   │
         │ g G       to the start, to the end                               │
         │ f         files; again: back                                     │
         │ w         why this hunk; again: back                             │
         │ 1-9       open a place that the model was shown                  │
         │ |         two sides, or one below the other                      │
         │ z         zoom out: more lines around, the whole file            │
         │ W         white space: lines that differ in it only as unchanged │
         │ /         search all hunks and paths                             │
         │ ctrl-n    next place that was found                              │
         │ ctrl-p    previous place that was found                          │
         │ :         all commands by name                                   │
         │ q         leave; nothing is applied                              │
         │ ctrl-z    suspend                                                │
         │ mouse     wheel scrolls; click on files, hunks, answers, keys    │
         │ ?         the keys of this place                                 │
         └───────────────────────────────────────────── j k scroll · q back ┘
    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert!(screen(80, 44, "w?").contains("Keys in the reasons"));
}

#[test]
fn the_verbs_below_can_be_clicked() {
    let mut state = after("", &[]);
    let row = shown(&state).lines().last().unwrap().to_owned();
    let column = |verb: &str| u16::try_from(row.find(verb).unwrap()).unwrap();
    update(&mut state, Msg::Click(Position::new(column("accept"), 23)));
    assert_eq!(state.verdict(0), Verdict::Accepted);
    update(&mut state, Msg::Click(Position::new(1, 10)));
    assert_eq!(state.count_all().accepted, 1);
}
