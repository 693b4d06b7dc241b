//! Which tokens the context holds, and which lines of them share their beginning.
//!
//! A radix tree over token ids, kept as what its leaves see: every line is a chain of spans, and lines
//! that branched from one another share the spans up to there, as the sequences of one context share
//! the cells that hold keys and values. Pure book-keeping; [`Cells`](super::Cells) does to the context
//! what is done here.

use std::collections::BTreeMap;
use std::rc::Rc;

use llama_cpp_2::token::LlamaToken;

use crate::model::local::line::LineId;

/// Tokens that lie in cells of their own.
type Span = Rc<Vec<LlamaToken>>;

/// The lines that are held.
#[derive(Debug, Default)]
pub(in crate::model::local) struct Tree {
    lines: BTreeMap<LineId, Line>,
    /// Counts the uses, so that the line that was not used for longest can be told.
    clock: u64,
}

#[derive(Debug, Default)]
struct Line {
    spans: Vec<Span>,
    used: u64,
}

impl Line {
    fn len(&self) -> usize {
        self.spans.iter().map(|span| span.len()).sum()
    }

    fn tokens(&self) -> impl Iterator<Item = &LlamaToken> {
        self.spans.iter().flat_map(|span| span.iter())
    }
}

impl Tree {
    /// A new line without tokens. A line of this number that is there already is forgotten.
    pub(in crate::model::local) fn open(&mut self, line: LineId) {
        self.lines.insert(line, Line::default());
        self.touch(line);
    }

    /// The line that begins like `tokens` for longest, and for how many tokens, of those that are
    /// `usable` as far as that. Among equals the one that was used last.
    pub(in crate::model::local) fn longest(
        &self,
        tokens: &[LlamaToken],
        usable: impl Fn(LineId, usize) -> bool,
    ) -> Option<(LineId, usize)> {
        let same = |line: &Line| line.tokens().zip(tokens).take_while(|(a, b)| a == b).count();
        let lines = self.lines.iter().map(|(id, line)| (same(line), line.used, *id));
        let (held, _, line) =
            lines.filter(|(held, _, id)| *held > 0 && usable(*id, *held)).max()?;
        Some((line, held))
    }

    /// A new line `to` that shares the first `len` tokens of `from`.
    pub(in crate::model::local) fn branch(&mut self, from: LineId, len: usize, to: LineId) {
        self.split(from, len);
        let (mut left, mut shared) = (len, Vec::new());
        for span in self.lines.get(&from).iter().flat_map(|line| &line.spans) {
            if span.len() > left {
                break;
            }
            left -= span.len();
            shared.push(span.clone());
        }
        self.lines.insert(to, Line { spans: shared, used: 0 });
        self.touch(from);
        self.touch(to);
    }

    /// Adds a token to the end of a line.
    pub(in crate::model::local) fn push(&mut self, line: LineId, token: LlamaToken) {
        let Some(line) = self.lines.get_mut(&line) else { return };
        match line.spans.last_mut().and_then(Rc::get_mut) {
            Some(span) => span.push(token),
            None => line.spans.push(Rc::new(vec![token])),
        }
    }

    /// Takes all but the first `len` tokens from a line.
    pub(in crate::model::local) fn truncate(&mut self, line: LineId, len: usize) {
        self.split(line, len);
        let Some(line) = self.lines.get_mut(&line) else { return };
        while line.len() > len {
            line.spans.pop();
        }
    }

    pub(in crate::model::local) fn remove(&mut self, line: LineId) {
        self.lines.remove(&line);
    }

    pub(in crate::model::local) fn clear(&mut self) {
        self.lines.clear();
    }

    /// Says that a line was used now.
    pub(in crate::model::local) fn touch(&mut self, line: LineId) {
        self.clock += 1;
        if let Some(line) = self.lines.get_mut(&line) {
            line.used = self.clock;
        }
    }

    pub(in crate::model::local) fn len(&self, line: LineId) -> usize {
        self.lines.get(&line).map_or(0, Line::len)
    }

    pub(in crate::model::local) fn tokens(&self, line: LineId) -> Vec<LlamaToken> {
        self.lines.get(&line).map_or_else(Vec::new, |line| line.tokens().copied().collect())
    }

    /// How many cells all lines take, each span once.
    pub(in crate::model::local) fn cells(&self) -> usize {
        let mut spans: Vec<&Span> = self.lines.values().flat_map(|line| &line.spans).collect();
        spans.sort_by_key(|span| Rc::as_ptr(span));
        spans.dedup_by_key(|span| Rc::as_ptr(span));
        spans.iter().map(|span| span.len()).sum()
    }

    /// The lines, the one that was not used for longest first.
    pub(in crate::model::local) fn oldest_first(&self) -> Vec<LineId> {
        let mut lines: Vec<(u64, LineId)> =
            self.lines.iter().map(|(id, line)| (line.used, *id)).collect();
        lines.sort_unstable();
        lines.into_iter().map(|(_, id)| id).collect()
    }

    pub(in crate::model::local) fn has(&self, line: LineId) -> bool {
        self.lines.contains_key(&line)
    }

    /// Cuts the span in which token `len` of `line` lies, for every line that has it.
    fn split(&mut self, line: LineId, len: usize) {
        let Some(found) = self.lines.get(&line) else { return };
        let mut start = 0;
        let cut = found.spans.iter().find(|span| {
            start += span.len();
            start > len
        });
        let Some(whole) = cut.cloned() else { return };
        let at = len + whole.len() - start;
        if at == 0 {
            return;
        }
        let (head, tail) = (Rc::new(whole[..at].to_vec()), Rc::new(whole[at..].to_vec()));
        for line in self.lines.values_mut() {
            if let Some(place) = line.spans.iter().position(|span| Rc::ptr_eq(span, &whole)) {
                line.spans.splice(place..=place, [head.clone(), tail.clone()]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// The same, held naively: each line is a list of cells, and a cell has a token.
    #[derive(Default)]
    struct Model {
        lines: BTreeMap<LineId, Vec<(u32, i32)>>,
        cells: u32,
    }

    #[derive(Clone, Debug)]
    enum Step {
        Open(LineId),
        Branch(LineId, usize, LineId),
        Push(LineId, i32),
        Truncate(LineId, usize),
        Remove(LineId),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            1 => (0..4).prop_map(Step::Open),
            3 => (0..4, 0..12_usize, 0..4).prop_map(|(a, n, b)| Step::Branch(a, n, b)),
            12 => (0..4, 0..3).prop_map(|(line, token)| Step::Push(line, token)),
            3 => (0..4, 0..12_usize).prop_map(|(line, n)| Step::Truncate(line, n)),
            1 => (0..4).prop_map(Step::Remove),
        ];
        prop::collection::vec(step, 0..80)
    }

    impl Model {
        fn run(&mut self, tree: &mut Tree, step: &Step) {
            match *step {
                Step::Open(line) => {
                    tree.open(line);
                    self.lines.insert(line, Vec::new());
                }
                Step::Branch(from, len, to) => {
                    let Some(found) = self.lines.get(&from).filter(|_| from != to) else { return };
                    let shared = found[..len.min(found.len())].to_vec();
                    tree.branch(from, shared.len(), to);
                    self.lines.insert(to, shared);
                }
                Step::Push(line, token) => {
                    let Some(found) = self.lines.get_mut(&line) else { return };
                    self.cells += 1;
                    found.push((self.cells, token));
                    tree.push(line, LlamaToken(token));
                }
                Step::Truncate(line, len) => {
                    tree.truncate(line, len);
                    if let Some(found) = self.lines.get_mut(&line) {
                        found.truncate(len);
                    }
                }
                Step::Remove(line) => {
                    tree.remove(line);
                    self.lines.remove(&line);
                }
            }
        }

        fn cells(&self) -> usize {
            let lines = self.lines.values().flatten();
            let cells: std::collections::BTreeSet<u32> = lines.map(|cell| cell.0).collect();
            cells.len()
        }
    }

    proptest! {
        #[test]
        fn lines_hold_what_a_list_of_cells_holds(steps in steps(), asked in prop::collection::vec(0..3, 0..10)) {
            let (mut tree, mut model) = (Tree::default(), Model::default());
            for step in &steps {
                model.run(&mut tree, step);
            }
            let tokens = |line: &Vec<(u32, i32)>| -> Vec<i32> { line.iter().map(|cell| cell.1).collect() };
            for (id, line) in &model.lines {
                let held: Vec<i32> = tree.tokens(*id).iter().map(|token| token.0).collect();
                prop_assert_eq!(held, tokens(line));
            }
            prop_assert_eq!(tree.cells(), model.cells());
            let wanted: Vec<LlamaToken> = asked.iter().map(|token| LlamaToken(*token)).collect();
            let same = |line: &Vec<(u32, i32)>| tokens(line).iter().zip(&asked).take_while(|(a, b)| a == b).count();
            let best = model.lines.values().map(same).max().unwrap_or(0);
            prop_assert_eq!(tree.longest(&wanted, |_, _| true).map_or(0, |found| found.1), best);
        }
    }

    #[test]
    fn who_was_not_used_for_longest_goes_first() {
        let mut tree = Tree::default();
        for line in [3, 1, 2] {
            tree.open(line);
            tree.push(line, LlamaToken(line));
        }
        tree.branch(3, 1, 5);
        tree.touch(1);
        assert_eq!(tree.oldest_first(), [2, 3, 5, 1]);
    }
}
