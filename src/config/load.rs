//! The layers, one over the other: defaults, system, user, repository, environment, arguments.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, io};

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use crate::config::file::{defaults, settings};
use crate::config::setting::Layer;
use crate::config::{
    ConfigError, ConfigFile, Index, Model, Origin, Policy, Propose, REPO_DIR, Remote, SYSTEM_DIR,
    Setting, keys, remotes, user_dir,
};

/// Everything that can say something about the configuration.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Weakest first.
    pub files: Vec<ConfigFile>,
    /// The environment.
    pub variables: BTreeMap<String, String>,
    pub arguments: Vec<Argument>,
}

/// A value from the command line.
#[derive(Clone, Debug)]
pub struct Argument {
    /// As a person would name it: `-c`, `--model`.
    pub flag: String,
    pub key: String,
    pub value: String,
}

/// A setting of the repository that is not heeded, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Ignored {
    pub setting: Setting,
    pub why: &'static str,
}

/// The configuration in force.
#[derive(Clone, Debug)]
pub struct Config {
    pub model: Model,
    pub index: Index,
    pub propose: Propose,
    pub policy: Policy,
    /// Servers that can answer, by name.
    pub remotes: Vec<Remote>,
    /// What the repository set and may not.
    pub ignored: Vec<Ignored>,
    settings: Vec<Setting>,
}

impl Argument {
    /// Takes `key=value` apart, as given to `-c`.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let (key, value) = text
            .split_once('=')
            .ok_or_else(|| ConfigError::NoAssignment { text: text.to_owned() })?;
        let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
        Ok(Self { flag: "-c".to_owned(), key, value })
    }
}

impl Sources {
    /// Reads the files that there are and the environment; `root` is the work tree's, if any.
    pub fn gather(root: Option<&Path>) -> Result<Self, ConfigError> {
        let system = Some((Layer::System, PathBuf::from(SYSTEM_DIR)));
        let user = user_dir().map(|dir| (Layer::User, dir));
        let repo = root.map(|_| (Layer::Repository, PathBuf::from(REPO_DIR)));
        let mut files = Vec::new();
        for (layer, dir) in [system, user, repo].into_iter().flatten() {
            let path = dir.join("config.toml");
            // A repository's file is named from its root; joining leaves absolute paths alone.
            match crate::config::read_settings(&root.unwrap_or(Path::new("")).join(&path)) {
                Ok(text) => files.push(ConfigFile { layer, path, text }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(ConfigError::Read { path, source }),
            }
        }
        let text = |(name, value): (OsString, OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let variables = env::vars_os().filter_map(text).collect();
        Ok(Self { files, variables, arguments: Vec::new() })
    }
}

impl Config {
    /// Lays the sources over the defaults.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let defaults = defaults()?;
        let mut settings: Vec<Setting> =
            defaults.iter().filter(|it| !remotes::is_default(it)).cloned().collect();
        let mut ignored = Vec::new();
        let said = said(&defaults, sources)?;
        let servers: Vec<String> = servers(&said);
        for setting in said {
            let old = settings.iter().position(|old| old.key == setting.key);
            let current = old.map_or(&setting.value, |at| &settings[at].value);
            let why = setting.origin.is_repository().then(|| {
                let sends = setting.key == "model.name"
                    && servers.iter().any(|name| setting.value.as_str() == Some(name));
                let sends = sends.then_some("a clone must not choose where your code is sent");
                sends.or_else(|| keys::forbidden_to_repository(&setting, current))
            });
            match (why.flatten(), old) {
                (Some(why), _) => ignored.push(Ignored { setting, why }),
                (None, Some(at)) => settings[at] = setting,
                // Only remotes have keys without a default of their own.
                (None, None) => settings.push(setting),
            }
        }
        let remotes = remotes::typed(&defaults, &settings)?;
        settings.sort_by_key(|setting| remotes::parts(&setting.key).is_some());
        Self::typed(settings, remotes, ignored)
    }

    /// Every value, by key.
    pub fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// Where the value of `key` was said; `None` for a key that there is not.
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.settings.iter().find(|setting| setting.key == key).map(|setting| &setting.origin)
    }

    fn typed(
        settings: Vec<Setting>,
        remotes: Vec<Remote>,
        ignored: Vec<Ignored>,
    ) -> Result<Self, ConfigError> {
        let mut table = Table::new();
        for setting in settings.iter().filter(|it| remotes::parts(&it.key).is_none()) {
            let (section, name) = setting.key.split_once('.').unwrap_or(("", &setting.key));
            let inner = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                inner.insert(name.to_owned(), setting.value.clone());
            }
        }
        Ok(Self {
            model: section(&mut table, "model")?,
            index: section(&mut table, "index")?,
            propose: section(&mut table, "propose")?,
            policy: section(&mut table, "policy")?,
            remotes,
            ignored,
            settings,
        })
    }
}

/// The names of the servers that somebody other than the repository speaks of.
fn servers(said: &[Setting]) -> Vec<String> {
    let trusted = said.iter().filter(|it| !it.origin.is_repository());
    trusted.filter_map(|it| remotes::parts(&it.key)).map(|(name, _)| name.to_owned()).collect()
}

/// Every setting besides the defaults, checked, weakest first.
fn said(defaults: &[Setting], sources: &Sources) -> Result<Vec<Setting>, ConfigError> {
    let mut said = Vec::new();
    for file in &sources.files {
        for setting in settings(file)? {
            said.push(keys::check(defaults, setting)?);
        }
    }
    for default in defaults.iter().filter(|it| !remotes::is_default(it)) {
        let variable = variable(&default.key);
        if let Some(text) = sources.variables.get(&variable) {
            said.push(keys::read(defaults, &default.key, text, Origin::Environment(variable))?);
        }
    }
    for Argument { flag, key, value } in &sources.arguments {
        said.push(keys::read(defaults, key, value, Origin::Argument(flag.clone()))?);
    }
    Ok(said)
}

/// `model.max_tokens` is `COUNTERSIGN_MODEL_MAX_TOKENS`.
fn variable(key: &str) -> String {
    format!("COUNTERSIGN_{}", key.replace('.', "_").to_uppercase())
}

fn section<T: DeserializeOwned>(table: &mut Table, name: &str) -> Result<T, ConfigError> {
    let values = table.remove(name).unwrap_or_else(|| Value::Table(Table::new()));
    T::deserialize(values)
        .map_err(|error| ConfigError::Unfit { why: format!("[{name}] {}", error.message()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Hint, Tokens};
    use crate::config::Mode;

    fn file(layer: Layer, text: &str) -> ConfigFile {
        let path = match layer {
            Layer::System => "system.toml",
            Layer::User => "user.toml",
            Layer::Repository => "repo.toml",
        };
        ConfigFile { layer, path: path.into(), text: text.to_owned() }
    }

    fn load(files: Vec<ConfigFile>, arguments: &[&str]) -> Result<Config, ConfigError> {
        let arguments =
            arguments.iter().map(|text| Argument::parse(text)).collect::<Result<_, _>>()?;
        Config::load(&Sources { files, variables: BTreeMap::new(), arguments })
    }

    #[test]
    fn defaults_alone() {
        let config = load(vec![], &[]).unwrap();
        assert_eq!(config.policy.mode, Mode::Ask);
        assert_eq!((config.model.name, config.propose.test), (None, None));
        assert_eq!((config.propose.attempts, config.propose.candidates), (4, 4));
    }

    #[test]
    fn later_layers_win_and_are_remembered() {
        let files = vec![
            file(Layer::System, "[model]\ncontext = 1\nseed = 1\ntop_p = 1\n"),
            file(Layer::User, "\nmodel.context = 2\nmodel.seed = 2\n"),
            file(Layer::Repository, "[model]\ncontext = 3\n"),
        ];
        let variable = ("COUNTERSIGN_MODEL_MAX_TOKENS".to_owned(), "4".to_owned());
        let arguments = vec![Argument::parse("model.name = my-model").unwrap()];
        let variables = BTreeMap::from([variable]);
        let config = Config::load(&Sources { files, variables, arguments }).unwrap();
        assert_eq!(config.model.context, Tokens(3));
        assert_eq!(config.model.name.as_deref(), Some("my-model"));
        let origin = |key| config.origin(key).unwrap().to_string();
        assert_eq!(origin("model.context"), "repo.toml:2");
        assert_eq!(origin("model.seed"), "user.toml:3");
        assert_eq!(origin("model.top_p"), "system.toml:4");
        assert_eq!(origin("model.max_tokens"), "COUNTERSIGN_MODEL_MAX_TOKENS");
        assert_eq!(origin("model.name"), "-c");
        assert_eq!(origin("index.max_file_bytes"), "default");
    }

    #[test]
    fn a_repository_tightens_only_and_runs_nothing() {
        let text =
            "propose.test = \"rm -rf ~\"\nmodel.name = \"./evil.gguf\"\npolicy.mode = \"auto\"\n";
        let config = load(vec![file(Layer::Repository, text)], &[]).unwrap();
        assert_eq!(config.policy.mode, Mode::Ask);
        assert_eq!((config.model.name, config.propose.test), (None, None));
        let mut keys: Vec<_> = config.ignored.iter().map(|i| i.setting.key.as_str()).collect();
        keys.sort_unstable();
        assert_eq!(keys, ["model.name", "policy.mode", "propose.test"]);

        let user = file(Layer::User, "policy.mode = \"auto\"");
        let repo = file(Layer::Repository, "policy.mode = \"plan\"");
        assert_eq!(load(vec![user, repo], &[]).unwrap().policy.mode, Mode::Plan);
    }

    #[test]
    fn a_repository_chooses_no_server_and_no_key() {
        let user = "[remotes.big]\nurl = \"https://a.example/v1\"\nkey_env = \"A_KEY\"\n";
        let repo = "model.name = \"big\"\nremotes.big.url = \"http://evil.example/v1\"\n\
                    remotes.big.key_env = \"HOME\"\n[remotes.evil]\nurl = \"http://evil.example\"\n";
        let files = vec![file(Layer::User, user), file(Layer::Repository, repo)];
        let config = load(files.clone(), &[]).unwrap();
        assert_eq!(config.model.name, None);
        let [big] = config.remotes.as_slice() else { panic!("{:?}", config.remotes) };
        assert_eq!((big.name.as_str(), big.url.as_str()), ("big", "https://a.example/v1"));
        assert_eq!((big.key_env.as_deref(), big.silence_s), (Some("A_KEY"), 600));
        assert_eq!(config.ignored.len(), 4);
        // Also where the command line is the one that names the server.
        let arguments = ["remotes.big.url=http://b.example/v1"];
        let config = load(files[1..].to_vec(), &arguments).unwrap();
        assert_eq!((config.model.name, config.ignored.len()), (None, 4));
        assert_eq!(config.remotes[0].url, "http://b.example/v1");
    }

    #[test]
    fn a_remote_is_known_by_any_name() {
        let text = "[remotes.\"qwen2.5\"]\nurl = \"http://h/v1\"\ncontext = 4096\n";
        let config = load(vec![file(Layer::User, text)], &["model.name=qwen2.5"]).unwrap();
        assert_eq!(config.remotes[0].name, "qwen2.5");
        assert_eq!(config.remotes[0].context, Tokens(4096));
        assert_eq!(config.origin("remotes.qwen2.5.context").unwrap().to_string(), "user.toml:3");
        let wrong = load(vec![file(Layer::User, "[remotes.x]\nuri = \"http://h\"")], &[]);
        let hint = wrong.unwrap_err().hint();
        assert_eq!(hint.as_deref(), Some("did you mean `remotes.NAME.url`?"));
    }

    #[track_caller]
    fn check(text: &str, message: &str, hint: Option<&str>) {
        let error = load(vec![file(Layer::User, text)], &[]).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.hint().as_deref()), (message, hint));
        assert!(!error.is_usage());
    }

    #[test]
    fn mistakes_in_files_name_their_line() {
        check(
            "[model]\n\ncontxt = 1\n",
            "user.toml:3: there is no configuration key `model.contxt`",
            Some("did you mean `model.context`?"),
        );
        check(
            "temperature = 1\n",
            "user.toml:1: there is no configuration key `temperature`",
            Some("did you mean `model.temperature`?"),
        );
        check(
            "[zzz]\nq = 1\n",
            "user.toml:2: there is no configuration key `zzz.q`",
            Some("run `countersign config show` for the keys that there are"),
        );
        check(
            "[model]\ncontext = \"big\"\n",
            "user.toml:2: `model.context` is a whole number from 0 to 4294967295, not `\"big\"`",
            None,
        );
        check(
            "policy.mode = \"yolo\"\n",
            "user.toml:1: `policy.mode` is `plan`, `ask`, `auto-edit` or `auto`, not `\"yolo\"`",
            None,
        );
        check(
            "a = 1\nb = \n",
            "user.toml:2: this is no TOML: string values must be quoted, expected literal string",
            None,
        );
    }

    #[test]
    fn mistakes_in_arguments_are_of_usage() {
        for wrong in ["model.context", "model.contxt=1", "model.context=-1", "model.top_p=x"] {
            assert!(load(vec![], &[wrong]).unwrap_err().is_usage(), "{wrong}");
        }
    }
}
