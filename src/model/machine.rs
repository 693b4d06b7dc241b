//! What this machine offers a model: cores, memory, disk.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::model::confined;
pub use crate::model::confined::Memory;

/// Physical cores that this process may use, at least one. Two threads on one core slow each other
/// down, and so do more threads than a container is given.
pub fn physical_cores() -> u32 {
    let usable = std::thread::available_parallelism().map_or(1, |n| n.get() as u32);
    match core_ids(Path::new("/sys/devices/system/cpu")).len() as u32 {
        0 => usable,
        cores => cores.min(usable),
    }
}

/// Physical cores that nobody else is using, at least one. Threads that compute together wait for
/// the slowest: two on a core and a half are many times slower than one.
pub fn idle_cores() -> u32 {
    let busy = std::fs::read_to_string("/proc/loadavg").ok().and_then(|text| busy(&text));
    physical_cores().saturating_sub(busy.unwrap_or(0)).max(1)
}

/// Threads that wanted to run in the last minute, where the system says.
pub fn load() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// What this machine computes with, so that measurements of another one are not taken for its own.
pub fn name() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or(std::env::consts::ARCH, |(_, name)| name.trim());
    format!("{model}, {} cores, {}", physical_cores(), instruction_sets().join(" "))
}

/// Threads of others that run now and have run for the last minute, from a line of `/proc/loadavg`.
fn busy(text: &str) -> Option<u32> {
    let mut fields = text.split_whitespace();
    let minute: f64 = fields.next()?.parse().ok()?;
    let now: u32 = fields.nth(2)?.split('/').next()?.parse().ok()?;
    // This process is one of those that run now. What is over is not to be waited for, and what has
    // only begun may be over at once.
    Some(now.saturating_sub(1).min(minute.round() as u32))
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

/// Bytes free for this person on the disk of `path`, or of its nearest folder that exists.
pub fn free_disk(path: &Path) -> Option<u64> {
    let existing = path.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(existing).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// The memory, where the system says (Linux does): the machine's, or what is left of it to this program.
pub fn memory() -> Option<Memory> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let all =
        Memory { total: field(&text, "MemTotal:")?, available: field(&text, "MemAvailable:")? };
    let Some(left) = confined::memory() else { return Some(all) };
    Some(Memory { total: all.total.min(left.total), available: all.available.min(left.available) })
}

/// A line of `/proc/meminfo`, which counts in KiB.
fn field(text: &str, label: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(label))?;
    let kibibytes: u64 = value.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// The instruction sets that inference gains from and this processor has.
pub fn instruction_sets() -> Vec<&'static str> {
    #[cfg(target_arch = "x86_64")]
    {
        let sets = [
            ("avx2", is_x86_feature_detected!("avx2")),
            ("fma", is_x86_feature_detected!("fma")),
            ("f16c", is_x86_feature_detected!("f16c")),
            ("avx512f", is_x86_feature_detected!("avx512f")),
            ("avx512vnni", is_x86_feature_detected!("avx512vnni")),
        ];
        sets.into_iter().filter_map(|(name, has)| has.then_some(name)).collect()
    }
    #[cfg(not(target_arch = "x86_64"))]
    vec![std::env::consts::ARCH]
}

/// Where the program `name` is on the `PATH`.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes() {
        let text = "MemTotal:       24 kB\nMemFree: 1 kB\nMemAvailable:    7 kB\n";
        assert_eq!(
            (field(text, "MemTotal:"), field(text, "MemAvailable:")),
            (Some(24576), Some(7168))
        );
        assert_eq!(field("MemTotal: much\n", "MemTotal:"), None);
    }

    #[test]
    fn busy_is_who_runs_and_has_run() {
        assert_eq!(busy("2.61 1.00 0.50 4/321 99\n"), Some(3));
        assert_eq!(busy("0.20 1.00 0.50 4/321 99\n"), Some(0));
        assert_eq!(busy("9.00 1.00 0.50 1/321 99\n"), Some(0));
        assert_eq!(busy("much"), None);
    }

    #[test]
    fn this_machine_has_something() {
        assert!(physical_cores() >= idle_cores() && idle_cores() >= 1);
        assert!(free_disk(Path::new("/no/such/folder")) > Some(0));
        assert!(program("sh").is_some());
    }
}
