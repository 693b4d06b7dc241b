//! The rules in force: built in, the user's, the repository's, and the mode.
//!
//! How they are read: a plain `forbid` wins; what no `permit` covers is denied; of what is left, a
//! rule with `@ask` asks a person; the rest is allowed. A repository's file may only forbid, so
//! nothing in a clone can ever allow more than its user allows.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::{Path, PathBuf};

use cedar_policy::{Effect, Policy, PolicyId, Schema};
use serde::Serialize;

use crate::base::{Hint, RepoPath};
use crate::config::Mode;
use crate::policy::cedar::{self, Bench, CedarError, Question, Words};
use crate::policy::statements::{Statement, statements};
use crate::policy::{Action, Actor, ReadPath, RuleTexts, Ruling, guard, judge};

/// Whose policy it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    BuiltIn,
    User,
    Repository,
}

/// A policy file, read.
#[derive(Clone, Debug)]
pub struct PolicyFile {
    pub layer: Layer,
    /// Where it was read, for messages.
    pub name: String,
    pub text: String,
}

/// What is known of one rule besides what Cedar knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// From `@id`, or its file and line.
    pub id: String,
    pub layer: Layer,
    pub file: String,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// Permits rather than forbids.
    pub permits: bool,
    /// What a person is asked, from `@ask`.
    pub ask: Option<String>,
    /// From `@why`.
    pub why: Option<String>,
    /// The statement as written.
    pub text: String,
}

/// Why the rules cannot be used. Nothing is allowed by rules that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("cannot read the policy `{path}`")]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{file}:{line}: this is no policy")]
    Syntax {
        file: String,
        line: usize,
        #[source]
        source: CedarError,
    },
    #[error("{file}:{line}: this policy can never work: {why}")]
    Misuse { file: String, line: usize, why: String },
    #[error("{file}:{line}: a repository's policy may only forbid, and this permits")]
    Loosens { file: String, line: usize },
    #[error("{file}:{line}: there is another rule `{id}`")]
    SameId { file: String, line: usize, id: String },
    #[error("the schema of the policies cannot be read")]
    Schema(#[source] CedarError),
}

impl Hint for PolicyError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } | Self::Schema(_) => None,
            Self::Syntax { .. } => {
                Some("run `countersign init` in an empty repository for one that works".into())
            }
            Self::Misuse { .. } => Some(
                "name the actions it is for: files have `path`, `folded`, `name`, `extension` and \
                 `dir`, commands `line` and `program`, hosts `host` and `purpose`; in the context, \
                 `mode`, and for commands `confined` and `found`"
                    .into(),
            ),
            Self::Loosens { .. } => {
                Some("move it to your own `policy.cedar`, next to your `config.toml`".into())
            }
            Self::SameId { .. } => Some("give the rule another `@id`".into()),
        }
    }
}

/// What the rules say of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) answer: Answer,
    pub(super) rule: String,
    pub(super) why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Allow,
    Ask,
    Deny,
}

/// The rules in force.
#[derive(Debug)]
pub struct Rules {
    mode: Mode,
    rules: BTreeMap<String, Rule>,
    /// By the name of the action.
    benches: BTreeMap<&'static str, Bench>,
    words: Words,
}

impl Rules {
    /// The text of the built-in rules.
    pub(super) const BUILT_IN: &str = include_str!("default.cedar");

    /// The built-in rules alone.
    pub fn built_in(mode: Mode) -> Result<Self, PolicyError> {
        Self::load(&[], mode)
    }

    /// The built-in rules with those of the user and of the repository whose work tree is `root`.
    pub fn open(root: &Path, mode: Mode) -> Result<Self, PolicyError> {
        RuleTexts::open(root, mode)?.rules()
    }

    /// The built-in rules with those of `files`.
    pub fn load(files: &[PolicyFile], mode: Mode) -> Result<Self, PolicyError> {
        let schema = cedar::schema().map_err(PolicyError::Schema)?;
        let built_in = PolicyFile {
            layer: Layer::BuiltIn,
            name: "default.cedar".to_owned(),
            text: Self::BUILT_IN.to_owned(),
        };
        let benches = Action::NAMES.into_iter().map(|name| (name, Bench::default())).collect();
        let words = Words::new().map_err(PolicyError::Schema)?;
        let mut rules = Self { mode, rules: BTreeMap::new(), benches, words };
        for file in [&built_in].into_iter().chain(files) {
            for statement in statements(&file.text) {
                rules.add(&schema, file, &statement)?;
            }
        }
        Ok(rules)
    }

    /// The mode in force.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Every rule: built in first, in the order of the files.
    pub fn all(&self) -> Vec<&Rule> {
        let mut rules: Vec<&Rule> = self.rules.values().collect();
        rules.sort_by(|a, b| (a.layer, &a.file, a.line).cmp(&(b.layer, &b.file, b.line)));
        rules
    }

    /// What guards paths before any rule is asked: id and reason.
    pub fn guards() -> impl Iterator<Item = (&'static str, &'static str)> {
        guard::ALL.iter().map(|guard| (guard.rule, guard.why))
    }

    fn add(
        &mut self,
        schema: &Schema,
        file: &PolicyFile,
        statement: &Statement<'_>,
    ) -> Result<(), PolicyError> {
        let (name, line) = (file.name.clone(), statement.line);
        let syntax =
            |error: CedarError| PolicyError::Syntax { file: name.clone(), line, source: error };
        let policy = Policy::parse(None, statement.text).map_err(|error| syntax(error.into()))?;
        if file.layer == Layer::Repository && policy.effect() == Effect::Permit {
            return Err(PolicyError::Loosens { file: name, line });
        }
        if let Some(why) = cedar::misuse(schema, &policy) {
            return Err(PolicyError::Misuse { file: name, line, why });
        }
        let rule = rule(file, statement, &policy);
        if self.rules.contains_key(&rule.id) {
            return Err(PolicyError::SameId { file: name, line, id: rule.id });
        }
        let policy = policy.new_id(PolicyId::new(&rule.id));
        for (action, bench) in &mut self.benches {
            if cedar::concerns(&policy, action) {
                let set = if rule.permits { &mut bench.permits } else { &mut bench.forbids };
                set.add(policy.clone()).map_err(|error| syntax(error.into()))?;
            }
        }
        self.rules.insert(rule.id.clone(), rule);
        Ok(())
    }

    /// What the rules say, the guards left aside. A rule that fails while it is asked denies.
    pub(super) fn decide(&self, actor: Actor, action: &Action) -> Decision {
        self.ask_cedar(actor, action).unwrap_or_else(|error| Decision {
            answer: Answer::Deny,
            rule: "policy-error".to_owned(),
            why: format!("the policies could not be evaluated: {error}"),
        })
    }

    fn ask_cedar(&self, actor: Actor, action: &Action) -> Result<Decision, CedarError> {
        let question = Question::new(&self.words, actor, action, self.mode)?;
        let bench = self.benches.get(action.name()).ok_or("no rules for this kind of action")?;
        let forbids = self.named(cedar::matching(&bench.forbids, &question)?);
        if let Some(rule) = forbids.iter().find(|rule| rule.ask.is_none()) {
            return Ok(rule.decision(Answer::Deny));
        }
        let permits = self.named(cedar::matching(&bench.permits, &question)?);
        let Some(first) = permits.first() else {
            return Ok(Decision {
                answer: Answer::Deny,
                rule: "no-rule".to_owned(),
                why: "no rule permits it".to_owned(),
            });
        };
        let asks = forbids.iter().chain(&permits).find(|rule| rule.ask.is_some());
        Ok(asks.map_or_else(|| first.decision(Answer::Allow), |rule| rule.decision(Answer::Ask)))
    }

    fn named(&self, ids: Vec<String>) -> Vec<&Rule> {
        ids.iter().filter_map(|id| self.rules.get(id)).collect()
    }
}

impl Rule {
    fn decision(&self, answer: Answer) -> Decision {
        let words = match answer {
            Answer::Ask => self.ask.as_ref().or(self.why.as_ref()),
            Answer::Allow | Answer::Deny => self.why.as_ref(),
        };
        let why = words.cloned().unwrap_or_else(|| format!("{}:{}", self.file, self.line));
        Decision { answer, rule: self.id.clone(), why }
    }
}

impl Display for Layer {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::BuiltIn => "built in",
            Self::User => "user",
            Self::Repository => "repository",
        })
    }
}

/// A test for what `actor` may read without asking anyone, for those who walk many paths.
pub fn may_read(rules: &Rules, actor: Actor) -> impl Fn(&RepoPath) -> bool {
    move |path| matches!(judge(rules, actor, ReadPath { path: path.clone() }), Ruling::Allow(_))
}

fn rule(file: &PolicyFile, statement: &Statement<'_>, policy: &Policy) -> Rule {
    let annotation = |name| policy.annotation(name).map(str::to_owned);
    Rule {
        id: annotation("id").unwrap_or_else(|| format!("{}:{}", file.name, statement.line)),
        layer: file.layer,
        file: file.name.clone(),
        line: statement.line,
        permits: policy.effect() == Effect::Permit,
        ask: annotation("ask"),
        why: annotation("why"),
        text: statement.text.to_owned(),
    }
}
