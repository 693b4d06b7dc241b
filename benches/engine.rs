//! What does the engine save? `cargo bench --bench engine`, which prints a table.
//!
//! `COUNTERSIGN_BENCH_…` says what and how:
//!
//! | `…` | what it is |
//! | --- | --- |
//! | `MODEL` | the name of a model; the best that is installed, otherwise |
//! | `THREADS`, `RUNS` | numbers; a run of `forms` is 110 replies |
//! | `PARTS` | a list out of `speed batches prefix edits candidates cancels forms memory needle` |
//! | `CONTEXT` | the size of the context in tokens |
//! | `KV`, `FLASH`, `YARN` | how the model is loaded; the last is a factor |
//! | `NEEDLE` | how many tokens a fact is hidden in |
//! | `PROMPTS` | a folder of prompts for `edits`, each a JSON file as the journal has them; a few short edits, otherwise |
//! | `REPLIES` | a file that gets the constrained replies with their schemas, one JSON object a line |
//!
//! Seconds of the wall and of all processors stand beside each other: on a busy machine only the
//! latter, with one thread, say something.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a table is printed, and replies are written where they are asked for"
)]

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use countersign::base::{RepoPath, Tokens};
use countersign::model::{
    Cancel, Clock, Completion, Delta, Engine, Form, Load, LocalEngine, Message, ModelFile, Prompt,
    Rope, Sampling, Settings, Speaker, StopReason, Store, estimate,
};
use countersign::proposal::{Dialect, Edit, Editable, Scope, envelope, parse};
use serde_json::{Value, json};

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// Forms of many kinds, as tools and reports have them.
const SCHEMAS: &str = include_str!("schemas.json");
/// What the coder is told, and what it is to edit.
const CODER: &str = include_str!("../prompts/coder/system.md");
const EDITED: &str = include_str!("../fixtures/sample/parcel/units.py");
const TASKS: &[&str] = &[
    "parse_weight should reject negative values",
    "add a function that says whether a weight is above 20 kg",
    "give every function a docstring of one line",
    "accept days in parse_duration",
    "write tests for parse_size in a new file",
];
/// Asks for an answer that does not end soon.
const EXPLAIN: &str = "Explain every line above, one after the other, in many words.";
/// Tokens of an answer.
const WRITTEN: u32 = 128;

/// Seconds for which answers to one prompt are written with and without guesses, on average and whatever
/// the runs: short answers are written more often.
const ENOUGH_S: f64 = 10.0;

/// Most tokens of a form that is filled in, and of an edit, which may write a file anew.
const FILLED: u32 = 1000;
const WHOLE_FILE: u32 = 2000;

struct Bench {
    file: ModelFile,
    settings: Settings,
    runs: u32,
}

/// Seconds of the wall and of all processors.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    wall: f64,
    cpu: f64,
}

fn main() -> Done {
    let text = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let number = |name: &str| text(name).and_then(|text| text.parse::<u32>().ok());
    let file = Store::open()?.resolve(text("COUNTERSIGN_BENCH_MODEL").as_deref())?;
    let mut settings = Settings::default();
    settings.context = number("COUNTERSIGN_BENCH_CONTEXT").map_or(settings.context, Tokens);
    settings.threads = number("COUNTERSIGN_BENCH_THREADS").unwrap_or(settings.threads);
    if let Some(cells) = text("COUNTERSIGN_BENCH_KV") {
        settings.cells = cells.parse()?;
    }
    if let Some(flash) = text("COUNTERSIGN_BENCH_FLASH") {
        settings.flash = flash.parse()?;
    }
    if let Some(factor) = text("COUNTERSIGN_BENCH_YARN") {
        settings.rope = Rope::Yarn { factor: factor.parse()?, original: 0 };
    }
    let runs = number("COUNTERSIGN_BENCH_RUNS").unwrap_or(5).max(1);
    println!("{}, {} threads, medians of {runs}", file.name, settings.threads);
    println!("{:<44} {:>9} {:>9}", "", "wall", "CPU");
    let bench = Bench { file, settings, runs };
    let parts = text("COUNTERSIGN_BENCH_PARTS").unwrap_or("prefix edits candidates forms".into());
    for part in parts.split_whitespace() {
        match part {
            "speed" => bench.speed()?,
            "batches" => bench.batches()?,
            "prefix" => bench.prefix()?,
            "edits" => bench.edits(text("COUNTERSIGN_BENCH_PROMPTS").as_deref())?,
            "candidates" => bench.candidates()?,
            "memory" => bench.memory()?,
            "needle" => bench.needle(number("COUNTERSIGN_BENCH_NEEDLE").unwrap_or(1000))?,
            "cancels" => bench.cancels()?,
            "forms" => bench.forms(text("COUNTERSIGN_BENCH_REPLIES").as_deref())?,
            _ => return Err(format!("no part is called `{part}`").into()),
        }
    }
    Ok(())
}

impl Bench {
    fn start(&self, settings: Settings) -> Done<LocalEngine> {
        Ok(LocalEngine::start(&self.file, settings)?)
    }

    /// Tokens a second, as `llama-bench -p 512,4096 -n 128` counts them: nothing is known from before,
    /// and what is written stands at the beginning.
    fn speed(&self) -> Done {
        let engine = self.start(self.settings.clone())?;
        let load = |prompt, written| Load { prompt: Tokens(prompt), written: Tokens(written) };
        engine.measure(load(512, 1))?;
        for (prompt, written) in [(512, 0), (4096, 0), (1, 128)] {
            let mut rates = Vec::new();
            for _ in 0..self.runs {
                let speed = engine.measure(load(prompt, written))?;
                let (count, wall, cpu) = match written {
                    0 => (prompt, speed.prompt_s, speed.prompt_cpu_s),
                    _ => (written, speed.written_s, speed.written_cpu_s),
                };
                rates.push(Cost { wall: f64::from(count) / wall, cpu: f64::from(count) / cpu });
            }
            let what = if written == 0 { "prompt" } else { "generation" };
            row(&format!("{what} {}, tokens a second", prompt.max(written)), &rates);
        }
        Ok(())
    }

    /// What batches that write cost in units of one token: where guesses can pay, and how many at once.
    fn batches(&self) -> Done {
        let engine = self.start(self.settings.clone())?;
        let one = engine.measure_batch(1)?;
        for tokens in [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64] {
            let seconds = engine.measure_batch(tokens)?;
            println!("{tokens:>3} tokens {:>7.1} ms, cost {:>5.2}", seconds * 1e3, seconds / one);
        }
        Ok(())
    }

    /// The same task again in a new process, and the second turn of a session.
    fn prefix(&self) -> Done {
        let (mut cold, mut warm, mut turn) = (Vec::new(), Vec::new(), Vec::new());
        for run in 0..self.runs {
            let folder = tempfile::tempdir()?;
            let keeping =
                || Settings { cache: Some(folder.path().to_owned()), ..self.settings.clone() };
            let engine = self.start(keeping())?;
            let prompt = self.long(&engine, &format!("run {run}"), 3000, "Say yes.");
            let (first, cost) = first_token(&engine, &prompt)?;
            cold.push(cost);
            // What is said next reads only what is new.
            let mut next = prompt.clone();
            let answer = Message::new(Speaker::Assistant, first.text);
            let question = Message::new(Speaker::User, "And now say no.");
            next.messages.extend([answer, question]);
            let (second, cost) = first_token(&engine, &next)?;
            turn.push(cost);
            if run == 0 {
                let new = second.usage.prompt.0 - first.usage.prompt.0;
                let read = second.usage.prompt.0 - second.usage.cached.0;
                println!(
                    "second turn: {new} tokens are new of {}, {read} were read",
                    second.usage.prompt.0
                );
            }
            drop(engine);
            let engine = self.start(keeping())?;
            let (again, cost) = first_token(&engine, &prompt)?;
            warm.push(cost);
            if run == 0 {
                let usage = again.usage;
                println!(
                    "new process: {} of {} tokens come from disk",
                    usage.restored.0, usage.prompt.0
                );
            }
        }
        let cold = row("first token, 3,000 tokens, never read, s", &cold);
        let warm = row("first token, the same in a new process, s", &warm);
        row("first token, second turn, s", &turn);
        share("new process over never read", warm, cold);
        Ok(())
    }

    /// Writing with and without guesses, over prompts that ask for edits. What one engine has read the
    /// other takes from disk.
    fn edits(&self, prompts: Option<&str>) -> Done {
        let folder = tempfile::tempdir()?;
        let cache = Some(folder.path().to_owned());
        let settings = |guess| Settings { guess, cache: cache.clone(), ..self.settings.clone() };
        let (guessing, plain) = (self.start(settings(true))?, self.start(settings(false))?);
        println!("{:<44} {:>9} {:>9}", "guessing over plain, tokens a second", "wall", "CPU");
        let (mut ratios, mut all) = (Vec::new(), [(Cost::default(), 0); 2]);
        for (name, prompt) in edit_prompts(prompts)? {
            let mut answers = [Vec::new(), Vec::new()];
            let mut costs = [Vec::new(), Vec::new()];
            let mut spent_s = 0.0;
            for run in 0.. {
                if run >= self.runs as usize && spent_s > 2.0 * ENOUGH_S {
                    break;
                }
                for turn in 0..2 {
                    let which = (run + turn) % 2;
                    let (answer, cost) = write([&guessing, &plain][which], &prompt)?;
                    spent_s += cost.wall;
                    costs[which].push(cost.of_each(answer.usage.completion.0));
                    answers[which].push(answer);
                }
            }
            let [with, without] = [&answers[0][0], &answers[1][0]];
            let counts = [with, without].map(|it| it.usage.completion.0);
            let medians = costs.map(|costs| median(&costs));
            for (sum, (each, count)) in all.iter_mut().zip(medians.into_iter().zip(counts)) {
                *sum = (sum.0 + each.times(count), sum.1 + count);
            }
            let ratio = faster(medians);
            println!(
                "{name:<44} {:>9.2} {:>9.2}  {} of {} guesses right, {} tokens, {}the same text",
                ratio.wall,
                ratio.cpu,
                with.usage.accepted.0,
                with.usage.drafted.0,
                counts[0],
                if with.text == without.text { "" } else { "not " },
            );
            ratios.push(ratio);
        }
        row("median", &ratios);
        let least = |value: fn(&Cost) -> f64| ratios.iter().map(value).fold(f64::NAN, f64::min);
        row("least", &[Cost { wall: least(|it| it.wall), cpu: least(|it| it.cpu) }]);
        row("all", &[faster(all.map(|(cost, count)| cost.of_each(count)))]);
        Ok(())
    }

    /// Four answers to one prompt against one.
    fn candidates(&self) -> Done {
        let engine = self.start(self.settings.clone())?;
        let (mut one, mut four) = (Vec::new(), Vec::new());
        for run in 0..self.runs {
            for (count, costs) in [(1, &mut one), (4, &mut four)] {
                let first = format!("run {run} of {count}");
                let prompt = self.long(&engine, &first, 2000, EXPLAIN);
                let samplings: Vec<Sampling> = (0..count)
                    .map(|seed| Sampling { temperature: 0.8, seed, ..tokens(WRITTEN) })
                    .collect();
                let clock = Clock::start();
                let answers =
                    engine.candidates(&prompt, &samplings, &Cancel::default(), &mut |_, _| {})?;
                let written: u32 = answers.iter().map(|it| it.usage.completion.0).sum();
                println!("{count} answers have {written} tokens");
                costs.push(Cost { wall: clock.wall_s(), cpu: clock.cpu_s() });
            }
        }
        let one = row("one answer, 2,000 tokens read, s", &one);
        let four = row("four answers, s", &four);
        share("four over one", four, one);
        Ok(())
    }

    /// How long an answer goes on when it is cancelled, amid its prompt and amid its words.
    fn cancels(&self) -> Done {
        let engine = self.start(self.settings.clone())?;
        println!("{:<44} {:>9} {:>9}", "from the cancel to the end, ms", "median", "most");
        for (what, read) in [("reading", 3000), ("writing", 500)] {
            let mut late = Vec::new();
            for run in 0..self.runs * 4 {
                let first = format!("{what} {run}");
                let prompt = self.long(&engine, &first, read, EXPLAIN);
                let delay = Duration::from_millis(200 + u64::from(run) * 337 % 3000);
                late.push(cancelled(&engine, &prompt, delay, what == "writing")?);
            }
            late.sort_by(f64::total_cmp);
            let most = late.last().copied().unwrap_or(f64::NAN);
            println!("{what:<44} {:>9.0} {most:>9.0}", late[late.len() / 2]);
        }
        Ok(())
    }

    /// Replies that are held to a form: whether they have it, and what that costs.
    fn forms(&self, replies: Option<&str>) -> Done {
        let engine = self.start(self.settings.clone())?;
        let schemas: Vec<Value> = serde_json::from_str(SCHEMAS)?;
        let files = [Editable {
            path: RepoPath::new("parcel/units.py")?,
            text: EDITED.as_bytes().to_vec(),
        }];
        let envelope = envelope(scope(&files), None).ok_or("nothing can be edited")?;
        let mut file = replies.map(std::fs::File::create).transpose()?;
        let (mut fit, mut count, mut choosing, mut writing) = (0, 0, 0.0, 0.0);
        for seed in 0..self.runs * 10 {
            let edit = (to_edit(seed), Form::Lark(envelope.clone()), WHOLE_FILE);
            let question = format!("Example number {seed}: fill in the form.");
            let filled =
                schemas.iter().map(|it| (user(&question), Form::JsonSchema(it.clone()), FILLED));
            for (prompt, form, most) in filled.chain([edit]) {
                let sampling = Sampling {
                    temperature: if seed % 2 == 0 { 0.0 } else { 0.8 },
                    seed,
                    form: Some(form.clone()),
                    ..tokens(most)
                };
                let cancel = Cancel::default();
                let answer = engine.complete(&prompt, &sampling, &cancel, &mut |_| {})?;
                count += 1;
                fit += u32::from(match form {
                    Form::JsonSchema(_) => serde_json::from_str::<Value>(&answer.text).is_ok(),
                    _ => edits(&answer.text, &files),
                });
                choosing += answer.usage.choosing_s;
                writing += answer.usage.completion_s;
                if let Some(file) = &mut file {
                    let line = json!({ "form": form, "text": answer.text, "stop": answer.stop });
                    writeln!(file, "{line}")?;
                }
            }
        }
        println!(
            "constrained replies: {fit} of {count} have the form; choosing takes {:.2} % of writing",
            100.0 * choosing / writing
        );
        Ok(())
    }

    /// The estimate against what this process takes after it has worked. Run it alone, for memory is
    /// not given back.
    fn memory(&self) -> Done {
        let estimate =
            estimate(&self.file.path, &self.settings, None).ok_or("the model does not say")?;
        let engine = self.start(self.settings.clone())?;
        let context = engine.info().context.0;
        engine.measure(Load { prompt: Tokens(context - 17), written: Tokens(16) })?;
        let status = std::fs::read_to_string("/proc/self/status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: u64 =
            line.and_then(|line| line.split_whitespace().next()?.parse().ok()).ok_or("no RSS")?;
        let (told, found) = (estimate.total() as f64 / 1e6, (kib * 1024) as f64 / 1e6);
        println!(
            "context {context}: estimate {told:.0} MB, taken {found:.0} MB, ratio {:.3}",
            told / found
        );
        println!("{estimate:?}");
        Ok(())
    }

    /// Whether a fact is found in about so many tokens, at three depths.
    fn needle(&self, wanted: u32) -> Done {
        let engine = self.start(self.settings.clone())?;
        for depth in [0.1, 0.5, 0.9] {
            let words = "The harbour was quiet, and the boats lay in the mud until the tide came. ";
            let count = wanted / engine.count(words).0.max(1);
            let before = (f64::from(count) * depth) as usize;
            let text = format!(
                "{}The code of the gate is 7319. {}\n\nWhat is the code of the gate? Answer with the number only.",
                words.repeat(before),
                words.repeat(count as usize - before)
            );
            let answer =
                engine.complete(&user(&text), &tokens(24), &Cancel::default(), &mut |_| {})?;
            let (read, found) = (answer.usage.prompt, answer.text.contains("7319"));
            println!("{read}, fact at {depth}: found {found}, {:?}", answer.text);
        }
        Ok(())
    }

    /// A prompt of about so many tokens that begins with `first`.
    fn long(&self, engine: &LocalEngine, first: &str, wanted: u32, question: &str) -> Prompt {
        let line = |at: u32| format!("pub fn step_{at}(x: u32) -> u32 {{ x.rotate_left({at}) }}\n");
        let each = engine.count(&line(500)).0.max(1);
        let text: String = (0..wanted / each).map(line).collect();
        user(&format!("{first}\n{text}\n{question}"))
    }
}

impl Cost {
    fn times(self, count: u32) -> Self {
        Self { wall: self.wall * f64::from(count), cpu: self.cpu * f64::from(count) }
    }

    fn of_each(self, count: u32) -> Self {
        Self { wall: self.wall / f64::from(count), cpu: self.cpu / f64::from(count) }
    }
}

impl std::ops::Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { wall: self.wall + other.wall, cpu: self.cpu + other.cpu }
    }
}

/// What replies to [`to_edit`] may change.
fn scope(files: &[Editable]) -> Scope<'_> {
    let dialects = &[Dialect::Symbol, Dialect::File];
    Scope { files, named: &[], places: &[], dialects, whole_file_lines: 150 }
}

/// Whether `reply` is edits of these files, or new ones.
fn edits(reply: &str, files: &[Editable]) -> bool {
    let known = |edit: &Edit| {
        let path = edit.path.as_deref().and_then(|path| RepoPath::new(path).ok());
        let there = files.iter().any(|file| Some(&file.path) == path.as_ref());
        path.is_some() && (there || edit.dialect == Dialect::File)
    };
    parse(reply).is_ok_and(|edits| edits.iter().all(known))
}

/// A task for the file that the envelope is of.
fn to_edit(seed: u32) -> Prompt {
    let task = TASKS[seed as usize % TASKS.len()];
    let text = format!("parcel/units.py\n```python\n{EDITED}```\n\nTask: {task}");
    let messages = vec![Message::new(Speaker::System, CODER), Message::new(Speaker::User, text)];
    Prompt { messages, ..Prompt::default() }
}

fn user(text: &str) -> Prompt {
    let message = Message::new(Speaker::User, text);
    Prompt { messages: vec![message], ..Prompt::default() }
}

fn tokens(max_tokens: u32) -> Sampling {
    Sampling { max_tokens: Tokens(max_tokens), ..Sampling::default() }
}

fn first_token(engine: &LocalEngine, prompt: &Prompt) -> Done<(Completion, Cost)> {
    let clock = Clock::start();
    let answer = engine.complete(prompt, &tokens(1), &Cancel::default(), &mut |_| {})?;
    Ok((answer, Cost { wall: clock.wall_s(), cpu: clock.cpu_s() }))
}

/// Writes an answer to a prompt that was read before. The second time only one token is read: then
/// weights that reading leaves alone are in memory again.
fn write(engine: &LocalEngine, prompt: &Prompt) -> Done<(Completion, Cost)> {
    first_token(engine, prompt)?;
    first_token(engine, prompt)?;
    let clock = Clock::start();
    let answer = engine.complete(prompt, &tokens(400), &Cancel::default(), &mut |_| {})?;
    Ok((answer, Cost { wall: clock.wall_s(), cpu: clock.cpu_s() }))
}

/// Milliseconds that an answer went on behind a cancel, which came so long after its begin or after its
/// first word.
fn cancelled(
    engine: &LocalEngine,
    prompt: &Prompt,
    delay: Duration,
    amid_words: bool,
) -> Done<f64> {
    let cancel = &Cancel::default();
    let (begun, begins) = mpsc::channel();
    std::thread::scope(|scope| {
        let canceller = scope.spawn(move || {
            let _ = begins.recv();
            std::thread::sleep(delay);
            cancel.cancel();
            Instant::now()
        });
        if !amid_words {
            begun.send(())?;
        }
        let mut tell = |delta| {
            if let Delta::Text(_) = delta {
                let _ = begun.send(());
            }
        };
        let answer = engine.complete(prompt, &tokens(2000), cancel, &mut tell)?;
        let ended = Instant::now();
        drop(begun);
        let raised = canceller.join().map_err(|_| "the canceller panicked")?;
        if answer.stop != StopReason::Cancelled || amid_words == answer.text.is_empty() {
            let (stop, text) = (answer.stop, answer.text);
            return Err(format!("not cancelled where it was to be: {stop:?} after {text:?}").into());
        }
        Ok(ended.duration_since(raised).as_secs_f64() * 1e3)
    })
}

fn edit_prompts(folder: Option<&str>) -> Done<Vec<(String, Prompt)>> {
    let Some(folder) = folder else {
        let code = include_str!("engine.rs");
        let piece = code.split("\n\n").filter(|piece| piece.contains("fn ")).take(4);
        let ask = |(at, piece): (usize, &str)| {
            let text = format!(
                "Rename the variables to single letters, change nothing else, and answer with all of the code:\n```rust\n{piece}\n```"
            );
            (format!("edit {at}"), user(&text))
        };
        return Ok(piece.enumerate().map(ask).collect());
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(Path::new(folder))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        found.push((name, serde_json::from_str(&std::fs::read_to_string(&path)?)?));
    }
    found.sort_by(|a: &(String, Prompt), b| a.0.cmp(&b.0));
    Ok(found)
}

/// How many times more tokens a second are written where each costs the first, not the second.
fn faster([with, without]: [Cost; 2]) -> Cost {
    Cost { wall: without.wall / with.wall, cpu: without.cpu / with.cpu }
}

fn median(costs: &[Cost]) -> Cost {
    let of = |value: fn(&Cost) -> f64| {
        let mut values: Vec<f64> = costs.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    Cost { wall: of(|it| it.wall), cpu: of(|it| it.cpu) }
}

/// Prints the medians and gives them back.
fn row(name: &str, costs: &[Cost]) -> Cost {
    let cost = median(costs);
    println!("{name:<44} {:>9.2} {:>9.2}", cost.wall, cost.cpu);
    cost
}

fn share(name: &str, part: Cost, whole: Cost) {
    println!("{name:<44} {:>9.3} {:>9.3}", part.wall / whole.wall, part.cpu / whole.cpu);
}
