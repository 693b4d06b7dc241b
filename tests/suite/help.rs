//! What the program says about itself: help, completions, manual.

use clap::CommandFactory;

use crate::support::TestRepo;

/// The words of every command, for example `hook install`.
fn commands() -> Vec<Vec<String>> {
    fn walk(command: &clap::Command, words: &[String], found: &mut Vec<Vec<String>>) {
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            let words = [words, &[inner.get_name().to_owned()]].concat();
            walk(inner, &words, found);
            found.push(words);
        }
    }
    let mut found = Vec::new();
    walk(&countersign::cli::Args::command(), &[], &mut found);
    found
}

#[test]
fn the_command_line_is_consistent() {
    countersign::cli::Args::command().debug_assert();
}

#[test]
fn every_command_explains_itself_within_the_width() {
    let repo = TestRepo::bare_folder();
    for mut words in commands() {
        words.push("--help".to_owned());
        let said = repo.run(&words).exits(0);
        assert!(said.stdout.contains("Usage: countersign"), "{words:?}: {}", said.stdout);
        let first = said.stdout.lines().next().unwrap_or_default();
        assert!(!first.is_empty() && !first.ends_with('.'), "{words:?} opens with: {first}");
        let wide = said.stdout.lines().filter(|line| line.chars().count() > 100);
        assert_eq!(wide.collect::<Vec<_>>(), Vec::<&str>::new(), "{words:?}");
    }
}

#[test]
fn every_shell_gets_a_script() {
    let repo = TestRepo::bare_folder();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = repo.run(["completions", shell]).exits(0);
        assert!(said.stdout.contains("countersign"), "{shell}");
    }
    repo.run(["completions", "abacus"]).exits(2);
}

#[test]
fn the_manual_covers_every_command() {
    let repo = TestRepo::bare_folder();
    let page = repo.run(["man"]).exits(0).stdout;
    for words in commands() {
        let heading = format!(".SH \"COUNTERSIGN {}\"", words.join(" ").to_uppercase());
        assert!(page.contains(&heading), "{heading}");
    }
    repo.run(["man", "--dir", "pages"]).exits(0);
    for words in commands() {
        let page = repo.root().join(format!("pages/countersign-{}.1", words.join("-")));
        assert!(page.exists(), "{}", page.display());
    }
}
