//! A review line by line, in words: for screen readers, for terminals that draw nothing, and for
//! answers that come through a pipe. It prints no escape sequence and takes one verb a line.

use std::io::{self, BufRead, Write};
use std::time::Duration;

use ratatui::layout::Size;

use crate::proposal::Verdict;
use crate::review::performing::{edited, perform};
use crate::review::piece::PieceMsg;
use crate::review::spoken::{in_words, lies_at, sentence};
use crate::review::state::{Dialog, State};
use crate::review::update::{Effect, Msg, Scope, Step, counted, update};
use crate::review::way::Where;
use crate::review::{Actions, Outcome, ReviewError, ReviewInput, Theme, diff, summary, text};

/// How often it is looked whether a model has answered.
const GLANCE: Duration = Duration::from_millis(100);

/// Of a longer answer the rest is dropped.
const LONGEST_LINE: u64 = 16 * 1024;

const HELP: &str = "\
a  accept this hunk and go to the next undecided one
x  reject it and go to the next undecided one
u  make it undecided again
U  take back the last step
s  split it; `s 4` splits it before its 4th line
e  edit its new lines in your editor
c  comment on it: `c` and your words; a model words it anew, if one is there
+  accept what is undecided in this file; -  reject it
*  accept what is undecided everywhere
n  next hunk; p  previous hunk
l  say this hunk again
A  apply what is decided, after a question
q  leave; nothing is applied, what you decided is kept
?  these verbs
";

/// Has a person decide about `input`, reading answers from `from` and speaking to `to`.
///
/// At the end of the answers the review is left; nothing is applied unasked.
pub fn run_plain(
    input: ReviewInput,
    from: &mut dyn BufRead,
    to: &mut dyn Write,
    actions: &mut dyn Actions,
) -> Result<Outcome, ReviewError> {
    let state = State::new(input, Theme::Plain, Size::new(80, 24));
    let mut talk = Talk { state, from, to, actions };
    talk.hold().map_err(ReviewError::terminal("speak to"))
}

struct Talk<'a> {
    state: State,
    from: &'a mut dyn BufRead,
    to: &'a mut dyn Write,
    actions: &'a mut dyn Actions,
}

impl Talk<'_> {
    fn hold(&mut self) -> io::Result<Outcome> {
        self.greet()?;
        self.show_hunk()?;
        loop {
            write!(self.to, "What now? (? for the verbs) ")?;
            self.to.flush()?;
            let Some(line) = self.read()? else {
                writeln!(self.to)?;
                return Ok(self.leave());
            };
            let line = line.trim();
            let (verb, rest) = line.split_at(line.chars().next().map_or(0, char::len_utf8));
            if let Some(outcome) = self.obey(verb, rest.trim())? {
                return Ok(outcome);
            }
        }
    }

    /// The next answer; `None` where there are no more.
    fn read(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let mut bounded = io::Read::take(&mut *self.from, LONGEST_LINE);
        let count = bounded.read_until(b'\n', &mut line)?;
        Ok((count > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
    }

    fn leave(&mut self) -> Outcome {
        let _ = perform(&self.state, Effect::Quit, self.actions);
        Outcome::Quit
    }

    fn obey(&mut self, verb: &str, rest: &str) -> io::Result<Option<Outcome>> {
        let size = self.state.pieces.len();
        match verb {
            "a" => self.decide(Verdict::Accepted)?,
            "x" => self.decide(Verdict::Rejected)?,
            "u" => return self.tell(Msg::Decide(Verdict::Undecided)),
            "U" => return self.tell(Msg::TakeBack),
            "s" => {
                let msg = rest.parse().map_or(PieceMsg::Split, PieceMsg::SplitAt);
                self.tell(Msg::Piece(msg))?;
                if self.state.pieces.len() != size {
                    self.show_hunk()?;
                }
            }
            "e" => {
                let steps = self.state.steps.len();
                self.tell(Msg::Piece(PieceMsg::Edit))?;
                if self.state.steps.len() != steps {
                    self.show_hunk()?;
                }
            }
            "c" if rest.is_empty() => writeln!(self.to, "Say something behind the c.")?,
            "c" => self.comment(rest)?,
            "+" => return self.tell(Msg::DecideRest(Scope::File, Verdict::Accepted)),
            "-" => return self.tell(Msg::DecideRest(Scope::File, Verdict::Rejected)),
            "*" => return self.tell(Msg::DecideRest(Scope::Proposal, Verdict::Accepted)),
            "n" => return self.tell(Msg::Move(Step::Hunk, Where::Forward)),
            "p" => return self.tell(Msg::Move(Step::Hunk, Where::Back)),
            "l" | "" => self.show_hunk()?,
            "A" => return self.apply(),
            "q" => return Ok(Some(self.leave())),
            "?" => write!(self.to, "{HELP}")?,
            _ => writeln!(self.to, "That is no verb; ? says which there are.")?,
        }
        Ok(None)
    }

    /// Does what a message asks for, says what is to be said, and shows the hunk if it is another.
    fn tell(&mut self, msg: Msg) -> io::Result<Option<Outcome>> {
        let at = self.state.at;
        let is_move = matches!(msg, Msg::Move(..) | Msg::TakeBack | Msg::NextUndecided);
        let effects = update(&mut self.state, msg);
        let mut outcome = None;
        for effect in effects {
            outcome = outcome.or(self.carry_out(effect));
        }
        self.say_notice()?;
        self.say_message()?;
        if self.state.at != at || is_move && self.state.notice.is_none() {
            self.show_hunk()?;
        }
        Ok(outcome)
    }

    fn carry_out(&mut self, effect: Effect) -> Option<Outcome> {
        let done = match effect {
            Effect::Edit(at) => {
                let piece = self.state.pieces.get(at)?;
                Err(Some(edited(piece, at, self.actions)))
            }
            effect => perform(&self.state, effect, self.actions),
        };
        match done {
            Ok(outcome) => return Some(outcome),
            Err(None) => {}
            Err(Some(msg)) => {
                for effect in update(&mut self.state, msg) {
                    // News ask for nothing but to be kept.
                    let _ = perform(&self.state, effect, self.actions);
                }
            }
        }
        None
    }

    fn say_notice(&mut self) -> io::Result<()> {
        match &self.state.notice {
            Some(notice) => writeln!(self.to, "{}.", sentence(notice)),
            None => Ok(()),
        }
    }

    fn decide(&mut self, verdict: Verdict) -> io::Result<()> {
        self.tell(Msg::Decide(verdict))?;
        writeln!(self.to, "{}.", sentence(verdict.word()))?;
        self.tell(Msg::NextUndecided)?;
        Ok(())
    }

    /// Says the comment, and waits for what a model makes of it.
    fn comment(&mut self, words: &str) -> io::Result<()> {
        for msg in [PieceMsg::Comment, PieceMsg::Paste(words.to_owned()), PieceMsg::Send] {
            self.tell(Msg::Piece(msg))?;
        }
        while self.state.waiting.is_some() {
            self.to.flush()?;
            match self.actions.revised() {
                Some(answer) => {
                    let msg = answer.map_or_else(PieceMsg::ReviseFailed, PieceMsg::Revised);
                    self.tell(Msg::Piece(msg))?;
                    self.show_hunk()?;
                }
                None => std::thread::sleep(GLANCE),
            }
        }
        Ok(())
    }

    fn apply(&mut self) -> io::Result<Option<Outcome>> {
        update(&mut self.state, Msg::AskApply);
        if self.state.dialog != Some(Dialog::Apply) {
            return self.say_message().map(|()| None);
        }
        let summary = summary::of(&self.state);
        for line in summary.lines.iter().filter(|line| !line.is_empty()) {
            // The words beside the signs say the same.
            writeln!(self.to, "{}", line.replace(" ✗", "").replace(" ·", ""))?;
        }
        write!(self.to, "{} (y or n) ", summary.title)?;
        self.to.flush()?;
        let is_yes = self.read()?.is_some_and(|answer| answer.trim().eq_ignore_ascii_case("y"));
        let outcome = self.tell(if is_yes { Msg::Yes } else { Msg::No })?;
        if outcome.is_none() && !is_yes {
            writeln!(self.to, "Nothing was applied.")?;
        }
        Ok(outcome)
    }

    /// Says a message that waits to be read, and waits for nothing.
    fn say_message(&mut self) -> io::Result<()> {
        if let Some(Dialog::Message { title, text }) = &self.state.dialog {
            writeln!(self.to, "{title}. {}", text::plain(&text.replace('\n', " ")))?;
            self.state.dialog = None;
        }
        Ok(())
    }

    fn greet(&mut self) -> io::Result<()> {
        let state = &self.state;
        let (files, hunks) =
            (counted(state.files.len(), "file"), counted(state.pieces.len(), "hunk"));
        writeln!(self.to, "{}: {} ({hunks} in {files})", state.id, state.title)?;
        for line in &state.verification {
            writeln!(self.to, "{line}")?;
        }
        self.say_notice()
    }

    /// The hunk in front, a sentence about it and a line for each of its lines.
    fn show_hunk(&mut self) -> io::Result<()> {
        let (Some(piece), Some(file)) = (self.state.piece(), self.state.file()) else {
            return writeln!(self.to, "There is nothing to decide.");
        };
        let (added, removed) = piece.hunk.counts();
        let mut about = format!("+{added} -{removed} lines");
        if let Some(note) = &piece.hunk.note {
            about = format!("{}, {about}", text::plain(note));
        }
        for words in piece.origin.words().into_iter().chain(file.risk.reason()) {
            about += &format!(", {words}");
        }
        let place = format!("{} of {}", self.state.at + 1, self.state.pieces.len());
        let (name, file) = (piece.name(), lies_at(file, piece));
        let verdict = piece.verdict.word();
        writeln!(self.to, "\nHunk {name} ({place}) of {file}: {about}; {verdict}.")?;
        let shows_crlf = !diff::is_crlf_throughout(&piece.hunk);
        for line in &piece.hunk.lines {
            writeln!(self.to, "{}", in_words(line, shows_crlf))?;
        }
        for said in &piece.comments {
            writeln!(self.to, "You said: {}", text::plain(said))?;
        }
        Ok(())
    }
}
