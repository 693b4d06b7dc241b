//! How long do searches and refreshes take? `cargo bench`, which prints a table.
//!
//! Runs on a generated tree, or on the repository that `COUNTERSIGN_BENCH_REPO` names, whose files
//! it leaves alone: what is measured by changing a file is measured in a generated tree only.
//! `COUNTERSIGN_BENCH_FILES` says how large the generated tree is, `COUNTERSIGN_BENCH_RUNS` how often
//! each row is run. The indexes of repositories are kept in the user's cache and used again.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a table is printed, and the generated tree is written"
)]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use countersign::config::Mode;
use countersign::index::{self, History, Index, Pace, Report, Settings, refresh};
use countersign::policy::{Actor, RuleTexts, Rules, may_read};
use countersign::repo::{self, Limits, Repo};
use countersign::retrieval::{Query, search};
use tempfile::TempDir;

/// What is looked for: words that code of any kind says often, so that no list of places is short.
const QUERIES: &str = include_str!("queries.txt");

type Done = Result<(), Box<dyn Error>>;

/// A repository and the folder of its index; what was generated goes when this is dropped.
struct Bench {
    repo: Repo,
    dir: PathBuf,
    texts: RuleTexts,
    rules: Rules,
    generated: Option<(TempDir, TempDir)>,
}

fn main() -> Done {
    let runs = number("COUNTERSIGN_BENCH_RUNS").unwrap_or(20);
    let bench = Bench::new()?;
    let report = bench.refresh()?;
    println!("{} files, {} chunks, {runs} runs each", report.files, report.chunks);
    println!("{:<28} {:>10} {:>10} {:>10}", "ms", "p50", "p95", "most");
    row("refresh, nothing changed", runs, || bench.refresh().map(drop))?;
    if bench.generated.is_some() {
        let file = bench.repo.root().join("src/m0/f0.rs");
        let mut text = fs::read_to_string(&file)?;
        row("refresh, one file changed", runs, || {
            text.push_str("// changed\n");
            fs::write(&file, &text)?;
            bench.refresh().map(drop)
        })?;
    }
    row("open", runs, || bench.open().map(drop))?;
    let history = bench.history()?;
    let queries: Vec<Query> = QUERIES.lines().map(Query::new).collect();
    row("open, and the first search", runs, || {
        search(&bench.open()?, &history, &queries[0], 20)?;
        Ok(())
    })?;
    let index = bench.open()?;
    let mut next = queries.iter().cycle();
    row("search, warm", runs.max(5) * queries.len(), || {
        if let Some(query) = next.next() {
            search(&index, &history, query, 20)?;
        }
        Ok(())
    })
}

impl Bench {
    fn new() -> Result<Self, Box<dyn Error>> {
        if let Some(root) = std::env::var_os("COUNTERSIGN_BENCH_REPO") {
            let repo = Repo::discover(Path::new(&root))?;
            let dir = index::folder(&repo)?;
            return Self::of(repo, dir, None);
        }
        let (root, dir) = (TempDir::new()?, TempDir::new()?);
        generate(root.path(), number("COUNTERSIGN_BENCH_FILES").unwrap_or(2000))?;
        let mut options = git2::RepositoryInitOptions::new();
        git2::Repository::init_opts(root.path(), options.external_template(false))?;
        let repo = Repo::discover(root.path())?;
        let path = dir.path().to_owned();
        Self::of(repo, path, Some((root, dir)))
    }

    fn of(
        repo: Repo,
        dir: PathBuf,
        generated: Option<(TempDir, TempDir)>,
    ) -> Result<Self, Box<dyn Error>> {
        let texts = RuleTexts::open(repo.root(), Mode::default())?;
        let rules = texts.rules()?;
        Ok(Self { repo, dir, texts, rules, generated })
    }

    fn refresh(&self) -> Result<Report, Box<dyn Error>> {
        let limits = Limits::default();
        let settings = Settings {
            dir: self.dir.clone(),
            list: &|old| repo::list(self.repo.root(), Some(self.repo.git()), &limits, old),
            may_read: &may_read(&self.rules, Actor::Agent),
            rulings: self.texts.digest(),
            progress: &|_, _| {},
            stop: &|| false,
        };
        Ok(refresh(self.repo.root(), &settings)?)
    }

    fn open(&self) -> Result<Index, Box<dyn Error>> {
        Ok(Index::open(&self.dir, self.repo.root())?)
    }

    fn history(&self) -> Result<History, Box<dyn Error>> {
        let pace = Pace { progress: &|_, _| {}, stop: &|| false };
        Ok(History::refresh(&self.repo, &self.dir, &pace)?)
    }
}

/// Runs `act` so often and prints how long it took.
fn row(name: &str, runs: usize, mut act: impl FnMut() -> Done) -> Done {
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        act()?;
        times.push(start.elapsed());
    }
    times.sort();
    let at = |share: usize| shown(times[(times.len() * share / 100).min(times.len() - 1)]);
    println!("{name:<28} {:>10} {:>10} {:>10}", at(50), at(95), at(100));
    Ok(())
}

fn shown(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

fn number(variable: &str) -> Option<usize> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Writes `count` files of functions whose names and comments are made of the words of the queries;
/// the same for the same count.
fn generate(root: &Path, count: usize) -> Done {
    const FUNCTIONS: usize = 12;
    const FILES_A_FOLDER: usize = 20;
    let words: Vec<&str> = QUERIES.split_whitespace().collect();
    let mut state = 1usize;
    let mut word = || {
        // The constants of Knuth's MMIX.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        words[(state >> 33) % words.len()]
    };
    for file in 0..count {
        let mut text = String::new();
        for nth in 0..FUNCTIONS {
            let said: Vec<&str> = (0..8).map(|_| word()).collect();
            text.push_str(&format!("/// {}\n", said.join(" ")));
            text.push_str(&format!("fn {}_{}_{nth}(a: u32) -> u32 {{\n", said[0], said[1]));
            text.push_str(&format!("    let {} = a + {file};\n    {}\n}}\n\n", said[2], said[2]));
        }
        let folder = root.join(format!("src/m{}", file / FILES_A_FOLDER));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("f{file}.rs")), text)?;
    }
    age(root)
}

/// Gives everything below `root` an old time: what was just written would be read again.
fn age(root: &Path) -> Done {
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            age(&entry.path())?;
        } else {
            fs::File::open(entry.path())?.set_modified(SystemTime::UNIX_EPOCH)?;
        }
    }
    Ok(fs::File::open(root)?.set_modified(SystemTime::UNIX_EPOCH)?)
}
