//! `countersign man`

use std::io;
use std::path::{Path, PathBuf};

use clap::CommandFactory;

use crate::cli::{Context, ExitCode, Failure};

/// Print the manual as one page, or write a page for each command
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write `countersign.1` and a page for each command into DIR
    #[arg(long = "dir", value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn run(context: &Context, args: Args) -> Result<ExitCode, Failure> {
    let mut command = crate::cli::Args::command();
    command.build();
    match args.folder {
        Some(dir) => write_pages(command, &dir).map_err(|error| {
            Failure::new(error.to_string())
                .while_doing(format!("cannot write the manual to `{}`", dir.display()))
        })?,
        None => {
            let mut page = Vec::new();
            whole(&command, &mut page).map_err(|error| Failure::new(error.to_string()))?;
            context.out.bytes(&page)?;
        }
    }
    Ok(ExitCode::Done)
}

fn write_pages(command: clap::Command, dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(command, dir)
}

/// The page of the program, followed by a section for each command.
fn whole(command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    let man = clap_mangen::Man::new(command.clone());
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    man.render_extra_section(page)?;
    sections(command, command.get_name(), page)?;
    man.render_version_section(page)
}

/// A section for each command below `command`, with what it takes beyond the global options.
fn sections(command: &clap::Command, name: &str, page: &mut Vec<u8>) -> io::Result<()> {
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        let name = format!("{name} {}", inner.get_name());
        let own = inner.clone().mut_args(|arg| {
            let global = arg.is_global_set();
            arg.hide(global)
        });
        let man = clap_mangen::Man::new(own);
        let mut section = Vec::new();
        man.render_synopsis_section(&mut section)?;
        man.render_description_section(&mut section)?;
        man.render_options_section(&mut section)?;
        let section = String::from_utf8_lossy(&section).replace("\n.SH ", "\n.SS ");
        page.extend(format!("\n.SH \"{}\"\n{section}", name.to_uppercase()).into_bytes());
        sections(inner, &name, page)?;
    }
    Ok(())
}
