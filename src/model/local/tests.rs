//! What choices of loading come to, with tiny models in llama.cpp.

use std::path::{Path, PathBuf};

use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::token::LlamaToken;
use tempfile::TempDir;

use crate::base::{Hint, Tokens};
use crate::model::local::cache::{Cells, Feed, Limits};
use crate::model::local::header;
use crate::model::local::load;
use crate::model::local::plan::{Free, Plan};
use crate::model::local::prepare::Prepared;
use crate::model::local::tiny;
use crate::model::local::{
    Adapter, CellType, Experts, Flash, LocalEmbedder, LocalEngine, Rope, Settings,
};
use crate::model::{Cancel, Engine, EngineError, Message, ModelFile, Prompt, Sampling, Speaker};

/// A folder with a model in it.
struct Tiny {
    folder: TempDir,
    path: PathBuf,
}

impl Tiny {
    fn new(make: impl FnOnce(&Path) -> PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = make(folder.path());
        Self { folder, path }
    }

    fn llama() -> Self {
        Self::new(|folder| tiny::llama(folder, 32))
    }

    fn file(&self) -> ModelFile {
        ModelFile { name: "tiny".into(), path: self.path.clone(), digest: None }
    }

    fn prepared(&self, settings: &Settings) -> Prepared {
        Prepared::new(&self.file(), settings).unwrap()
    }

    fn shape(&self, settings: &Settings) -> String {
        self.prepared(settings).shape()
    }

    fn refusal(&self, settings: &Settings) -> EngineError {
        LocalEngine::start(&self.file(), settings.clone()).err().expect("a refusal")
    }

    /// The logits behind the last of 100 tokens.
    fn logits(&self, settings: &Settings) -> Vec<f32> {
        let prepared = self.prepared(settings);
        let mut weights = prepared.weights(&self.file()).unwrap();
        let adapter = weights.adapter.as_mut();
        let mut context = prepared.context(&weights.model, adapter).unwrap();
        decode(&mut context)
    }

    fn says(&self, settings: Settings) -> String {
        let engine = LocalEngine::start(&self.file(), settings).unwrap();
        let sampling = Sampling { max_tokens: Tokens(16), ..Sampling::default() };
        let prompt = user("Where is the lighthouse?");
        engine.complete(&prompt, &sampling, &Cancel::default(), &mut |_| {}).unwrap().text
    }
}

fn decode(context: &mut llama_cpp_2::context::LlamaContext<'_>) -> Vec<f32> {
    let mut batch = LlamaBatch::new(128, 1);
    for at in 0..100 {
        batch.add(LlamaToken(at * 79 % 256), at, &[0], at == 99).unwrap();
    }
    context.decode(&mut batch).unwrap();
    context.get_logits_ith(99).to_vec()
}

fn user(text: &str) -> Prompt {
    Prompt { messages: vec![Message::new(Speaker::User, text)], ..Prompt::default() }
}

fn plain() -> Settings {
    Settings { context: Tokens(512), threads: 1, ..Settings::default() }
}

/// The largest difference between two lists of logits.
pub(super) fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    assert!(a.iter().chain(b).all(|it| it.is_finite()));
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn experts_say_the_same_wherever_they_are_kept() {
    let tiny = Tiny::new(tiny::experts);
    let plan = Plan::of(&header::check(&tiny.path).unwrap(), &plain(), &Free::default()).unwrap();
    let logits = |kept| {
        let model = load::weights_with(&tiny.path, &plan, kept).unwrap();
        decode(&mut load::context(&model, &plan, 1).unwrap())
    };
    let all = logits(0..0);
    assert_eq!(logits(0..4), all);
    assert_eq!(logits(1..3), all);
    assert!(all.iter().any(|it| *it != all[0]));
}

#[test]
fn a_mixture_is_placed_by_the_memory_of_the_card() {
    let tiny = Tiny::new(tiny::experts);
    let facts = header::check(&tiny.path).unwrap();
    let placed = |gpu: u64, experts| {
        let settings = Settings { gpu_layers: 999, experts, ..plain() };
        let free = Free { ram: Some(1 << 33), gpu: Some(gpu) };
        let plan = Plan::of(&facts, &settings, &free).unwrap();
        (plan.placement.gpu_layers, plan.placement.overridden(), plan.flash)
    };
    assert_eq!(placed(1 << 33, Experts::Auto), (5, 0..0, Flash::Auto));
    assert_eq!(placed(1 << 33, Experts::Cpu), (5, 0..4, Flash::Auto));
    assert_eq!(placed(1 << 33, Experts::First(1)), (5, 0..1, Flash::Auto));
    assert_eq!(placed(0, Experts::Auto), (0, 4..4, Flash::Auto));
}

#[test]
fn cells_of_fewer_bits_say_nearly_the_same() {
    let tiny = Tiny::llama();
    let exact = tiny.logits(&plain());
    let from_exact = |cells| apart(&exact, &tiny.logits(&Settings { cells, ..plain() }));
    let (eight, four) = (from_exact(CellType::Q8_0), from_exact(CellType::Q4_0));
    assert!(0.0 < eight && eight < four && eight < 1.0, "{eight} {four}");
    let table = tiny.logits(&Settings { flash: Flash::Off, ..plain() });
    assert!(apart(&exact, &table) < 0.1, "{}", apart(&exact, &table));
}

#[test]
fn what_cannot_be_computed_is_refused_with_a_remedy() {
    #[track_caller]
    fn check(tiny: &Tiny, settings: Settings, why: &str, remedy: &str) {
        let error = tiny.refusal(&settings);
        assert!(error.to_string().contains(why), "{error}");
        assert!(error.hint().unwrap().contains(remedy), "{:?}", error.hint());
    }
    let llama = Tiny::llama();
    let quantised = Settings { cells: CellType::Q8_0, ..plain() };
    let off = Settings { flash: Flash::Off, ..quantised.clone() };
    check(&llama, off, "need flash attention", "model.flash=auto");
    let odd = Tiny::new(|folder| tiny::llama(folder, 48));
    check(&odd, quantised, "48 numbers, and q8_0 packs 32", "model.kv=f16");
    assert_eq!(
        odd.prepared(&Settings { cells: CellType::Auto, ..plain() }).plan.cells,
        CellType::F16
    );

    let yarn = |factor, original, context| {
        let rope = Rope::Yarn { factor, original };
        Settings { rope, context: Tokens(context), ..plain() }
    };
    check(&llama, yarn(0.0, 0, 512), "512 tokens fit into the 512", "model.rope=model");
    check(&llama, yarn(1.0, 0, 1024), "1 times as long", "above 1 to 64");
    check(&llama, yarn(f32::NAN, 0, 1024), "NaN times", "above 1 to 64");
    check(&llama, yarn(2.0, 4096, 9000), "more than the 512", "model.rope_original=0");
    let recurrent = Tiny::new(tiny::recurrent);
    check(&recurrent, yarn(2.0, 0, 1024), "no such positions", "model.rope=model");
}

#[test]
fn a_context_is_stretched_as_far_as_its_factor_goes() {
    let tiny = Tiny::llama();
    let context = |rope, context| {
        let plan = tiny.prepared(&Settings { rope, context: Tokens(context), ..plain() }).plan;
        (plan.context.0, plan.yarn.map(|yarn| yarn.factor))
    };
    assert_eq!(context(Rope::Model, 4096), (512, None));
    assert_eq!(context(Rope::Yarn { factor: 0.0, original: 0 }, 1280), (1280, Some(2.5)));
    assert_eq!(context(Rope::Yarn { factor: 2.0, original: 0 }, 4096), (1024, Some(2.0)));
    assert_eq!(context(Rope::Yarn { factor: 2.0, original: 256 }, 4096), (512, Some(2.0)));
    let stretched = Settings { rope: Rope::Yarn { factor: 2.0, original: 0 }, ..plain() };
    let stretched = Settings { context: Tokens(1024), ..stretched };
    assert!(apart(&tiny.logits(&plain()), &tiny.logits(&stretched)) > 0.01);
    let engine = LocalEngine::start(&tiny.file(), stretched).unwrap();
    assert_eq!(engine.info().context, Tokens(1024));
}

#[test]
fn an_adapter_is_felt_as_far_as_its_scale() {
    let tiny = Tiny::llama();
    let path = tiny::adapter(tiny.folder.path(), "llama", tiny::WIDTH);
    let with = |scale| Settings { adapter: Some(Adapter { path: path.clone(), scale }), ..plain() };
    let without = tiny.logits(&plain());
    assert_eq!(tiny.logits(&with(0.0)), without);
    let (half, whole) = (tiny.logits(&with(0.5)), tiny.logits(&with(1.0)));
    assert!(apart(&without, &half) > 0.01 && apart(&half, &whole) > 0.01);
    assert!(!tiny.says(with(1.0)).is_empty());
}

#[test]
fn an_adapter_that_does_not_fit_is_refused_with_the_reason() {
    let tiny = Tiny::llama();
    let refusal = |path: PathBuf| {
        let settings = Settings { adapter: Some(Adapter { path, scale: 1.0 }), ..plain() };
        let error = tiny.refusal(&settings);
        assert!(error.hint().unwrap().contains("LoRA"));
        error.to_string()
    };
    let folder = tiny.folder.path();
    let other = refusal(tiny::adapter(folder, "qwen2", tiny::WIDTH));
    assert!(other.contains("of the kind `qwen2`, and this is `llama`"), "{other}");
    let wide = refusal(tiny::adapter(folder, "llama", 2 * tiny::WIDTH));
    assert!(wide.contains("`blk.0.attn_q.weight` has another shape"), "{wide}");
    assert!(refusal(tiny.path.clone()).contains("no LoRA"));
    assert!(refusal(folder.join("nowhere.gguf")).contains("cannot be read"));
    // A number where llama.cpp expects a text, at which it would abort.
    let mut file = tiny::Gguf::new("llama");
    file.number("general.type", 1);
    assert!(refusal(file.write(folder, "number.gguf")).contains("no LoRA"));
}

#[test]
fn whatever_shapes_cells_is_in_their_key() {
    let tiny = Tiny::llama();
    let adapter = |scale| {
        let path = tiny::adapter(tiny.folder.path(), "llama", tiny::WIDTH);
        Some(Adapter { path, scale })
    };
    let long = Settings { context: Tokens(1024), ..plain() };
    let yarn = |factor| Settings { rope: Rope::Yarn { factor, original: 0 }, ..long.clone() };
    let all = [
        plain(),
        Settings { cells: CellType::Q8_0, ..plain() },
        Settings { cells: CellType::Q4_0, ..plain() },
        Settings { flash: Flash::Off, ..plain() },
        yarn(2.0),
        yarn(3.0),
        Settings { rope: Rope::Yarn { factor: 3.0, original: 400 }, ..long.clone() },
        Settings { adapter: adapter(1.0), ..plain() },
        Settings { adapter: adapter(0.5), ..plain() },
    ];
    let mut shapes: Vec<String> = all.iter().map(|it| tiny.shape(it)).collect();
    shapes.sort();
    shapes.dedup();
    assert_eq!(shapes.len(), all.len(), "{shapes:#?}");
    // What cells do not depend on is not in it.
    let same = Settings { threads: 2, guess: false, ..long };
    assert_eq!(tiny.shape(&same), tiny.shape(&plain()));
}

#[test]
fn what_was_kept_with_other_settings_is_read_again() {
    let tiny = Tiny::llama();
    let cache = tempfile::tempdir().unwrap();
    let restored = |settings: Settings| {
        let settings = Settings { cache: Some(cache.path().to_owned()), ..settings };
        let engine = LocalEngine::start(&tiny.file(), settings).unwrap();
        let prompt = user(&"The keeper of the lighthouse is Ingrid. ".repeat(4));
        let sampling = Sampling { max_tokens: Tokens(4), ..Sampling::default() };
        let answer = engine.complete(&prompt, &sampling, &Cancel::default(), &mut |_| {}).unwrap();
        answer.usage.restored.0
    };
    let path = tiny::adapter(tiny.folder.path(), "llama", tiny::WIDTH);
    let adapter = Some(Adapter { path, scale: 1.0 });
    let rope = Rope::Yarn { factor: 2.0, original: 0 };
    let others = [
        Settings { cells: CellType::Q8_0, ..plain() },
        Settings { flash: Flash::Off, ..plain() },
        Settings { rope, context: Tokens(1024), ..plain() },
        Settings { adapter, ..plain() },
    ];
    assert_eq!(restored(plain()), 0);
    assert!(restored(plain()) > 100);
    for other in others {
        assert_eq!(restored(other.clone()), 0, "{other:?}");
        assert!(restored(other) > 100);
    }
}

#[test]
fn cells_get_smaller_where_memory_is_short() {
    let tiny = Tiny::llama();
    let facts = header::check(&tiny.path).unwrap();
    let settings = Settings { cells: CellType::Auto, ..plain() };
    let chosen = |ram| {
        let plan = Plan::of(&facts, &settings, &Free { ram, gpu: None }).unwrap();
        (plan.cells, plan.flash)
    };
    let needs = |cells| {
        let settings = Settings { cells, ..plain() };
        let plan = Plan::of(&facts, &settings, &Free::default()).unwrap();
        plan.estimate.unwrap().total()
    };
    assert_eq!(chosen(None), (CellType::F16, Flash::On));
    assert_eq!(chosen(Some(needs(CellType::F16))), (CellType::F16, Flash::On));
    assert_eq!(chosen(Some(needs(CellType::F16) - 1)), (CellType::Q8_0, Flash::On));
    assert_eq!(chosen(Some(needs(CellType::Q8_0) - 1)), (CellType::Q4_0, Flash::On));
    assert_eq!(chosen(Some(1)).0, CellType::Q4_0, "and its size is refused then");
}

#[test]
fn a_batch_is_ended_in_the_middle_and_read_again() {
    let kinds = [Tiny::llama(), Tiny::new(|it| tiny::sliding(it, 16)), Tiny::new(tiny::recurrent)];
    for (tiny, forgets) in kinds.iter().zip([false, false, true]) {
        let prepared = tiny.prepared(&plain());
        let weights = prepared.weights(&tiny.file()).unwrap();
        let context = prepared.context(&weights.model, None).unwrap();
        let mut cells = Cells::new(context, None, &weights.model, Limits::default());
        let prompt: Vec<LlamaToken> = (0..300).map(|at| LlamaToken(at * 79 % 256)).collect();
        let read = |cells: &mut Cells<'_>, end: usize, cancel: &Cancel| {
            let begun = cells.begin(&prompt, 8).unwrap();
            let tokens = &prompt[begun.held..end];
            let feed = Feed { line: begun.line, tokens, all_logits: false };
            let places = cells.decode_until(&[feed], cancel).unwrap();
            (begun.held, places.map(|places| cells.logits(places[0].start).to_vec()))
        };
        let (going, raised) = (Cancel::default(), Cancel::default());
        raised.cancel();
        let whole = read(&mut cells, 300, &going).1.unwrap();
        cells.clear();
        let half = read(&mut cells, 200, &going).1.unwrap();
        assert!(apart(&half, &whole) > 0.0);
        assert_eq!(read(&mut cells, 300, &raised), (200, None));
        let (held, again) = read(&mut cells, 300, &going);
        assert_eq!(held, if forgets { 0 } else { 200 });
        assert!(apart(&again.unwrap(), &whole) < 1e-3);
    }
}

#[test]
fn a_hybrid_says_the_same_with_guesses_and_without() {
    says_the_same_with_guesses(&Tiny::new(tiny::hybrid));
    says_the_same_with_guesses(&Tiny::new(tiny::hybrid_experts));
}

fn says_the_same_with_guesses(tiny: &Tiny) {
    let says = |guess| {
        // As a machine has it on which batches cost little.
        let costs = vec![(1, 100_000), (4, 101_000)];
        let settings = Settings { guess, costs, ..plain() };
        assert_eq!(tiny.prepared(&settings).plan.ahead.heads, guess);
        let engine = LocalEngine::start(&tiny.file(), settings).unwrap();
        let sampling = Sampling { max_tokens: Tokens(100), ..Sampling::default() };
        let questions = ["Where is the lighthouse?", "Who keeps it?", "abcabcabcabcabc"];
        let answer = |it: &str| {
            engine.complete(&user(it), &sampling, &Cancel::default(), &mut |_| {}).unwrap()
        };
        questions.map(answer)
    };
    let (with, without) = (says(true), says(false));
    for (with, without) in with.iter().zip(&without) {
        assert_eq!(with.text, without.text);
        assert_eq!(without.usage.drafted, Tokens(0));
    }
    // Later ones may not be: heads of random numbers are hardly ever right.
    assert!(with[0].usage.drafted > Tokens(0));
}

#[test]
fn a_state_goes_back_where_there_is_memory_for_it() {
    let tiny = Tiny::new(tiny::hybrid);
    let facts = header::check(&tiny.path).unwrap();
    let planned = |guess, ram| {
        let settings = Settings { guess, ..plain() };
        Plan::of(&facts, &settings, &Free { ram, gpu: None }).unwrap()
    };
    let bytes = |plan: &Plan| plan.estimate.unwrap().total();
    let (with, without) = (planned(true, None), planned(false, None));
    // Three layers of two heads with 32 by 32 numbers, and what the last three tokens were.
    let state = 3 * 4 * (2 * 32 * 32 + 3 * (64 + 128));
    let scores = 512 * 512 * 6;
    assert_eq!(bytes(&with) - bytes(&without), 3 * u64::from(load::MAX_STATES) * state + scores);
    assert!(with.ahead.heads && with.ahead.back == 3);
    let short = planned(true, Some(bytes(&with) - 1));
    assert_eq!((short.ahead, bytes(&short)), (without.ahead, bytes(&without)));
}

#[test]
fn a_recurrent_model_reads_what_two_prompts_share_once() {
    let tiny = Tiny::new(tiny::recurrent);
    let engine = LocalEngine::start(&tiny.file(), plain()).unwrap();
    let sampling = Sampling { max_tokens: Tokens(3), ..Sampling::default() };
    let usage = |prefill: &str| {
        let prompt = Prompt { prefill: prefill.to_owned(), ..user("one two three four five") };
        let answer = engine.complete(&prompt, &sampling, &Cancel::default(), &mut |_| {});
        answer.unwrap().usage
    };
    let first = usage("a b c");
    let second = usage("x y z");
    assert_eq!(first.cached, Tokens(0));
    assert!(second.prompt.saturating_sub(second.cached) < Tokens(8), "{second:?}");
    assert!(usage("").cached > Tokens(8));
}

#[test]
fn a_recurrent_model_writes_more_answers_than_it_has_states() {
    let tiny = Tiny::new(tiny::recurrent);
    let engine = LocalEngine::start(&tiny.file(), plain()).unwrap();
    let samplings: Vec<Sampling> = (0..7)
        .map(|seed| Sampling {
            temperature: 1.0,
            seed: seed % 6,
            max_tokens: Tokens(12),
            ..Sampling::default()
        })
        .collect();
    let prompt = user("Where?");
    let answers =
        engine.candidates(&prompt, &samplings, &Cancel::default(), &mut |_, _| {}).unwrap();
    assert_eq!(answers.len(), 7);
    assert_eq!(answers[0].text, answers[6].text, "the same seed says the same");
    assert!(answers.iter().all(|it| it.usage.completion > Tokens(0)));
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn texts_become_vectors_of_length_one() {
    for pooling in [1, 2] {
        let tiny = Tiny::new(|folder| tiny::bert(folder, pooling));
        let embedder = LocalEmbedder::start(&tiny.file(), &plain()).unwrap();
        let texts = ["a cat", "a cat", "the tide comes and goes", ""];
        let vectors = embedder.embed(&texts).unwrap();
        assert!(vectors.iter().all(|it| it.len() == tiny::WIDTH as usize));
        assert!(vectors.iter().all(|it| (dot(it, it) - 1.0).abs() < 1e-4));
        assert!(dot(&vectors[0], &vectors[1]) > 0.9999);
        assert!(dot(&vectors[0], &vectors[2]) < 0.99);
        // Alone or beside others, a text has the same vector.
        assert!(dot(&embedder.embed(&texts[2..3]).unwrap()[0], &vectors[2]) > 0.9999);
        assert_eq!(embedder.embed(&[]).unwrap(), Vec::<Vec<f32>>::new());
        let long = "a ".repeat(100);
        let error = embedder.embed(&["a", &long]).unwrap_err().to_string();
        assert!(error.contains("holds 64"), "{error}");
        assert!(embedder.rerank("a", &["b"]).is_err());
    }
}

#[test]
fn documents_are_scored_for_a_query() {
    let tiny = Tiny::new(|folder| tiny::bert(folder, 4));
    let embedder = LocalEmbedder::start(&tiny.file(), &plain()).unwrap();
    let documents = ["a cat", "the tide", "a cat"];
    let scores = embedder.rerank("where is the cat", &documents).unwrap();
    assert_eq!(scores.len(), 3);
    assert!((scores[0] - scores[2]).abs() < 1e-5 && (scores[0] - scores[1]).abs() > 1e-5);
    let other = embedder.rerank("tide", &documents).unwrap();
    assert!((scores[0] - other[0]).abs() > 1e-5, "the query matters");
    assert!(embedder.embed(&["a"]).is_err());
}

#[test]
fn who_reads_does_not_write_and_the_other_way_round() {
    let refusal = |tiny: &Tiny| tiny.refusal(&plain()).to_string();
    let bert = Tiny::new(|folder| tiny::bert(folder, 1));
    assert!(refusal(&bert).contains("turns texts into vectors and cannot write"));
    let llama = Tiny::llama();
    let error = LocalEmbedder::start(&llama.file(), &plain()).unwrap_err().to_string();
    assert!(error.contains("how it makes one vector"), "{error}");
    // llama.cpp would abort at a number that it does not know.
    let odd = Tiny::new(|folder| tiny::bert(folder, 9));
    assert!(LocalEmbedder::start(&odd.file(), &plain()).is_err());
}
