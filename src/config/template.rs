//! A repository's `config.toml` to begin with: the defaults, explained and commented out.

const HEADER: &str = "\
# The configuration of this repository. Every key is shown with its default; remove a `# ` to set
# it. What runs commands or is about one machine belongs into your own configuration, see
# `countersign config show --origin`.
";

/// Keys that a repository's file does not set, see [`keys`](crate::config::keys).
const LEFT_OUT: [&str; 8] =
    ["threads", "cache_mb", "gpu_layers", "kv", "flash", "experts", "adapter", "test"];

/// The text of the file. It sets nothing.
pub fn template() -> String {
    let mut text = HEADER.to_owned();
    let mut comment = String::new();
    let sections = include_str!("defaults.toml").split_once("\n\n").map_or("", |(_, rest)| rest);
    for line in format!("\n{sections}").lines() {
        if line.starts_with('#') {
            comment.push_str(&format!("{line}\n"));
            continue;
        }
        let key = line.split(' ').next().unwrap_or_default();
        if line.contains('=') && !LEFT_OUT.contains(&key) {
            text.push_str(&format!("{comment}# {line}\n"));
        } else if !line.contains('=') {
            text.push_str(&format!("{line}\n"));
        }
        comment.clear();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::{Config, ConfigFile, Layer, Sources};

    fn load(text: String) -> Config {
        let file = ConfigFile { layer: Layer::Repository, path: "config.toml".into(), text };
        let sources =
            Sources { files: vec![file], variables: BTreeMap::new(), arguments: Vec::new() };
        Config::load(&sources).unwrap()
    }

    #[test]
    fn it_sets_nothing_and_every_line_of_it_may_be_set() {
        let all = load(template());
        assert!(all.settings().iter().all(|s| s.origin == crate::config::Origin::Default));
        let is_value = |line: &str| line.starts_with("# ") && line.contains(" = ");
        let uncommented: String = template()
            .lines()
            .map(|line| if is_value(line) { &line[2..] } else { line })
            .map(|line| format!("{line}\n"))
            .collect();
        let set = load(uncommented);
        assert_eq!(set.ignored, []);
        assert!(set.origin("propose.attempts").unwrap().to_string().starts_with("config.toml"));
    }
}
