//! Measures what suits a model on this machine: threads, batches of guesses, the longest prompt that
//! is read in time. Every result is handed out as soon as it is there.

use crate::base::{Digest, Tokens};
use crate::model::local::BATCH_SIZES;
use crate::model::{
    Cancel, Cost, Demand, Engine, EngineError, Load, LocalEngine, Measured, ModelFile, Readable,
    Settings, Speed,
};

/// How often each thing is measured; the middle counts.
const RUNS: usize = 3;
/// What speeds are measured with.
const LOAD: Load = Load { prompt: Tokens(128), written: Tokens(16) };
/// What takes longer, in seconds, is measured once.
const SLOW_S: f64 = 8.0;
/// The lengths that tell how much slower long prompts are read.
const SHORT: u32 = 256;
const LONG: u32 = 1024;

/// What is measured now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Threads(u32),
    Batch(usize),
    Prompt(u32),
}

/// How to go about it.
pub struct Calibration<'a> {
    pub file: &'a ModelFile,
    pub settings: Settings,
    /// Threads are tried up to this number.
    pub most_threads: u32,
    /// Seconds that a person waits for a prompt to be read.
    pub patience_s: f64,
    pub cancel: &'a Cancel,
}

/// Numbers of threads that are worth a try: powers of two, and all.
fn candidates(most: u32) -> Vec<u32> {
    let powers =
        (0..u32::BITS).map(|power| 1 << power).take_while(|threads| *threads < most.max(1));
    powers.chain([most.max(1)]).collect()
}

impl Calibration<'_> {
    /// Measures until all is known or somebody cancels; gives the engine with the best number of
    /// threads. `on_stage` hears what begins, `on_result` what is known so far.
    pub fn run(
        &self,
        digest: Digest,
        demand: Demand,
        on_stage: &mut dyn FnMut(Stage),
        on_result: &mut dyn FnMut(&Measured),
    ) -> Result<(LocalEngine, Measured), EngineError> {
        let mut measured = Measured::new(digest, demand);
        for threads in candidates(self.most_threads) {
            if self.cancel.is_cancelled() {
                break;
            }
            on_stage(Stage::Threads(threads));
            let engine = self.engine(threads)?;
            measured.add(threads, &self.speeds(&engine)?);
            on_result(&measured);
        }
        let best = measured.best().map_or(1, |rate| rate.threads);
        let engine = self.engine(best)?;
        engine.measure(Load { prompt: Tokens(16), written: Tokens(4) })?;
        for tokens in BATCH_SIZES {
            if self.cancel.is_cancelled() {
                break;
            }
            on_stage(Stage::Batch(tokens));
            let seconds = engine.measure_batch(tokens)?;
            measured.costs.push(Cost { tokens, seconds });
            on_result(&measured);
        }
        if let Some(readable) = self.readable(&engine, on_stage)? {
            measured.readable = Some(readable);
            on_result(&measured);
        }
        Ok((engine, measured))
    }

    fn engine(&self, threads: u32) -> Result<LocalEngine, EngineError> {
        LocalEngine::start(self.file, Settings { threads, ..self.settings.clone() })
    }

    fn speeds(&self, engine: &LocalEngine) -> Result<Vec<Speed>, EngineError> {
        // The first run pays for pages of the weights that nobody has touched.
        engine.measure(Load { prompt: Tokens(16), written: Tokens(4) })?;
        let mut speeds = vec![engine.measure(LOAD)?];
        let slow = speeds[0].prompt_s + speeds[0].written_s > SLOW_S;
        while !slow && speeds.len() < RUNS && !self.cancel.is_cancelled() {
            speeds.push(engine.measure(LOAD)?);
        }
        Ok(speeds)
    }

    /// The longest prompt that is read in time, computed from two lengths.
    fn readable(
        &self,
        engine: &LocalEngine,
        on_stage: &mut dyn FnMut(Stage),
    ) -> Result<Option<Readable>, EngineError> {
        let mut time = |length| {
            on_stage(Stage::Prompt(length));
            let load = Load { prompt: Tokens(length), written: Tokens(1) };
            engine.measure(load).map(|speed| speed.prompt_s)
        };
        if self.cancel.is_cancelled() || engine.info().context <= Tokens(SHORT) {
            return Ok(None);
        }
        let short = time(SHORT)?;
        if self.cancel.is_cancelled() {
            return Ok(None);
        }
        // On a slow machine long prompts are not waited for, and where the model takes none they cannot be
        // read: all tokens cost what the first do then.
        let likely = short * f64::from(LONG / SHORT);
        let fits = engine.info().context > Tokens(LONG);
        let long = if short > SLOW_S || !fits { likely } else { time(LONG)? };
        let most = self.settings.context.0;
        let tokens = longest((SHORT, short), (LONG, long), self.patience_s).min(most);
        Ok(Some(Readable { tokens, seconds: self.patience_s }))
    }
}

/// The length that is read in `seconds`, where `a` and `b` are lengths and their times: each token
/// costs what the first one does, and a bit for every token before it.
fn longest(a: (u32, f64), b: (u32, f64), seconds: f64) -> u32 {
    let (n, m) = (f64::from(a.0), f64::from(b.0));
    // Time is first * n + more * n * n.
    let more = ((b.1 / m - a.1 / n) / (m - n)).max(0.0);
    let first = (a.1 / n - more * n).max(1e-9);
    let tokens = if more * seconds < first * first * 1e-6 {
        seconds / first
    } else {
        ((first * first + 4.0 * more * seconds).sqrt() - first) / (2.0 * more)
    };
    tokens.clamp(0.0, 1e9) as u32 / 256 * 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_are_tried() {
        assert_eq!(candidates(1), [1]);
        assert_eq!(candidates(2), [1, 2]);
        assert_eq!(candidates(6), [1, 2, 4, 6]);
        assert_eq!(candidates(0), [1]);
    }

    #[test]
    fn long_prompts_cost_more_than_their_length() {
        assert_eq!(longest((256, 2.56), (1024, 10.24), 30.0), 2816, "100 a second, all the way");
        // 10 ms for each token and 10 us for each before it: n/100 + n*n/100000 = 30.
        let time = |n: u32| f64::from(n) / 100.0 + f64::from(n) * f64::from(n) / 1e5;
        let found = longest((256, time(256)), (1024, time(1024)), 30.0);
        assert!(time(found) <= 30.0 && time(found + 256) > 30.0, "{found}");
        assert_eq!(longest((256, 3.0), (1024, 11.0), 30.0) % 256, 0, "noise does no harm");
    }
}
