//! Random branches, cancels, evictions and restarts, against a fresh computation.

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tempfile::TempDir;

use super::*;
use crate::base::{Digest, Tokens};
use crate::model::local::header;
use crate::model::local::line::LineId;
use crate::model::local::load::{self, Settings};
use crate::model::local::plan::{Free, Plan};
use crate::model::local::tiny;
use crate::model::local::unpacked::unpacked;
use crate::model::{Cancel, Store};

/// Tokens of the test context: few, so that lines are evicted all the time.
const CONTEXT: u32 = 256;
/// Steps of one run.
const STEPS: usize = 25;
/// Most tokens read at one go, so that a short prompt has several batches.
const BATCH: usize = 24;
/// How far logits for the same tokens may be apart: batches of other shapes are computed by other
/// kernels, and cells in another order are added up in it, so that numbers are rounded otherwise.
const TOLERANCE: f32 = 0.02;
/// The same for tiny models.
const TINY_TOLERANCE: f32 = 0.01;
/// Tokens of a text until it begins anew.
const BLOCK: i32 = 40;

#[derive(Clone, Debug)]
enum Step {
    Ask(Ask),
    /// Writes several answers to the prompt of before side by side.
    Branch {
        answers: usize,
        written: usize,
        compare: bool,
    },
    /// A new context, as in a new process.
    Restart,
    /// Something else writes into every file on disk.
    Damage,
}

/// Reads a prompt and writes a little behind it.
#[derive(Clone, Debug)]
struct Ask {
    /// The prompt begins with so many tokens of this text; so many from elsewhere in it follow.
    text: usize,
    shared: usize,
    own: usize,
    /// It is cancelled after so many batches.
    batches: usize,
    /// Before that it is begun, and interrupted after so many microseconds, amid a batch if there is one.
    interrupted: Option<u64>,
    written: usize,
    /// Whether what comes out is held against a fresh computation.
    compare: bool,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let compare = prop::bool::weighted(0.3);
    let batches = prop_oneof![3 => Just(usize::MAX), 1 => 0..4_usize];
    let interrupted = prop_oneof![3 => Just(None), 1 => (0..60_000_u64).prop_map(Some)];
    let text = (0..3_usize, 0..72_usize, 1..12_usize);
    let ask = (text, batches, interrupted, 0..4_usize, compare);
    let step = prop_oneof![
        8 => ask.prop_map(|((text, shared, own), batches, interrupted, written, compare)| {
            Step::Ask(Ask { text, shared, own, batches, interrupted, written, compare })
        }),
        3 => (1..5_usize, 1..8_usize, compare).prop_map(|(answers, written, compare)| {
            Step::Branch { answers, written, compare }
        }),
        1 => Just(Step::Restart),
        1 => Just(Step::Damage),
    ];
    prop::collection::vec(step, STEPS)
}

/// A model, and the texts that prompts are made of.
struct Bench {
    model: LlamaModel,
    plan: Plan,
    texts: Vec<Vec<LlamaToken>>,
    /// How far what a model says may be apart.
    tolerance: f32,
}

impl Bench {
    /// Of a real model, computing with 32-bit numbers as tiny ones do, so that little is apart.
    fn new() -> Self {
        let folder = std::env::var_os("COUNTERSIGN_TEST_MODELS").map(Store::at);
        let store = folder.unwrap_or_else(|| Store::open().unwrap());
        let path = store.weights_of("smollm2-135m");
        let path = path.expect("run `countersign model pull smollm2-135m`");
        let folder = tempfile::tempdir().unwrap();
        let path = unpacked(&path, folder.path());
        Self::of(&path, |at| 1000 + at % 40_000, TOLERANCE)
    }

    fn tiny(make: impl FnOnce(&Path) -> std::path::PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::of(&make(folder.path()), |at| at % 256, TINY_TOLERANCE)
    }

    fn of(path: &Path, token: impl Fn(i32) -> i32, tolerance: f32) -> Self {
        let settings = Settings { context: Tokens(CONTEXT), ..Settings::default() };
        let facts = header::check(path).unwrap();
        let plan = Plan::of(&facts, &settings, &Free::default()).unwrap();
        let model = load::weights(path, &plan).unwrap();
        // Tokens in no order, again and again: what comes next is what came before, so that a token
        // that is not the right one changes what the model expects.
        let text = |first: i32| {
            let block = (0..BLOCK).map(|at| LlamaToken(token(first + at * 7919)));
            block.collect::<Vec<_>>().repeat(4)
        };
        let texts = [text(1), text(4711), text(20_222)];
        Self { texts: texts.to_vec(), plan, model, tolerance }
    }

    fn cells(&self, folder: Option<&Path>) -> Cells<'_> {
        let context = load::context(&self.model, &self.plan, 1).unwrap();
        let key = Key { model: Digest::of(b"m"), shape: Digest::of(b"s") };
        let saved = folder.map(|folder| Saved::open(folder, &key, 200 << 20).unwrap());
        let limits = Limits { aside: 100, worth_saving: 16 };
        let mut cells = Cells::new(context, saved, &self.model, limits);
        cells.follow(true);
        cells
    }
}

/// Reads what is missing of `prompt`; gives the line, and the logits behind it if all was read.
fn read(
    cells: &mut Cells<'_>,
    prompt: &[LlamaToken],
    batches: usize,
) -> (LineId, Option<Vec<f32>>) {
    read_until(cells, prompt, batches, &Cancel::default())
}

fn read_until(
    cells: &mut Cells<'_>,
    prompt: &[LlamaToken],
    batches: usize,
    cancel: &Cancel,
) -> (LineId, Option<Vec<f32>>) {
    let begun = cells.begin(prompt, 64).unwrap();
    assert!(begun.held < prompt.len());
    let mut logits = None;
    for chunk in prompt[begun.held..].chunks(BATCH).take(batches) {
        let feed = Feed { line: begun.line, tokens: chunk, all_logits: false };
        let Some(places) = cells.decode_until(&[feed], cancel).unwrap() else {
            return (begun.line, None);
        };
        logits = Some(cells.logits(places[0].start).to_vec());
    }
    let whole = (prompt.len() - begun.held).div_ceil(BATCH) <= batches;
    (begun.line, logits.filter(|_| whole))
}

/// How far two distributions are apart: the total variation distance of their probabilities, from 0
/// to 1.
fn apart(a: &[f32], b: &[f32]) -> f32 {
    let probabilities = |logits: &[f32]| {
        let highest = logits.iter().copied().fold(f32::MIN, f32::max);
        let weights: Vec<f32> = logits.iter().map(|it| (it - highest).exp()).collect();
        let sum: f32 = weights.iter().sum();
        weights.into_iter().map(move |it| it / sum).collect::<Vec<f32>>()
    };
    let (a, b) = (probabilities(a), probabilities(b));
    a.iter().zip(&b).map(|(a, b)| (a - b).abs()).sum::<f32>() / 2.0
}

fn best(logits: &[f32]) -> LlamaToken {
    let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
    LlamaToken(i32::try_from(best).unwrap())
}

/// Makes every file under `folder` longer by a byte.
fn damage(folder: &Path) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            damage(&path);
        } else {
            let file = std::fs::File::options().append(true).open(path);
            std::io::Write::write_all(&mut file.unwrap(), b"x").unwrap();
        }
    }
}

/// Resident bytes of this process.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    pages.unwrap_or_default() * 4096
}

/// One process after another on one cache, beside a context that is always fresh.
struct Run<'b> {
    bench: &'b Bench,
    plain: Cells<'b>,
    cells: Cells<'b>,
    folder: TempDir,
    prompt: Vec<LlamaToken>,
}

impl Run<'_> {
    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Ask(ask) => self.ask(&ask),
            Step::Branch { answers, written, compare } => self.branch(answers, written, compare),
            Step::Restart => {
                self.cells.save_all();
                self.cells = self.bench.cells(Some(self.folder.path()));
                Ok(())
            }
            Step::Damage => {
                damage(self.folder.path());
                Ok(())
            }
        }
    }

    fn ask(&mut self, ask: &Ask) -> Result<(), TestCaseError> {
        self.prompt = self.bench.texts[ask.text][..ask.shared].to_vec();
        // The end goes on as the text did somewhere, so that what comes next rests on it.
        let end = &self.bench.texts[ask.text][(ask.shared * 5) % 30..][..ask.own];
        self.prompt.extend(end);
        if let Some(after) = ask.interrupted {
            let cancel = Cancel::default();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    std::thread::sleep(Duration::from_micros(after));
                    cancel.cancel();
                });
                read_until(&mut self.cells, &self.prompt, usize::MAX, &cancel);
            });
        }
        let (line, logits) = read(&mut self.cells, &self.prompt, ask.batches);
        let Some(mut logits) = logits else { return Ok(()) };
        let mut said = self.prompt.clone();
        for _ in 0..ask.written {
            let token = best(&logits);
            said.push(token);
            // What is guessed to follow is taken back, as if it were wrong.
            let mut guess = self.cells.ask_heads(line, token);
            if guess.is_empty() {
                guess = self.bench.texts[0][..2].to_vec();
            }
            guess.truncate(self.cells.most_taken_back());
            let tokens = &[&[token], &guess[..]].concat();
            let places = self.cells.decode(&[Feed { line, tokens, all_logits: true }]).unwrap();
            logits = self.cells.logits(places[0].start).to_vec();
            self.cells.take_back(line, guess.len());
        }
        if ask.compare { self.same(&logits, &said) } else { Ok(()) }
    }

    fn branch(
        &mut self,
        answers: usize,
        written: usize,
        compare: bool,
    ) -> Result<(), TestCaseError> {
        let (line, _) = read(&mut self.cells, &self.prompt, usize::MAX);
        let said = |answer: usize| &self.bench.texts[answer % 3][answer..][..written];
        let mut lines = Vec::new();
        // Guesses that were wrong are taken back; where nothing can be, nothing is guessed.
        let guess = &self.bench.texts[0][..2.min(self.cells.most_taken_back())];
        let guesses = !guess.is_empty() && written > 1;
        for answer in 0..answers.min(self.cells.most_lines() - 1) {
            let line = self.cells.branch(line, self.prompt.len()).unwrap();
            if guesses {
                let tokens = &[&said(answer)[..1], guess].concat();
                self.cells.decode(&[Feed { line, tokens, all_logits: true }]).unwrap();
                self.cells.take_back(line, guess.len());
            }
            lines.push(line);
        }
        let rest = |answer| &said(answer)[usize::from(guesses)..];
        let feeds: Vec<Feed<'_>> = (0..)
            .zip(&lines)
            .map(|(answer, line)| Feed { line: *line, tokens: rest(answer), all_logits: true })
            .collect();
        let places = self.cells.decode(&feeds).unwrap();
        for (answer, places) in places.into_iter().enumerate().filter(|_| compare) {
            let logits = self.cells.logits(places.end - 1).to_vec();
            let whole = [self.prompt.as_slice(), said(answer)].concat();
            self.same(&logits, &whole)?;
        }
        Ok(())
    }

    /// Fails unless `logits` are those behind `tokens` in a context that has read nothing else.
    fn same(&mut self, logits: &[f32], tokens: &[LlamaToken]) -> Result<(), TestCaseError> {
        self.plain.clear();
        let (_, fresh) = read(&mut self.plain, tokens, usize::MAX);
        let fresh = fresh.unwrap();
        let apart = apart(logits, &fresh);
        let most = self.bench.tolerance;
        prop_assert!(apart < most, "{apart} apart after {} tokens", tokens.len());
        Ok(())
    }
}

/// Holds that another token 40 tokens ago is seen in what the model says.
fn tells_tokens_apart(bench: &Bench) {
    let mut cells = bench.cells(None);
    let mut logits = |tokens: &[LlamaToken]| {
        cells.clear();
        read(&mut cells, tokens, usize::MAX).1.unwrap()
    };
    for text in &bench.texts {
        let right = &text[..60];
        let mut wrong = right.to_vec();
        wrong[20] = text[7];
        let apart = apart(&logits(right), &logits(&wrong));
        assert!(apart > 2.0 * bench.tolerance, "{apart} apart");
    }
}

#[test]
fn another_token_is_further_than_the_tolerance() {
    tells_tokens_apart(&Bench::new());
}

#[test]
fn tiny_models_tell_tokens_apart() {
    tells_tokens_apart(&Bench::tiny(tiny::recurrent));
    tells_tokens_apart(&Bench::tiny(|folder| tiny::sliding(folder, 16)));
    tells_tokens_apart(&Bench::tiny(tiny::experts));
    tells_tokens_apart(&Bench::tiny(tiny::hybrid));
    tells_tokens_apart(&Bench::tiny(tiny::hybrid_experts));
}

#[test]
fn a_line_that_made_room_for_a_damaged_file_is_not_gone_on_with() {
    let (bench, folder) = (Bench::new(), tempfile::tempdir().unwrap());
    let [one, two, three] = &bench.texts[..] else { unreachable!() };
    let mut cells = bench.cells(Some(folder.path()));
    read(&mut cells, &one[..80], usize::MAX);
    cells.save_all();
    cells.clear();
    // The oldest line begins like what is wanted next, for less than the file does.
    read(&mut cells, &[&one[..8], &two[..72]].concat(), usize::MAX);
    read(&mut cells, &three[..72], usize::MAX);
    damage(folder.path());
    let (_, logits) = read(&mut cells, &one[..80], usize::MAX);
    let (_, fresh) = read(&mut bench.cells(None), &one[..80], usize::MAX);
    assert!(apart(&logits.unwrap(), &fresh.unwrap()) < TOLERANCE);
}

/// `COUNTERSIGN_CACHE_CASES` says how many runs of 25 steps; a few by default.
#[test]
fn no_step_changes_what_the_model_says() {
    let sizes = run_steps(&Bench::new(), 2);
    // After the first quarter nothing grows any more.
    let early = sizes[..sizes.len().div_ceil(4)].iter().max().copied().unwrap_or_default();
    let last = sizes.last().copied().unwrap_or_default();
    assert!(last < early + (64 << 20), "{early} bytes became {last}");
}

#[test]
fn no_step_changes_what_a_recurrent_model_says() {
    run_steps(&Bench::tiny(tiny::recurrent), 8);
}

#[test]
fn no_step_changes_what_a_model_that_looks_back_a_little_says() {
    run_steps(&Bench::tiny(|folder| tiny::sliding(folder, 16)), 16);
}

#[test]
fn no_step_changes_what_a_mixture_says() {
    run_steps(&Bench::tiny(tiny::experts), 8);
}

#[test]
fn no_step_changes_what_a_hybrid_with_heads_says() {
    for bench in [Bench::tiny(tiny::hybrid), Bench::tiny(tiny::hybrid_experts)] {
        assert_eq!(bench.cells(None).most_taken_back(), 3);
        run_steps(&bench, 12);
    }
}

#[test]
fn heads_guess_from_what_stands_and_not_from_what_was_taken_back() {
    heads_guess_from_what_stands(&Bench::tiny(tiny::hybrid));
    heads_guess_from_what_stands(&Bench::tiny(tiny::hybrid_experts));
}

fn heads_guess_from_what_stands(bench: &Bench) {
    let text = &bench.texts[0];
    let guess = |cells: &mut Cells<'_>, line| cells.ask_heads(line, text[60]);
    let mut fresh = bench.cells(None);
    let line = read(&mut fresh, &text[..60], usize::MAX).0;
    let right = guess(&mut fresh, line);
    assert_eq!(right.len(), 3);
    // What was guessed is right up to some token, or comes from elsewhere.
    for (own, kept) in [(true, 1), (true, 2), (true, 4), (false, 3), (false, 4)] {
        let mut cells = bench.cells(None);
        let line = read(&mut cells, &text[..50], usize::MAX).0;
        if own {
            assert_eq!(cells.ask_heads(line, text[50]).len(), 3);
        }
        let tokens = [&text[50..50 + kept], &text[7..11 - kept]].concat();
        cells.decode(&[Feed { line, tokens: &tokens, all_logits: true }]).unwrap();
        cells.take_back(line, 4 - kept);
        let goes_on = cells.ask_heads(line, text[50 + kept]);
        assert_eq!(goes_on.len(), if own || kept == 4 { 3 } else { 0 }, "{own} {kept}");
        for token in &text[50 + kept..60] {
            cells.decode(&[Feed { line, tokens: &[*token], all_logits: true }]).unwrap();
        }
        assert_eq!(guess(&mut cells, line), right, "{own} {kept}");
        // They know one line, and only what they have read of it.
        let other = cells.branch(line, 60).unwrap();
        assert!(guess(&mut cells, other).is_empty());
        cells.follow(false);
        cells.decode(&[Feed { line, tokens: &text[60..61], all_logits: true }]).unwrap();
        assert!(guess(&mut cells, line).is_empty());
    }
}

/// Runs random steps; gives the bytes that the process had after each run.
fn run_steps(bench: &Bench, runs: u32) -> Vec<u64> {
    let cases = std::env::var("COUNTERSIGN_CACHE_CASES").ok().and_then(|it| it.parse().ok());
    let config = Config { failure_persistence: None, ..Config::with_cases(cases.unwrap_or(runs)) };
    let sizes = RefCell::new(Vec::new());
    let result = TestRunner::new(config).run(&steps(), |steps| {
        let folder = tempfile::tempdir().unwrap();
        let cells = bench.cells(Some(folder.path()));
        let plain = bench.cells(None);
        let prompt = bench.texts[0][..8].to_vec();
        let mut run = Run { bench, plain, cells, folder, prompt };
        let result = steps.into_iter().try_for_each(|step| run.step(step));
        sizes.borrow_mut().push(resident());
        result
    });
    result.unwrap();
    sizes.into_inner()
}
