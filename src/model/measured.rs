//! What was measured of a model on this machine, kept beside its weights.
//!
//! It holds for these weights, this build of the engine and this machine; for others it is nothing.

use std::io::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::base::Digest;
use crate::model::{Demand, ENGINE, ModelError, Speed, Store, machine};

const FILE: &str = "measured.json";
/// Sizes of batches that are believed.
const MOST_COSTS: usize = 16;

/// Threads that run for each core, ours among them, beyond which batches were not measured alone.
const MOST_LOAD: f64 = 2.0;

/// For what it was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    sha256: Digest,
    engine: String,
    machine: String,
}

/// What was measured; what was not is empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Version of this record.
    v: u32,
    key: Key,
    /// What a token of this model costs.
    pub demand: Demand,
    /// Speeds by the number of threads, each the median of a few.
    pub speeds: Vec<Rate>,
    /// What a batch that writes costs, by its number of tokens.
    pub costs: Vec<Cost>,
    /// The longest prompt, in tokens, that is read within so many seconds.
    pub readable: Option<Readable>,
    /// How many of the small exercises in editing succeeded, by the form of the edits.
    #[serde(default)]
    pub edits: Vec<Practised>,
}

/// How fast so many threads are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    pub threads: u32,
    /// Tokens of a prompt read a second.
    pub reading: f64,
    /// Tokens written a second, one by one.
    pub writing: f64,
    /// Threads of others that ran meanwhile, as the system counts them.
    pub load: f64,
}

/// Seconds that the model needs for so many tokens at once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    pub tokens: usize,
    pub seconds: f64,
}

/// How exercises in editing went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Practised {
    /// The form that edits were asked for in.
    pub dialect: String,
    /// Edits that were what was asked for.
    pub passed: u32,
    /// Edits that could be applied, right or not.
    pub applied: u32,
    pub tried: u32,
}

/// A prompt that is read in time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Readable {
    pub tokens: u32,
    pub seconds: f64,
}

impl Measured {
    /// Nothing yet, for the weights with this digest.
    pub fn new(sha256: Digest, demand: Demand) -> Self {
        let key = Key { sha256, engine: ENGINE.to_owned(), machine: machine::name() };
        Self {
            v: 1,
            key,
            demand,
            speeds: Vec::new(),
            costs: Vec::new(),
            readable: None,
            edits: Vec::new(),
        }
    }

    /// What is kept of the installed model `name`, if it still holds.
    pub fn of(store: &Store, name: &str) -> Option<Self> {
        let sha256 = store.find(name).ok()??.record?.sha256;
        let bytes = std::fs::read(path(store, name).ok()?).ok()?;
        let measured: Self = serde_json::from_slice(&bytes).ok()?;
        let nothing = Self::new(sha256, measured.demand);
        let usable = |number: f64| number.is_finite() && number > 0.0;
        let sound = measured.speeds.iter().all(|it| usable(it.reading) && usable(it.writing))
            && measured.costs.iter().all(|it| usable(it.seconds))
            && measured.costs.len() <= MOST_COSTS;
        (measured.key == nothing.key && measured.v == nothing.v && sound).then_some(measured)
    }

    /// Keeps it with the installed model `name`.
    pub fn keep(&self, store: &Store, name: &str) -> Result<(), ModelError> {
        let path = path(store, name)?;
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        let folder = path.parent().unwrap_or(store.folder());
        let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.persist(&path).map_err(|error| error.error)
        });
        written.map(drop).map_err(ModelError::io("write", path))
    }

    /// Adds how fast so many threads were; a new measurement replaces the old one.
    pub fn add(&mut self, threads: u32, speeds: &[Speed]) {
        let middle = |of: fn(&Speed) -> f64| median(speeds.iter().map(of).collect());
        let (reading, writing) = (middle(Speed::reading), middle(Speed::writing));
        self.speeds.retain(|rate| rate.threads != threads);
        self.speeds.push(Rate { threads, reading, writing, load: machine::load().unwrap_or(0.0) });
        self.speeds.sort_by_key(|rate| rate.threads);
    }

    /// What batches cost, in microseconds, as the engine wants it; nothing where others disturbed so
    /// much that batches looked dear which are not: the engine would never try them again.
    pub fn micros(&self) -> Vec<(usize, u64)> {
        let most = f64::from(machine::physical_cores()) * MOST_LOAD;
        if self.best().is_none_or(|rate| rate.load > most) {
            return Vec::new();
        }
        let micros = |seconds: f64| (seconds * 1e6).clamp(1.0, 1e12) as u64;
        self.costs.iter().map(|cost| (cost.tokens, micros(cost.seconds))).collect()
    }

    /// The number of threads that is best: what it writes counts as much as what it reads.
    pub fn best(&self) -> Option<&Rate> {
        let worth = |rate: &&Rate| rate.reading * rate.writing;
        self.speeds.iter().max_by(|a, b| worth(a).total_cmp(&worth(b)))
    }
}

fn path(store: &Store, name: &str) -> Result<PathBuf, ModelError> {
    Ok(store.folder_of(name)?.join(FILE))
}

/// The middle of `values`; NaN of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Tokens;

    fn speed(reading: u32, writing: u32) -> Speed {
        Speed {
            prompt: Tokens(reading),
            prompt_s: 1.0,
            prompt_cpu_s: 1.0,
            written: Tokens(writing),
            written_s: 1.0,
            written_cpu_s: 1.0,
        }
    }

    #[test]
    fn holds_for_the_same_weights_only() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        let weights = |bytes: &[u8]| {
            let path = store.weights_of("m").unwrap();
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::File::create(path).unwrap().write_all(bytes).unwrap();
            let digest = Digest::of(bytes);
            store.write_record("m", digest, None, "test".into()).unwrap();
            digest
        };
        let mut measured = Measured::new(weights(b"one"), Demand::default());
        measured.add(1, &[speed(100, 10), speed(300, 30), speed(200, 20)]);
        measured.add(2, &[speed(190, 19)]);
        measured.keep(&store, "m").unwrap();
        let kept = Measured::of(&store, "m").unwrap();
        assert_eq!(kept, measured);
        assert_eq!(kept.best().map(|rate| (rate.threads, rate.reading)), Some((1, 200.0)));
        weights(b"two");
        assert_eq!(Measured::of(&store, "m"), None);
    }

    #[test]
    fn what_cannot_be_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::at(folder.path());
        let path = store.weights_of("m").unwrap();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::File::create(path).unwrap();
        let digest = Digest::of(b"");
        store.write_record("m", digest, None, "test".into()).unwrap();
        let mut measured = Measured::new(digest, Demand::default());
        measured.costs.push(Cost { tokens: 1, seconds: 0.0 });
        measured.keep(&store, "m").unwrap();
        assert_eq!(Measured::of(&store, "m"), None);
    }
}
