//! All commands by what they do, found by some of their letters.

use crate::review::commands::{COMMANDS, Command};
use crate::review::fuzzy::scores;
use crate::review::look::Overlay;
use crate::review::state::Dialog;

/// The palette with nothing typed.
pub(super) fn open() -> Dialog {
    Dialog::Over(Overlay::Palette { text: String::new(), selected: 0 })
}

/// The commands that have the letters of `text` in their order, the nearest first; all of them
/// where nothing is typed.
pub(super) fn matching(text: &str) -> Vec<&'static Command> {
    let commands = || COMMANDS.iter().filter(|command| command.msg.is_some());
    let mut found: Vec<(u32, &Command)> = commands()
        .zip(scores(text, commands().map(|command| command.what)))
        .filter_map(|(command, score)| {
            // A key itself is as good as its words.
            let is_key = !text.is_empty() && command.keys.split(' ').any(|key| key == text);
            score.or(is_key.then_some(0)).map(|score| (score, command))
        })
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, command)| command).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_by_letters_and_by_key() {
        let first = |text| matching(text).first().map(|command| command.what);
        assert_eq!(first("whisp"), Some("white space: lines that differ in it only as unchanged"));
        assert_eq!(first("undec next"), Some("next undecided hunk"));
        assert_eq!(first("qqqq"), None);
        assert!(matching("|").iter().any(|command| command.keys == "|"));
        assert_eq!(matching("").len(), COMMANDS.iter().filter(|it| it.msg.is_some()).count());
    }
}
