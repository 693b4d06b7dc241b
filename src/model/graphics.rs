//! The graphics cards of this machine, as far as somebody tells.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Serialize;

use crate::model::machine;

/// A graphics card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Graphics {
    pub name: String,
    /// Bytes of its memory, and of that free; none where nobody says.
    pub total: Option<u64>,
    pub free: Option<u64>,
    /// Who says so.
    pub told_by: &'static str,
}

/// What `nvidia-smi`, the kernel or the make of the machine tells.
pub fn graphics() -> Vec<Graphics> {
    let mut found = nvidia();
    found.extend(kernel(Path::new("/sys/class/drm")));
    if cfg!(all(target_os = "macos", target_arch = "aarch64")) {
        let name = "Apple GPU, which shares the memory".to_owned();
        found.push(Graphics { name, total: None, free: None, told_by: "Metal" });
    }
    found
}

/// Whether this program was built to use a graphics card.
pub fn is_used() -> bool {
    cfg!(any(feature = "cuda", feature = "metal", feature = "vulkan"))
}

#[allow(
    clippy::disallowed_methods,
    reason = "session::command runs what agents ask for; this one line is ours and only asks"
)]
fn nvidia() -> Vec<Graphics> {
    let Some(program) = machine::program("nvidia-smi") else { return Vec::new() };
    let mut command = Command::new(program);
    command.args(["--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"]);
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.lines().take(16).filter_map(card).collect()
        }
        _ => Vec::new(),
    }
}

/// A line such as `NVIDIA L4, 23034, 22500`, in MiB.
fn card(line: &str) -> Option<Graphics> {
    let mut fields = line.rsplitn(3, ',').map(str::trim);
    let mebibytes = |text: Option<&str>| text?.parse::<u64>().ok().map(|number| number << 20);
    let (free, total) = (mebibytes(fields.next()), mebibytes(fields.next()));
    let name = fields.next()?.chars().filter(|c| !c.is_control()).take(60).collect();
    Some(Graphics { name, total, free, told_by: "nvidia-smi" })
}

/// Cards whose driver writes down their memory; AMD's does.
fn kernel(folder: &Path) -> Vec<Graphics> {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    let mut cards: Vec<_> = entries.map(|entry| entry.path().join("device")).collect();
    cards.sort();
    let number = |path: &Path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let found = cards.into_iter().filter_map(|device| {
        let total = number(&device.join("mem_info_vram_total"))?;
        let used = number(&device.join("mem_info_vram_used"));
        let free = used.map(|used| total.saturating_sub(used));
        Some(Graphics { name: "AMD GPU".into(), total: Some(total), free, told_by: "the kernel" })
    });
    let mut found: Vec<Graphics> = found.collect();
    // One card has an entry for each of its outputs.
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_tool_prints_is_read() {
        let found = card("NVIDIA L4, 23034, 22500").unwrap();
        assert_eq!(found.name, "NVIDIA L4");
        assert_eq!((found.total, found.free), (Some(23034 << 20), Some(22500 << 20)));
        assert_eq!(card("NVIDIA GB10, [N/A], [N/A]").unwrap().total, None);
        assert_eq!(card("no devices"), None);
    }

    #[test]
    fn the_kernel_tells_of_cards_with_memory() {
        let folder = tempfile::tempdir().unwrap();
        let device = folder.path().join("card0/device");
        fs::create_dir_all(&device).unwrap();
        fs::create_dir_all(folder.path().join("card1/device")).unwrap();
        let write = |name: &str, text: &str| {
            std::io::Write::write_all(
                &mut fs::File::create(device.join(name)).unwrap(),
                text.as_bytes(),
            )
            .unwrap();
        };
        write("mem_info_vram_total", "1000\n");
        write("mem_info_vram_used", "300\n");
        let found = kernel(folder.path());
        assert_eq!((found.len(), found[0].free), (1, Some(700)));
    }
}
