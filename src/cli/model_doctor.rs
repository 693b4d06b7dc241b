//! `countersign model doctor`

use serde::Serialize;

use crate::cli::desk::settings;
use crate::cli::model::size;
use crate::cli::{Context, ExitCode, Failure};
use crate::model::fit::{self, Fit, Rates};
use crate::model::{
    Graphics, Probe, Store, graphics, graphics_are_used, machine, probe, unused_sets,
};

/// Say which models run on this machine, at which context, and about how fast
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// What `--json` shows. Sizes are in bytes, speeds in tokens a second.
#[derive(Debug, Serialize)]
struct Found {
    machine: Machine,
    /// What speeds are computed from.
    rates: Rates,
    models: Vec<Fit>,
}

#[derive(Debug, Serialize)]
struct Machine {
    name: String,
    cores: u32,
    idle_cores: u32,
    /// Threads that wanted to run in the last minute.
    load: Option<f64>,
    instructions: Vec<&'static str>,
    /// Of these, what llama.cpp was built without.
    instructions_unused: Vec<&'static str>,
    memory: Option<u64>,
    memory_free: Option<u64>,
    disk_free: Option<u64>,
    graphics: Vec<Graphics>,
    /// Whether this program was built to use them.
    graphics_used: bool,
    probe: Probe,
}

pub(super) fn run(context: &Context, store: &Store, _args: &Args) -> Result<ExitCode, Failure> {
    let settings = settings(context)?;
    let here = fit::here(store);
    let idle_cores = machine::idle_cores();
    let probe = probe(idle_cores);
    let rates = fit::rates(store, &probe)?;
    let models = fit::fits(store, &here, &rates, &settings)?;
    let instructions = machine::instruction_sets();
    let machine = Machine {
        name: machine::name(),
        cores: machine::physical_cores(),
        idle_cores,
        load: machine::load(),
        instructions_unused: unused_sets(&instructions),
        instructions,
        memory: here.memory.map(|memory| memory.total),
        memory_free: here.memory.map(|memory| memory.available),
        disk_free: here.disk,
        graphics: graphics(),
        graphics_used: graphics_are_used(),
        probe,
    };
    let found = Found { machine, rates, models };
    match context.out.json {
        true => context.out.document(&found)?,
        false => context.out.data(&text(&found))?,
    }
    Ok(ExitCode::Done)
}

fn text(found: &Found) -> String {
    let mut text = of_machine(&found.machine);
    let from = match &found.rates.from {
        Some(name) => format!("computed from what `{name}` was measured to do here"),
        None => {
            "computed from a short probe; `model bench` or `model calibrate` make them exact".into()
        }
    };
    text += &format!("speeds     {from}\n\n");
    let width = found.models.iter().map(|model| model.name.len()).max().unwrap_or(0);
    text += &format!(
        "{:width$}  {:8} {:>9} {:>8} {:>7} {:>7}  state\n",
        "model", "format", "memory", "context", "read/s", "write/s"
    );
    text += &found.models.iter().map(|model| row(model, width)).collect::<String>();
    text + "\n~ is rounded, * was measured; context is the longest that the memory holds, speeds are for short prompts.\n"
}

fn of_machine(machine: &Machine) -> String {
    let known = |bytes: Option<u64>| bytes.map_or("unknown".into(), size);
    let load = machine.load.map_or(String::new(), |load| format!(", load {load:.1}"));
    let mut text =
        format!("cores      {} physical, {} idle{load}\n", machine.cores, machine.idle_cores);
    text += &format!("sets       {}\n", machine.instructions.join(" "));
    if !machine.instructions_unused.is_empty() {
        text += &format!(
            "unused     {}: llama.cpp was built without, and reads more slowly;\n           `./install.sh` builds it for this machine\n",
            machine.instructions_unused.join(" ")
        );
    }
    text +=
        &format!("memory     {} free of {}\n", known(machine.memory_free), known(machine.memory));
    text += &format!("disk       {} free\n", known(machine.disk_free));
    for card in &machine.graphics {
        let used = if machine.graphics_used { "" } else { "; this build does not use it" };
        text += &format!(
            "graphics   {}, {} free of {} (says {}){used}\n",
            card.name,
            known(card.free),
            known(card.total),
            card.told_by
        );
    }
    let Probe { threads, bytes_s, multiplied_s } = machine.probe;
    let thread = if threads == 1 { "thread" } else { "threads" };
    text + &format!(
        "probe      {:.1} GB/s of memory, {:.0} billion multiplications a second, {threads} {thread}\n",
        bytes_s / 1e9,
        multiplied_s / 1e9
    )
}

fn row(model: &Fit, width: usize) -> String {
    let rate = |rate: Option<f64>| match rate {
        Some(rate) if rate >= 10.0 => format!("{rate:.0}"),
        Some(rate) => format!("{rate:.1}"),
        None => "-".to_owned(),
    };
    let rounded = if model.rounded { "~" } else { "" };
    let memory = format!("{rounded}{}", size(model.memory));
    let context = model.longest.map_or("-".to_owned(), |longest| longest.0.to_string());
    let state = match (&model.why_not, model.installed) {
        (Some(why), _) => why.as_str(),
        (None, true) => "installed",
        (None, false) => "can be fetched",
    };
    let measured = if model.measured { "*" } else { " " };
    format!(
        "{:width$}  {:8} {memory:>9} {context:>8} {:>7} {:>7}{measured} {state}\n",
        model.name,
        model.quantization.as_deref().unwrap_or("-"),
        rate(model.reading),
        rate(model.writing),
    )
}
