//! Which models run on this machine, at which context, and about how fast.
//!
//! Speeds are computed: to write a token all weights that it goes through are read from memory; to
//! read one of a prompt they are multiplied. What this machine gives a second is taken from models
//! that were measured here, else from a short probe.

use serde::Serialize;

use crate::base::Tokens;
use crate::model::catalogue::{Entry, catalogue};
use crate::model::local::{SLOW_TO_READ, SLOW_TO_WRITE};
use crate::model::machine::{self, Memory};
use crate::model::probe::Probe;
use crate::model::{Demand, Installed, Measured, ModelError, Settings, Store, demand, estimate};

/// What kernels get for one byte that a plain sum reads in the same time, and for one multiplication
/// in single precision: theirs are of small whole numbers. Fitted to three models on one busy machine
/// with VNNI, which others were using, too; the share without VNNI is a guess.
const READ_SHARE: f64 = 1.5;
const MULTIPLIED_SHARE: f64 = 1.7;
const MULTIPLIED_SHARE_VNNI: f64 = 3.4;
/// Shares of a file in the usual mix of Q4_K with Q6_K that count more than once: of its bytes, of its
/// weights.
const SLOW_BYTES: f64 = 0.25;
const SLOW_WEIGHTS: f64 = 0.15;
/// Slower writers come behind smaller models.
const PATIENT: f64 = 3.0;

/// What the machine gives a second.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rates {
    /// Bytes of weights read to write.
    pub bytes_s: f64,
    /// Weights multiplied to read.
    pub multiplied_s: f64,
    /// The measured model that says so, and how much it reads for a token; else it was the probe.
    pub from: Option<String>,
}

/// What is known of one model here.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    pub name: String,
    pub quantization: Option<String>,
    pub installed: bool,
    /// Bytes of the file, and whether that is rounded.
    pub bytes: u64,
    pub rounded: bool,
    /// Bytes of memory with the context that was asked for.
    pub memory: u64,
    pub context: Tokens,
    /// The longest context that the memory holds.
    pub longest: Option<Tokens>,
    /// Why it does not run; none if it does.
    pub why_not: Option<String>,
    /// Tokens a second.
    pub reading: Option<f64>,
    pub writing: Option<f64>,
    /// Whether the speeds were measured with this model, and not computed.
    pub measured: bool,
    /// The rank for edits.
    pub edits: u32,
}

/// What there is to run on.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    pub memory: Option<Memory>,
    /// Bytes of disk where models lie.
    pub disk: Option<u64>,
}

/// What the machine gives, from the largest model that was measured here, else from `probe`.
pub fn rates(store: &Store, probe: &Probe) -> Result<Rates, ModelError> {
    let installed = store.installed()?.into_iter();
    let measured = installed.filter_map(|it| Some((Measured::of(store, &it.name)?, it.name)));
    let known =
        measured.filter_map(|(measured, name)| Some((rates_of(&measured)?, measured, name)));
    let largest = known.max_by_key(|(_, measured, _)| measured.demand.bytes);
    Ok(match largest {
        Some(((bytes_s, multiplied_s), _, name)) => {
            Rates { bytes_s, multiplied_s, from: Some(name) }
        }
        None => Rates {
            bytes_s: probe.bytes_s * READ_SHARE,
            multiplied_s: probe.multiplied_s * multiplied_share(),
            from: None,
        },
    })
}

fn multiplied_share() -> f64 {
    let vnni = machine::instruction_sets().contains(&"avx512vnni");
    if vnni { MULTIPLIED_SHARE_VNNI } else { MULTIPLIED_SHARE }
}

/// Bytes and multiplications a second that `measured` comes to.
fn rates_of(measured: &Measured) -> Option<(f64, f64)> {
    let best = measured.best()?;
    let demand = measured.demand;
    let rates = (best.writing * demand.bytes as f64, best.reading * demand.read as f64);
    (rates.0 > 0.0 && rates.1 > 0.0).then_some(rates)
}

/// All models that are here or can be fetched, the best that runs first.
pub fn fits(
    store: &Store,
    machine: &Machine,
    rates: &Rates,
    settings: &Settings,
) -> Result<Vec<Fit>, ModelError> {
    let installed = store.installed()?;
    let entries = catalogue();
    let find = |name: &str| entries.iter().find(|entry| entry.name == name);
    let here = installed.iter().map(|model| {
        let measured = Measured::of(store, &model.name);
        of_installed(model, find(&model.name), measured.as_ref(), machine, rates, settings)
    });
    let missing = entries.iter().filter(|entry| installed.iter().all(|it| it.name != entry.name));
    let there = missing.map(|entry| of_entry(entry, machine, rates, settings.context));
    let mut all: Vec<Fit> = here.chain(there).collect();
    let patient = |fit: &Fit| fit.writing.is_none_or(|writing| writing >= PATIENT);
    let rank = |fit: &Fit| (fit.why_not.is_none(), patient(fit), fit.edits);
    all.sort_by(|a, b| rank(b).cmp(&rank(a)).then_with(|| a.name.cmp(&b.name)));
    Ok(all)
}

fn of_installed(
    model: &Installed,
    entry: Option<&Entry>,
    measured: Option<&Measured>,
    machine: &Machine,
    rates: &Rates,
    settings: &Settings,
) -> Fit {
    let demand = measured.map(|measured| measured.demand).or_else(|| demand(&model.path));
    let available = machine.memory.map(|memory| memory.available);
    let estimate = estimate(&model.path, settings, available);
    let memory = estimate.map_or(model.bytes, |estimate| estimate.total());
    let longest = estimate.zip(available).and_then(|(it, available)| it.longest_context(available));
    let trained = entry.map_or(Tokens(u32::MAX), |entry| entry.context);
    let best = measured.and_then(Measured::best);
    let computed = demand.map(|demand| speeds(&demand, rates));
    Fit {
        name: model.name.clone(),
        quantization: entry.and_then(quantization),
        installed: true,
        bytes: model.bytes,
        rounded: false,
        memory,
        context: settings.context.min(trained),
        longest: longest.map(|longest| longest.min(trained)),
        why_not: too_large(memory, available),
        reading: best.map(|best| best.reading).or(computed.map(|it| it.0)),
        writing: best.map(|best| best.writing).or(computed.map(|it| it.1)),
        measured: best.is_some(),
        edits: entry.map_or(1, |entry| entry.edits),
    }
}

fn of_entry(entry: &Entry, machine: &Machine, rates: &Rates, context: Tokens) -> Fit {
    /// Tokens of context that the catalogue's figure is for.
    const COUNTED: u64 = 8192;
    /// Bytes to work with beside the weights.
    const WORKING: u64 = 400_000_000;
    let context = context.min(entry.context);
    let cells = u64::from(context.0) * entry.token;
    let available = machine.memory.map(|memory| memory.available);
    let whole = entry.memory.saturating_sub(COUNTED * entry.token);
    // Copies of weights in another order are left out where they do not fit.
    let is_short = available.is_some_and(|available| whole + cells > available);
    let fixed = if is_short { whole.min(entry.bytes + WORKING) } else { whole };
    let memory = fixed + cells;
    let room = available.map(|available| available.saturating_sub(fixed) / entry.token.max(1));
    let longest = room.and_then(|tokens| u32::try_from(tokens / 256 * 256).ok()).map(Tokens);
    let no_disk = machine.disk.filter(|free| *free < entry.bytes);
    let no_disk =
        no_disk.map(|free| format!("disk: {} needed, {} free", gb(entry.bytes), gb(free)));
    let (reading, writing) = speeds(&expected(entry), rates);
    Fit {
        name: entry.name.clone(),
        quantization: quantization(entry),
        installed: false,
        bytes: entry.bytes,
        rounded: entry.is_rounded(),
        memory,
        context,
        longest: longest.map(|longest| longest.min(entry.context)).filter(|it| it.0 > 0),
        why_not: too_large(memory, available).or(no_disk),
        reading: Some(reading),
        writing: Some(writing),
        measured: false,
        edits: entry.edits,
    }
}

/// What a token of a model costs whose file is not here.
fn expected(entry: &Entry) -> Demand {
    let mixed = quantization(entry).is_some_and(|it| it.starts_with("Q4_K") || it == "Q4_0");
    let (bytes, weights) = if mixed { (SLOW_BYTES, SLOW_WEIGHTS) } else { (1.0, 1.0) };
    let times = |slow: u64, share: f64| 1.0 + (slow - 1) as f64 * share;
    let active = entry.active as f64;
    let of_file = active / entry.parameters.max(1) as f64;
    Demand {
        bytes: (entry.bytes as f64 * of_file * times(SLOW_TO_WRITE, bytes)) as u64,
        read: (active * times(SLOW_TO_READ, weights)) as u64,
    }
}

/// Tokens read and written a second.
fn speeds(demand: &Demand, rates: &Rates) -> (f64, f64) {
    let reading = rates.multiplied_s / demand.read.max(1) as f64;
    (reading, rates.bytes_s / demand.bytes.max(1) as f64)
}

fn too_large(memory: u64, available: Option<u64>) -> Option<String> {
    let available = available.filter(|available| *available < memory)?;
    Some(format!("memory: {} needed, {} free", gb(memory), gb(available)))
}

/// The quantization, from the names in the catalogue.
fn quantization(entry: &Entry) -> Option<String> {
    let file = entry.hub.as_ref().map(|hub| hub.file.as_str())?;
    crate::model::pull::quantization(file)
}

fn gb(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

/// The machine as it is now; `store` says which disk counts.
pub fn here(store: &Store) -> Machine {
    Machine { memory: machine::memory(), disk: machine::free_disk(store.folder()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        (folder, store)
    }

    #[track_caller]
    fn all(memory: u64, disk: u64) -> Vec<Fit> {
        let (_folder, store) = empty();
        let probe = Probe { threads: 1, bytes_s: 1e10 / READ_SHARE, multiplied_s: 2e11 };
        let rates = rates(&store, &probe).unwrap();
        let memory = Some(Memory { total: memory, available: memory });
        let machine = Machine { memory, disk: Some(disk) };
        fits(&store, &machine, &rates, &Settings::default()).unwrap()
    }

    #[test]
    fn the_best_that_runs_comes_first() {
        let names = |fits: &[Fit]| fits.iter().map(|fit| fit.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&all(64_000_000_000, u64::MAX))[0], "qwen3-coder-30b-a3b");
        let small = all(3_000_000_000, u64::MAX);
        assert_eq!(names(&small)[0], "qwen2.5-coder-1.5b");
        let why = small.iter().find(|fit| fit.name == "qwen2.5-coder-7b").unwrap().why_not.clone();
        assert_eq!(why.as_deref(), Some("memory: 5.5 GB needed, 3.0 GB free"));
        let full = all(64_000_000_000, 1_000_000_000);
        let why = full.iter().find(|fit| fit.name == "qwen2.5-coder-7b").unwrap().why_not.clone();
        assert_eq!(why.as_deref(), Some("disk: 4.7 GB needed, 1.0 GB free"));
    }

    #[test]
    fn a_mixture_is_as_fast_as_what_it_asks() {
        let fits = all(64_000_000_000, u64::MAX);
        let writing = |name: &str| {
            fits.iter().find(|fit| fit.name == name).and_then(|fit| fit.writing).unwrap()
        };
        // 10 GB a second for 4.68 GB of a dense model, and for 3.3 of 30.5 billion weights; a quarter
        // of the bytes counts three times.
        assert!((writing("qwen2.5-coder-7b") - 1e10 / (4.68e9 * 1.5)).abs() < 1e-6);
        assert!((writing("qwen3-coder-30b-a3b") - 1e10 / (18.6e9 * 1.5 * 3.3 / 30.5)).abs() < 0.01);
    }

    #[test]
    fn longer_contexts_need_their_keys_and_values() {
        let fits = all(10_000_000_000, u64::MAX);
        let seven = fits.iter().find(|fit| fit.name == "qwen2.5-coder-7b").unwrap();
        // 2 GB more than 8192 tokens need, at 57344 bytes a token.
        let more = 2_000_000_000 / 57344;
        assert_eq!(seven.longest, Some(Tokens(32768.min((8192 + more) / 256 * 256))));
    }

    #[test]
    fn measured_speeds_are_scaled_and_shown_as_they_are() {
        let (_folder, store) = empty();
        let path = store.weights_of("mine").unwrap();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::File::create(path).unwrap();
        let digest = crate::base::Digest::of(b"");
        store.write_record("mine", digest, None, "test".into()).unwrap();
        let demand = Demand { bytes: 1_000_000_000, read: 2_000_000_000 };
        let mut measured = Measured::new(digest, demand);
        let rate =
            crate::model::measured::Rate { threads: 2, reading: 50.0, writing: 9.0, load: 0.0 };
        measured.speeds.push(rate);
        measured.keep(&store, "mine").unwrap();
        let probe = Probe { threads: 1, bytes_s: 1.0, multiplied_s: 1.0 };
        let rates = rates(&store, &probe).unwrap();
        assert_eq!(rates, Rates { bytes_s: 9e9, multiplied_s: 1e11, from: Some("mine".into()) });
        let machine = Machine { memory: None, disk: None };
        let fits = fits(&store, &machine, &rates, &Settings::default()).unwrap();
        let mine = fits.iter().find(|fit| fit.name == "mine").unwrap();
        assert_eq!((mine.measured, mine.writing), (true, Some(9.0)));
    }
}
