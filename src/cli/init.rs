//! `countersign init`

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use serde_json::json;

use crate::cli::{Context, ExitCode, Failure};
use crate::config;
use crate::repo::Repo;

/// Write a configuration to start from into `.countersign/` of this repository
///
/// Every key stands there as a comment with its default. Nothing that is there is changed.
#[derive(Debug, clap::Args)]
pub struct Args {}

const POLICY: &str = r#"// What agents may not do in this repository, in Cedar (https://www.cedarpolicy.com).
//
// This file can only forbid; what is permitted is up to each user. Run `countersign policy show`
// for the rules in force, and `countersign policy explain edit PATH` to try this file.
//
// @id("vendored-code")
// @why("vendored code is updated by its script")
// forbid (principal == Actor::"agent", action == Action::"edit", resource)
// when { resource.path like "vendor/*" };
//
// With `@ask` a person is asked instead:
//
// @id("migrations")
// @ask("migrations run on the production database")
// forbid (principal == Actor::"agent", action == Action::"edit", resource)
// when { resource.extension == "sql" };
"#;

const IGNORE: &str = "\
# What agents do not see, as in .gitignore. What git ignores and files that hold secrets are left
# out without being named here.
#
# data/
# *.csv
";

pub(super) fn run(context: &Context, _args: Args) -> Result<ExitCode, Failure> {
    let repo = Repo::discover(&context.dir)?;
    let config = config::template();
    let files = [
        (".countersign/config.toml", config.as_str()),
        (".countersign/policy.cedar", POLICY),
        (".countersignignore", IGNORE),
    ];
    let (mut written, mut kept) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let fresh = create(&repo.root().join(name), text).map_err(|error| {
            Failure::new(error.to_string()).while_doing(format!("cannot write `{name}`"))
        })?;
        if fresh { written.push(name) } else { kept.push(name) }
    }
    if context.out.json {
        context.out.document(&json!({ "written": written, "kept": kept }))?;
        return Ok(ExitCode::Done);
    }
    let line = |word: &str, name: &&str| format!("{word} {name}\n");
    let written: String = written.iter().map(|name| line("wrote", name)).collect();
    let kept: String = kept.iter().map(|name| line("kept ", name)).collect();
    context.out.data(&(written + &kept))?;
    Ok(ExitCode::Done)
}

/// Writes a file that is not there yet, and says whether it did. The program's own files are the
/// one thing that is written without a permit, since the gate closes them to everyone.
fn create(path: &Path, text: &str) -> io::Result<bool> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match File::create_new(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
