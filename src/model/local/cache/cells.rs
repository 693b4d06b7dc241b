//! The context, whose cells hold keys and values of the tokens that were read.
//!
//! Each line of the [`Tree`] is a sequence of one context with a unified cache, so that branches cost
//! nothing until they differ. Every number that llama.cpp would abort on is checked here first.

use std::ops::Range;

use llama_cpp_2::DecodeError;
use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::session::LlamaStateSeqFlags;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use rustc_hash::FxHashSet;

use crate::model::local::ahead::BACK;
use crate::model::local::cache::store::{Found, Saved};
use crate::model::local::cache::tree::Tree;
use crate::model::local::interrupt::Interruptible;
use crate::model::local::layouts::Layouts;
use crate::model::local::line::LineId;
use crate::model::local::load::{self, MAX_BATCH};
use crate::model::{Cancel, machine};

/// What llama.cpp says of a batch that the callback ended.
const INTERRUPTED: DecodeError = DecodeError::Unknown(2);

/// What is kept where, in tokens.
#[derive(Clone, Copy, Debug)]
pub(in crate::model::local) struct Limits {
    /// Lines that have nothing to do with what is read now slow it down, for attention looks over all
    /// cells; so many cells of theirs may stay.
    pub(in crate::model::local) aside: usize,
    /// A shorter line is read again faster than it is written and found.
    pub(in crate::model::local) worth_saving: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { aside: 1024, worth_saving: 64 }
    }
}

/// Tokens to run through the model behind those of a line.
#[derive(Debug)]
pub(in crate::model::local) struct Feed<'a> {
    pub(in crate::model::local) line: LineId,
    pub(in crate::model::local) tokens: &'a [LlamaToken],
    /// Whether the logits behind every token are wanted, or only those behind the last.
    pub(in crate::model::local) all_logits: bool,
}

/// How a prompt begins in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model::local) struct Begun {
    pub(in crate::model::local) line: LineId,
    /// Tokens of the prompt that are in the context.
    pub(in crate::model::local) held: usize,
    /// How many of them came from disk just now.
    pub(in crate::model::local) restored: usize,
}

/// A context and what it holds.
pub(in crate::model::local) struct Cells<'m> {
    context: Interruptible<'m>,
    layouts: Layouts<'m>,
    batch: LlamaBatch<'static>,
    tree: Tree,
    saved: Option<Saved>,
    limits: Limits,
    most_lines: u32,
    /// Whether lines cannot lose their ends: recurrent models only go on from where they are.
    whole_only: bool,
    /// But so many tokens of what was read last.
    back: u32,
    /// Lines that did so, and were not gone on with since: another cannot branch from them.
    went_back: FxHashSet<LineId>,
    /// Whether the heads, if the model has any, follow what is read.
    heads_follow: bool,
}

impl<'m> Cells<'m> {
    pub(in crate::model::local) fn new(
        context: Interruptible<'m>,
        saved: Option<Saved>,
        model: &LlamaModel,
        limits: Limits,
    ) -> Self {
        Self {
            heads_follow: false,
            back: context.goes_back(),
            went_back: FxHashSet::default(),
            context,
            layouts: Layouts::none(),
            batch: LlamaBatch::new(MAX_BATCH as usize, 1),
            tree: Tree::default(),
            saved,
            limits,
            most_lines: load::most_lines(model),
            whole_only: load::is_recurrent(model),
        }
    }

    /// The same with weights that take the order that suits a batch.
    pub(in crate::model::local) fn with(self, layouts: Layouts<'m>) -> Self {
        Self { layouts, ..self }
    }

    /// How many tokens all lines together can have.
    pub(in crate::model::local) fn size(&self) -> usize {
        self.context.n_ctx() as usize
    }

    /// How many lines there can be side by side.
    pub(in crate::model::local) fn most_lines(&self) -> usize {
        self.most_lines as usize
    }

    /// Whether lines cannot lose their ends.
    pub(in crate::model::local) fn is_whole_only(&self) -> bool {
        self.whole_only
    }

    /// Counts a line as used just now.
    pub(in crate::model::local) fn touch(&mut self, line: LineId) {
        self.tree.touch(line);
    }

    /// How many of the tokens that a line read last it can lose.
    pub(in crate::model::local) fn most_taken_back(&self) -> usize {
        if self.whole_only { self.back as usize } else { usize::MAX }
    }

    /// Has the heads follow what is read from now on, or not.
    pub(in crate::model::local) fn follow(&mut self, follow: bool) {
        self.heads_follow = follow;
    }

    /// What the heads of the model guess to follow `last`, which the model has not read yet, behind a
    /// line. None where it has no heads, or they have not followed that line.
    pub(in crate::model::local) fn ask_heads(
        &mut self,
        line: LineId,
        last: LlamaToken,
    ) -> Vec<LlamaToken> {
        let at = self.tree.len(line);
        let fits = self.tree.cells() + BACK as usize + 1 < self.size();
        let heads = self.context.heads().filter(|_| fits);
        heads.map(|heads| heads.draft(line, at, last)).unwrap_or_default()
    }

    /// A line that begins like `prompt` for as long as any that was read before, here or on disk, and
    /// ends there. There is room for `room` more tokens then. The last token of the prompt is always
    /// left to be read, for its logits choose the first token of the answer.
    pub(in crate::model::local) fn begin(
        &mut self,
        prompt: &[LlamaToken],
        room: usize,
    ) -> Result<Begun, String> {
        let most = prompt.len().saturating_sub(1);
        let wanted = &prompt[..most];
        if let Some(begun) = self.begin_from_disk(wanted, room + 1) {
            return Ok(begun);
        }
        let Some((from, held)) = self.longest(wanted) else {
            self.make_room(None, prompt.len() + room);
            let line = self.free_line(None);
            self.tree.open(line);
            return Ok(Begun { line, held: 0, restored: 0 });
        };
        let needed = prompt.len() - held + room;
        self.make_room(Some(from), needed);
        let rest = self.tree.len(from) - held;
        let fits = self.tree.cells() + needed <= self.size() && rest <= self.limits.aside;
        let line = if self.whole_only || (rest > 0 && fits) {
            self.branch(from, held)?
        } else {
            if rest > 0 {
                self.save(from);
            }
            self.truncate(from, held);
            from
        };
        self.tree.touch(line);
        Ok(Begun { line, held, restored: 0 })
    }

    /// A line from disk, where one begins like `wanted` for so much longer than any here that reading
    /// it pays, and can be read.
    fn begin_from_disk(&mut self, wanted: &[LlamaToken], room: usize) -> Option<Begun> {
        let here = self.longest(wanted).map_or(0, |found| found.1);
        // Where layers look back only a little, a file has the last cells of a line and not those that
        // its beginning would be gone on with.
        let any =
            if self.whole_only { None } else { self.restore_longest(wanted, room, here, false) };
        any.or_else(|| self.restore_longest(wanted, room, here, true))
    }

    /// Restores what begins like `wanted` for longest; with `whole`, of those lines that end there.
    fn restore_longest(
        &mut self,
        wanted: &[LlamaToken],
        room: usize,
        here: usize,
        whole: bool,
    ) -> Option<Begun> {
        let found = self.saved.as_ref()?.longest(wanted, whole)?;
        if found.held < here + self.limits.worth_saving {
            return None;
        }
        self.make_room(None, found.tokens.len() + wanted.len() - found.held + room);
        let line = self.free_line(None);
        if !self.restore(line, &found) {
            return None;
        }
        if found.held < found.tokens.len() && !self.can_lose_end(line) {
            self.drop_line(line);
            return None;
        }
        self.truncate(line, found.held);
        Some(Begun { line, held: found.held, restored: found.held })
    }

    /// Like [`Tree::longest`]; where a line cannot lose its end, it counts only as a whole.
    fn longest(&self, wanted: &[LlamaToken]) -> Option<(LineId, usize)> {
        self.tree.longest(wanted, |line, held| {
            held == self.tree.len(line) || (!self.whole_only && self.can_lose_end(line))
        })
    }

    /// Whether all cells of a line are there. Layers that look back only a little give away those that
    /// the end of the line sees no more, from the first on; nothing can be read behind an earlier
    /// token then.
    fn can_lose_end(&self, line: LineId) -> bool {
        self.context.kv_cache_seq_pos_min(line) <= 0
    }

    /// A new line with the first `len` tokens of `from`, in the same cells.
    pub(in crate::model::local) fn branch(
        &mut self,
        from: LineId,
        len: usize,
    ) -> Result<LineId, String> {
        if self.went_back.contains(&from) {
            self.settle(from)?;
        }
        let line = self.free_line(Some(from));
        let end = u32::try_from(len).map_err(said)?;
        // A recurrent state is copied whole.
        let range = if self.whole_only { (None, None) } else { (Some(0), Some(end)) };
        self.context.kv_cache_seq_cp(from, line, range.0, range.1).map_err(said)?;
        self.tree.branch(from, len, line);
        Ok(line)
    }

    /// Runs tokens through the model behind those of their lines; gives for each feed the places of
    /// its logits, for [`Cells::logits`]. At most a batch in all.
    pub(in crate::model::local) fn decode(
        &mut self,
        feeds: &[Feed<'_>],
    ) -> Result<Vec<Range<usize>>, String> {
        // Nobody can raise this flag.
        self.decode_until(feeds, &Cancel::default()).map(Option::unwrap_or_default)
    }

    /// Like [`Cells::decode`], but `cancel` ends it within an operation or two: then it gives none, and
    /// the lines are as they were, or all are forgotten where that cannot be.
    pub(in crate::model::local) fn decode_until(
        &mut self,
        feeds: &[Feed<'_>],
        cancel: &Cancel,
    ) -> Result<Option<Vec<Range<usize>>>, String> {
        let tokens: usize = feeds.iter().map(|feed| feed.tokens.len()).sum();
        if tokens == 0 || tokens > MAX_BATCH as usize {
            return Err(format!("a batch of {tokens} tokens"));
        }
        if self.tree.cells() + tokens > self.size() {
            return Err("the context is full".to_owned());
        }
        self.batch.clear();
        let (mut at, mut places) = (0, Vec::new());
        for feed in feeds {
            if !self.tree.has(feed.line) {
                return Err(format!("line {} is not there", feed.line));
            }
            let start = self.tree.len(feed.line);
            for (i, token) in feed.tokens.iter().enumerate() {
                let position = i32::try_from(start + i).map_err(said)?;
                let logits = feed.all_logits || i + 1 == feed.tokens.len();
                self.batch.add(*token, position, &[feed.line], logits).map_err(said)?;
            }
            let end = at + feed.tokens.len();
            places.push(if feed.all_logits { at..end } else { end.saturating_sub(1)..end });
            at = end;
        }
        self.layouts.choose(at);
        let batch = &mut self.batch;
        match self.context.until(cancel, |context| context.decode(batch)) {
            Ok(()) => {}
            Err(INTERRUPTED) => {
                // llama.cpp takes the tokens back, which a state that was gone on with cannot give.
                if self.whole_only {
                    self.clear();
                }
                return Ok(None);
            }
            Err(error) => {
                // What the context holds of these tokens now nobody knows.
                self.clear();
                return Err(said(error));
            }
        }
        self.show_heads(feeds);
        for feed in feeds {
            for token in feed.tokens {
                self.tree.push(feed.line, *token);
            }
            self.tree.touch(feed.line);
            self.went_back.remove(&feed.line);
        }
        Ok(Some(places))
    }

    /// Has the heads read what the model has read just now, where it was one line.
    fn show_heads(&mut self, feeds: &[Feed<'_>]) {
        let Some(heads) = self.context.heads() else { return };
        match feeds {
            [Feed { line, tokens, .. }] if self.heads_follow => {
                heads.follow(*line, self.tree.len(*line), tokens);
            }
            _ => heads.lose(),
        }
    }

    /// The logits behind the token at `place` of the last batch, one for each token of the vocabulary.
    pub(in crate::model::local) fn logits(&self, place: usize) -> &[f32] {
        self.context.get_logits_ith(i32::try_from(place).unwrap_or(i32::MAX))
    }

    /// Takes all but the first `len` tokens from a line.
    pub(in crate::model::local) fn truncate(&mut self, line: LineId, len: usize) {
        if len >= self.tree.len(line) {
            return;
        }
        let from = u32::try_from(len).unwrap_or(0);
        if self.context.kv_cache_seq_rm(line, Some(from), None).is_err() {
            return self.drop_line(line);
        }
        self.tree.truncate(line, len);
        if self.whole_only {
            self.went_back.insert(line);
        }
        if let Some(heads) = self.context.heads() {
            heads.take_back(line, len);
        }
    }

    /// Takes the last `count` tokens from a line.
    pub(in crate::model::local) fn take_back(&mut self, line: LineId, count: usize) {
        self.truncate(line, self.tree.len(line).saturating_sub(count));
    }

    /// Frees a line, and the cells that only it has.
    pub(in crate::model::local) fn drop_line(&mut self, line: LineId) {
        // The removal of a whole sequence never fails.
        let _ = self.context.kv_cache_seq_rm(line, None, None);
        self.tree.remove(line);
        self.went_back.remove(&line);
        if let Some(heads) = self.context.heads() {
            heads.lose();
        }
    }

    /// Writes the state of a line that went back to where it says that it is: a copy of the line would
    /// be taken for one that did not go back.
    fn settle(&mut self, line: LineId) -> Result<(), String> {
        let state = state(&self.context, line, LlamaStateSeqFlags::PARTIAL_ONLY)?;
        // SAFETY: the slice is valid for the whole call; the context wrote it just now.
        let read = unsafe {
            self.context.state_seq_set_data_ext(&state, line, LlamaStateSeqFlags::PARTIAL_ONLY)
        };
        if !read {
            self.drop_line(line);
            return Err("llama.cpp: a state cannot be written where it was read".to_owned());
        }
        self.went_back.remove(&line);
        Ok(())
    }

    pub(in crate::model::local) fn clear(&mut self) {
        self.context.clear_kv_cache();
        self.tree.clear();
        self.went_back.clear();
        if let Some(heads) = self.context.heads() {
            heads.lose();
        }
    }

    /// Writes what is worth it to disk, if it is not there.
    pub(in crate::model::local) fn save(&mut self, line: LineId) {
        let whole_only = self.is_whole_only();
        let Some(saved) = &mut self.saved else { return };
        let tokens = self.tree.tokens(line);
        if tokens.len() < self.limits.worth_saving || saved.has(&tokens, whole_only) {
            return;
        }
        let size = self.context.state_seq_get_size_ext(line, LlamaStateSeqFlags::empty()) as u64;
        let free = machine::memory().map_or(u64::MAX, |memory| memory.available);
        if !saved.takes(size) || size > free {
            return;
        }
        let Ok(state) = state(&self.context, line, LlamaStateSeqFlags::empty()) else { return };
        if let Err(error) = saved.put(&tokens, &state, whole_only) {
            tracing::warn!(%error, "what the model has read is not kept");
        }
    }

    /// Writes all that is worth it to disk.
    pub(in crate::model::local) fn save_all(&mut self) {
        for line in self.tree.oldest_first() {
            self.save(line);
        }
    }

    /// Reads a saved line into the sequence `line`.
    fn restore(&mut self, line: LineId, found: &Found) -> bool {
        let Some(saved) = &mut self.saved else { return false };
        let Some(state) = saved.get(found) else { return false };
        self.tree.open(line);
        // The bytes are those that were written: their sum was checked, and their key says that this
        // model with these settings wrote them. What does not fit them llama.cpp refuses.
        // SAFETY: the slice is valid for the whole call.
        let read = unsafe {
            self.context.state_seq_set_data_ext(&state, line, LlamaStateSeqFlags::empty())
        };
        if !read {
            self.drop_line(line);
            return false;
        }
        for token in &found.tokens {
            self.tree.push(line, *token);
        }
        true
    }

    /// Frees lines but for `keep`, until `room` more tokens fit and little is left of the others.
    fn make_room(&mut self, keep: Option<LineId>, room: usize) {
        for line in self.tree.oldest_first() {
            let others = self.tree.cells() - keep.map_or(0, |keep| self.tree.len(keep));
            if self.tree.cells() + room <= self.size() && others <= self.limits.aside {
                break;
            }
            if Some(line) != keep {
                self.save(line);
                self.drop_line(line);
            }
        }
    }

    /// A number that no line has; where all are taken, the line that was not used for longest goes.
    fn free_line(&mut self, keep: Option<LineId>) -> LineId {
        if let Some(free) = (0..self.most_lines.cast_signed()).find(|line| !self.tree.has(*line)) {
            return free;
        }
        let oldest = self.tree.oldest_first().into_iter().find(|line| Some(*line) != keep);
        let oldest = oldest.unwrap_or_default();
        self.save(oldest);
        self.drop_line(oldest);
        oldest
    }
}

/// The state of a sequence, as llama.cpp writes it.
fn state(
    context: &LlamaContext<'_>,
    line: LineId,
    flags: LlamaStateSeqFlags,
) -> Result<Vec<u8>, String> {
    let size = context.state_seq_get_size_ext(line, flags);
    let mut bytes = vec![0; size];
    // SAFETY: the buffer has the size that was asked for just now, and nothing was decoded since.
    let written = unsafe { context.state_seq_get_data_ext(bytes.as_mut_ptr(), line, flags) };
    if written == size { Ok(bytes) } else { Err(format!("{written} of {size} bytes")) }
}

fn said(error: impl std::fmt::Display) -> String {
    format!("llama.cpp: {error}")
}
