//! What a confined command may read: the system, the toolchains, and nothing else of the home.

use std::path::{Path, PathBuf};

use crate::base::RepoPath;
use crate::policy::{Action, Actor, ReadPath, Sandbox, guard};

/// Where programs and what they need are installed.
const SYSTEM: &[&str] = &[
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/proc",
    "/sys", "/nix", "/gnu", "/snap",
];

/// Folders of the home that hold toolchains and what they have fetched.
const TOOLCHAINS: &[&str] = &[
    ".asdf",
    ".bun",
    ".bundle",
    ".cargo",
    ".composer/vendor",
    ".conda",
    ".deno",
    ".dotnet",
    ".gem",
    ".ghcup",
    ".gradle",
    ".hex",
    ".jdks",
    ".juliaup",
    ".local/bin",
    ".local/lib",
    ".local/pipx",
    ".local/share/fnm",
    ".local/share/mise",
    ".local/share/pipx",
    ".local/share/pnpm",
    ".local/share/uv",
    ".local/share/virtualenvs",
    ".m2",
    ".mix",
    ".nodenv",
    ".nuget/packages",
    ".nvm",
    ".opam",
    ".poetry",
    ".pyenv",
    ".rbenv",
    ".rustup",
    ".rvm",
    ".sdkman",
    ".stack",
    ".virtualenvs",
    ".volta",
    "anaconda3",
    "go",
    "mambaforge",
    "miniconda3",
    "miniforge3",
];

/// Files in these folders that hold keys.
const KEYS: &[&str] = &[
    "auth.json",
    "cache.key",
    "credentials",
    "credentials.toml",
    "gradle.properties",
    "hex.config",
    "settings-security.xml",
    "settings.xml",
    ".npmrc",
    ".pypirc",
];

/// What tells that a folder above a `bin` holds what the programs in there need.
const PREFIXES: &[&str] =
    &["pyvenv.cfg", "conda-meta", "lib/node_modules", "lib/rustlib", "Cellar"];
/// Programs whose libraries stand beside them, wherever a link leads.
const INTERPRETERS: &[&str] = &["python", "python3", "node", "ruby", "java", "go", "php"];

/// A sandbox in which `writable` may be written. Of the repository `original`, what an agent may
/// read in its root can be read: environments, packages, data that git ignores.
pub fn around(writable: &[PathBuf], original: &Path) -> Sandbox {
    let home = etcetera::home_dir().ok();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut readable: Vec<PathBuf> = SYSTEM.iter().map(PathBuf::from).collect();
    if let Some(home) = &home {
        for folder in TOOLCHAINS {
            readable.extend(all_but(&home.join(folder), |name| KEYS.contains(&name)));
        }
    }
    readable.extend(all_but(original, kept_from_agents));
    let venvs = [".venv/bin", "venv/bin"].map(|folder| original.join(folder));
    for folder in std::env::split_paths(&path).chain(venvs) {
        readable.extend(programs(&folder, home.as_deref()));
    }
    readable.sort();
    readable.dedup();
    Sandbox { writable: writable.to_vec(), readable, ..Sandbox::default() }
}

/// What stands in `folder`, but for names that are `hidden`.
fn all_but(folder: &Path, hidden: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    let shown = |name: &std::ffi::OsStr| name.to_str().is_some_and(|name| !hidden(name));
    entries.flatten().filter(|entry| shown(&entry.file_name())).map(|entry| entry.path()).collect()
}

fn kept_from_agents(name: &str) -> bool {
    RepoPath::new(name).map_or(true, |path| {
        guard::guard(Actor::Agent, &Action::ReadPath(ReadPath { path })).is_some()
    })
}

/// A folder of programs, and the folders that these need.
fn programs(folder: &Path, home: Option<&Path>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(folder) = folder.canonicalize() else { return found };
    let above = folder.parent().map(Path::to_owned);
    found.push(folder.clone());
    found.extend(above.filter(|above| PREFIXES.iter().any(|name| above.join(name).exists())));
    let binaries = INTERPRETERS.iter().filter_map(|name| folder.join(name).canonicalize().ok());
    found.extend(binaries.filter_map(|file| Some(file.parent()?.parent()?.to_owned())));
    found.retain(|folder| home.is_none_or(|home| is_harmless(folder, home)));
    found
}

/// Whether a folder is none that holds the home, or the home's own data.
fn is_harmless(folder: &Path, home: &Path) -> bool {
    let local = home.join(".local");
    !home.starts_with(folder) && folder != local && folder != local.join("share")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_the_home_nor_keys_are_given() {
        let home = etcetera::home_dir().unwrap();
        let sandbox = around(&[], Path::new("nowhere"));
        assert!(sandbox.readable.contains(&PathBuf::from("/usr")));
        for path in &sandbox.readable {
            assert!(!home.starts_with(path), "{} holds the home", path.display());
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            assert!(!name.starts_with("credentials") && name != ".ssh", "{}", path.display());
        }
    }

    #[test]
    fn of_the_repository_secrets_and_git_are_left_out() {
        for name in [".env", ".git", "id_rsa"] {
            assert!(kept_from_agents(name), "{name}");
        }
        assert!(!kept_from_agents(".venv") && !kept_from_agents("src"));
    }

    #[test]
    fn a_link_leads_to_the_libraries_of_its_program() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        let (real, venv) = (root.join("real/bin"), root.join("venv/bin"));
        for folder in [&real, &venv] {
            std::fs::create_dir_all(folder).unwrap();
        }
        std::fs::File::create(real.join("python3")).unwrap();
        std::os::unix::fs::symlink(real.join("python3"), venv.join("python")).unwrap();
        let found = programs(&venv, Some(&root.join("home")));
        assert_eq!(found, [venv, root.join("real")]);
        let found = programs(&real, Some(&root.join("real")));
        assert_eq!(found, [real], "the home itself is never given");
    }
}
