//! What this machine offers a model: cores, memory, disk.

use std::collections::BTreeSet;
use std::path::Path;

/// Physical cores that this process may use, at least one. Two threads on one core slow each other
/// down, and so do more threads than a container is given.
pub fn physical_cores() -> u32 {
    let usable = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    match core_ids(Path::new("/sys/devices/system/cpu")).len() as u32 {
        0 => usable,
        cores => cores.min(usable),
    }
}

/// The cores, each named by the list of its hardware threads; empty where nobody says.
fn core_ids(cpus: &Path) -> BTreeSet<String> {
    let Ok(entries) = cpus.read_dir() else { return BTreeSet::new() };
    entries
        .flatten()
        .filter_map(|cpu| {
            std::fs::read_to_string(cpu.path().join("topology/thread_siblings_list")).ok()
        })
        .collect()
}
