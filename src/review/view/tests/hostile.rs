//! Texts that want more than to be read.

use insta::assert_snapshot;
use ratatui::layout::Size;

use crate::review::testing::{hunk, input, press, shown};

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
    ⋯ 7 lines above
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








    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    let (state, _) = press(input, Size::new(80, 24), "ll");
    assert_snapshot!(shown(&state), @r#"
    countersign  p-7f3a  "␛]0;owned␇"  coder·qwen2.5… 1 file  1 hunk   0 ✓ 0 ✗ 1 ·
    odd/\u{202e}name.txt ───────────────────────────────── hunk 1 of 1 · undecided
    ⋯ 7 lines above
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








    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
}

/// Scripts that are wide, that combine, or that are written from right to left; both sides stay aligned.
fn scripts() -> crate::review::ReviewInput {
    let text = " \tlet name = \"日本語テキスト\";\n\
        -\tlet greeting = \"مرحبا بالعالم\"; // שלום\n\
        +\tlet greeting = \"مرحبا يا عالم\"; // שלום\u{202e}evil\u{2069}\n\
        -e\u{301}te\u{301} 👍🏽 👩\u{200d}💻 🇩🇪 x\n\
        +e\u{301}te\u{301} 👍 👩 🇩🇪 क्षि x\n\
        +\u{9b}31m\u{90}q\u{85}next\n \
        \u{feff}after\n";
    let mut input = input(vec![hunk(1, "日本/\u{1b}[31mשם.rs", 1, text)]);
    input.title = "Wide 日本語 and \u{202e}reversed".to_owned();
    input.evidence.notes = vec!["note\u{1b}[2J\u{202e}x".to_owned()];
    input
}

#[test]
fn every_script_keeps_its_columns() {
    let at = |width, height, keys| shown(&press(scripts(), Size::new(width, height), keys).0);
    assert_snapshot!(at(80, 24, ""), @r#"
    countersign  p-7f3a  "Wide 日本語 and \u{202e}re… 1 file  1 hunk   0 ✓ 0 ✗ 1 ·
    日本/\u{1b}[31mשם.rs ───────────────────────────────── hunk 1 of 1 · undecided
      1   1       let name = "日本語テキスト";
      2     -     let greeting = "مرحبا بالعالم"; // שלום
          2 +     let greeting = "مرحبا يا عالم"; // שלום\u{202e}evil\u{2069}
      3     - été 👍\u{1f3fd} 👩\u{200d}💻 🇩🇪 x
          3 + été 👍 👩 🇩🇪 क्षि x
          4 + \u{9b}31m\u{90}q\u{85}next
      4   5   \u{feff}after














    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(at(120, 40, ""), @r#"
     countersign  p-7f3a  "Wide 日本語 and \u{202e}reversed"  coder·qwen2.5-coder-1.5b         1 file  1 hunk   0 ✓ 0 ✗ 1 ·
    ┌ Files by risk ───────────────────┬▸ 日本/\u{1b}[31mשם.rs ─────────────────────────────────── hunk 1 of 1 · undecided ┐
    │   日本/\u{1b}[31mשם.rs       0/1 │   1   1       let name = "日本語テキスト";                                        │
    │ ▸ └ 1 · let greeting = "مرحبا ي… │   2     -     let greeting = "مرحبا بالعالم"; // שלום                             │
    │                                  │       2 +     let greeting = "مرحبا يا عالم"; // שלום\u{202e}evil\u{2069}         │
    │                                  │   3     - été 👍\u{1f3fd} 👩\u{200d}💻 🇩🇪 x                                       │
    │                                  │       3 + été 👍 👩 🇩🇪 क्षि x                                                      │
    │                                  │       4 + \u{9b}31m\u{90}q\u{85}next                                              │
    │                                  │   4   5   \u{feff}after                                                           │
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
    │ hunk 1 of the proposal: +3 -2 lines                                                                                  │
    │ step      none of the 2 of the plan names this file                                                                  │
    │ shown     [1] docs/api.md:120-126 ⚠  [2] src/client.py:31-58                                                         │
    │ ⚠ prose: what it says may have been taken for an instruction                                                         │
    │ tests     ✓ 14 passed (before: 1 failed)                                                                             │
    │ ran       ✓ `pytest -q` 2.6 s: 14 passed                                                                             │
    │ note      note␛[2J\u{202e}x                                                                                          │
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
     a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  e edit  f files  w why  : all  ? keys
    "#);
    assert_snapshot!(at(120, 14, "|"), @r#"
    countersign  p-7f3a  "Wide 日本語 and \u{202e}reversed"  coder·qwen2.5-coder-1.5b         1 file  1 hunk   0 ✓ 0 ✗ 1 ·
    日本/\u{1b}[31mשם.rs ───────────────────────────────────────────────────────────────────────── hunk 1 of 1 · undecided
      1       let name = "日本語テキスト";                    │   1       let name = "日本語テキスト";
      2 -     let greeting = "مرحبا بالعالم"; // שלום         │   2 +     let greeting = "مرحبا يا عالم"; // שלום\u{202e}e…
      3 - été 👍\u{1f3fd} 👩\u{200d}💻 🇩🇪 x                   │   3 + été 👍 👩 🇩🇪 क्षि x
                                                              │   4 + \u{9b}31m\u{90}q\u{85}next
      4   \u{feff}after                                       │   5   \u{feff}after






    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  e edit  f files  w why  : all  ? keys
    "#);
    assert_snapshot!(at(80, 24, "w"), @r#"
    countersign  p-7f3a  "Wide 日本語 and \u{202e}re… 1 file  1 hunk   0 ✓ 0 ✗ 1 ·
    Why this hunk ─────────────────────────────────────────────────────────────────
    hunk 1 of the proposal: +3 -2 lines
    step      none of the 2 of the plan names this file
    shown     [1] docs/api.md:120-126 ⚠  [2] src/client.py:31-58
    ⚠ prose: what it says may have been taken for an instruction
    tests     ✓ 14 passed (before: 1 failed)
    ran       ✓ `pytest -q` 2.6 s: 14 passed
    note      note␛[2J\u{202e}x














    a accept  x reject  s split  c comment  ⇥ undecided  A apply  q quit  ? keys
    "#);
    assert_snapshot!(at(30, 12, ""), @r#"
    countersign  p-… 0 ✓ 0 ✗ 1 ·
    …/\u{1b}[31mשם.rs ──── 1/1 ·
      1       let name = "日本語…
      2 -     let greeting = "مر…
      2 +     let greeting = "مر…
      3 - été 👍\u{1f3fd} 👩    …
      3 + été 👍 👩 🇩🇪 क्षि x
      4 + \u{9b}31m\u{90}q\u{85}…
      5   \u{feff}after


    a accept  x reject  ? keys
    "#);
    for screen in [at(80, 24, "f"), at(120, 40, "|w1"), at(80, 24, "/שלום<enter>")] {
        assert!(!screen.contains(['\u{1b}', '\u{202e}', '\u{9b}', '\u{200d}']), "{screen}");
    }
}
