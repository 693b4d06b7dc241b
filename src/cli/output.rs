//! Where a command runs and how it speaks: data to stdout, talk to stderr.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Instant;

use anstyle::{AnsiColor, Style};
use clap::ColorChoice;

use crate::cli::args::Global;
use crate::cli::{ExitCode, Failure};
use crate::config::{Config, Mode, Sources};
use crate::policy::{RuleTexts, Rules};
use crate::repo::{Repo, RepoError};

/// What every command is given.
#[derive(Debug)]
pub struct Context {
    /// Where the command runs, after `-C`.
    pub dir: PathBuf,
    /// The global flags as typed.
    pub global: Global,
    pub out: Output,
    /// When the command began.
    pub started: Instant,
    config: OnceLock<Config>,
}

impl Context {
    /// Reads what the flags and the environment say about output.
    pub fn new(global: &Global) -> Self {
        match global.color {
            ColorChoice::Auto => {}
            ColorChoice::Always => anstream::ColorChoice::Always.write_global(),
            ColorChoice::Never => anstream::ColorChoice::Never.write_global(),
        }
        Self {
            dir: global.dir.clone().unwrap_or_else(|| PathBuf::from(".")),
            global: global.clone(),
            out: Output { json: global.json, quiet: global.quiet },
            started: Instant::now(),
            config: OnceLock::new(),
        }
    }

    /// The same for work behind a screen, which is talked over by nobody.
    pub(crate) fn quiet(&self) -> Self {
        let out = Output { quiet: true, ..self.out };
        Self { out, dir: self.dir.clone(), ..Self::new(&self.global) }
    }

    /// The configuration, read when it is first asked for. Outside of a repository it is without
    /// the repository's layer.
    pub fn config(&self) -> Result<&Config, Failure> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let config = self.load_config()?;
        for ignored in &config.ignored {
            let (key, origin) = (&ignored.setting.key, &ignored.setting.origin);
            self.out.warn(&format!("{origin}: `{key}` is not heeded: {}", ignored.why));
        }
        Ok(self.config.get_or_init(|| config))
    }

    fn load_config(&self) -> Result<Config, Failure> {
        let root = Repo::discover(&self.dir).ok().map(|repo| repo.root().to_owned());
        let load = || {
            let arguments = self.global.settings()?;
            Config::load(&Sources { arguments, ..Sources::gather(root.as_deref())? })
        };
        load().map_err(|error| {
            let code = if error.is_usage() { ExitCode::Usage } else { ExitCode::Failed };
            Failure::from(error).code(code)
        })
    }

    /// The rules in force where the command runs, in `mode`, for what needs no repository. Those at
    /// the root of one hold in all of its folders.
    pub fn rules_here(&self, mode: Mode) -> Result<Rules, Failure> {
        use RepoError::{Bare, NoDirectory, NotARepository};
        let root = match Repo::discover(&self.dir) {
            Ok(repo) => repo.root().to_owned(),
            Err(NotARepository(_) | NoDirectory(_) | Bare(_)) => self.dir.clone(),
            Err(error) => return Err(error.into()),
        };
        Ok(Rules::open(&root, mode)?)
    }

    /// The rules in force in `repo`, in the mode that the configuration says.
    pub fn rules(&self, repo: &Repo) -> Result<Rules, Failure> {
        Ok(self.rule_texts(repo)?.rules()?)
    }

    /// The texts of these rules.
    pub fn rule_texts(&self, repo: &Repo) -> Result<RuleTexts, Failure> {
        Ok(RuleTexts::open(repo.root(), self.config()?.policy.mode)?)
    }
}

/// How to speak.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// Data as JSON.
    pub json: bool,
    /// Only results and errors.
    pub quiet: bool,
}

impl Output {
    /// Writes `text` to stdout as it is (styles are dropped where they are not wanted).
    pub fn data(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = anstream::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(from_stdout)
    }

    /// Writes bytes to stdout, for contents that may be no UTF-8.
    pub fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(from_stdout)
    }

    /// Writes `value` to stdout as one JSON document.
    pub fn document(&self, value: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| Failure::new(error.to_string()).code(ExitCode::Bug))?;
        self.bytes(format!("{text}\n").as_bytes())
    }

    /// Writes `value` to stdout as one JSON line.
    pub fn line(&self, value: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value)
            .map_err(|error| Failure::new(error.to_string()).code(ExitCode::Bug))?;
        self.bytes(format!("{text}\n").as_bytes())
    }

    /// Says `text` on stderr unless it was asked to be quiet. A stderr that is gone is no error.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// Warns on stderr.
    pub fn warn(&self, text: &str) {
        let style = AnsiColor::Yellow.on_default().bold();
        let _ = writeln!(anstream::stderr(), "{style}warning{style:#}: {text}");
    }

    /// Prints the failure, if there is one, and gives the exit code.
    pub fn finish(&self, result: Result<ExitCode, Failure>) -> ExitCode {
        match result {
            Ok(code) => code,
            Err(failure) if failure.silent => ExitCode::Done,
            Err(failure) => {
                self.complain(&failure);
                failure.code
            }
        }
    }

    fn complain(&self, failure: &Failure) {
        let mut text = String::new();
        let mut part = |label: &str, style: Style, words: &str| {
            // Messages name files and quote lines of a repository.
            let words: Vec<String> = words.split('\n').map(printable).collect();
            text.push_str(&format!("{style}{label}{style:#}: {}\n", words.join("\n")));
        };
        part("error", AnsiColor::Red.on_default().bold(), &failure.message);
        for cause in &failure.causes {
            part("cause", AnsiColor::Red.on_default(), cause);
        }
        if let Some(hint) = &failure.hint {
            part("hint", AnsiColor::Cyan.on_default(), hint);
        }
        let _ = anstream::stderr().write_all(text.as_bytes());
    }
}

fn from_stdout(error: io::Error) -> Failure {
    let mut failure = Failure::new(format!("cannot write to stdout: {error}"));
    failure.silent = error.kind() == io::ErrorKind::BrokenPipe;
    failure
}

/// `text` on one line with nothing in it that could move a cursor or hide what it says: control
/// characters and marks that turn the direction of writing are escaped.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}
