//! Finds by a few letters: files and definitions to take into view, and commands.

use ratatui_textarea::TextArea;

use crate::console::job::Target;
use crate::review::fuzzy::scores;

/// So many are shown.
const MOST: usize = 200;

/// Something to be found by its label.
#[derive(Clone, Debug)]
pub(super) struct Finder<T> {
    pub(super) typed: TextArea<'static>,
    all: Vec<(String, T)>,
    /// Indices of `all`, best first.
    found: Vec<usize>,
    pub(super) at: usize,
}

impl<T> Finder<T> {
    pub(super) fn new(all: Vec<(String, T)>) -> Self {
        let mut finder = Self { typed: line(), all, found: Vec::new(), at: 0 };
        finder.find();
        finder
    }

    /// Looks again, after something was typed. What is shorter comes first of what matches alike.
    pub(super) fn find(&mut self) {
        let text = self.typed.lines().join(" ");
        let scores = scores(&text, self.all.iter().map(|(label, _)| label.as_str()));
        let scored = scores.enumerate().filter_map(|(at, score)| Some((score?, at)));
        let mut scored: Vec<(u32, usize)> = scored.collect();
        scored.sort_by_key(|(score, at)| (u32::MAX - score, *at));
        self.found = scored.into_iter().take(MOST).map(|(_, at)| at).collect();
        self.at = 0;
    }

    pub(super) fn shown(&self) -> impl ExactSizeIterator<Item = &(String, T)> {
        self.found.iter().map(|at| &self.all[*at])
    }

    pub(super) fn chosen(&self) -> Option<&T> {
        self.found.get(self.at).map(|at| &self.all[*at].1)
    }
}

/// Files before the definitions in them.
pub(super) fn of_targets(targets: Vec<Target>) -> Finder<Target> {
    Finder::new(targets.into_iter().map(|target| (target.label(), target)).collect())
}

/// A line to type in.
pub(super) fn line() -> TextArea<'static> {
    let mut area = TextArea::default();
    area.set_cursor_line_style(ratatui::style::Style::default());
    area
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_letters_find_the_path() {
        let all = ["src/pool.py", "src/client.py", "docs/clients.md"];
        let mut finder = Finder::new(all.iter().map(|it| ((*it).to_owned(), *it)).collect());
        assert_eq!(finder.shown().len(), 3);
        finder.typed.insert_str("clpy");
        finder.find();
        assert_eq!(finder.chosen(), Some(&"src/client.py"));
        finder.typed.insert_str("zzz");
        finder.find();
        assert_eq!(finder.chosen(), None);
    }
}
