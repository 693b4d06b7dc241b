//! What a confined command may read: the system, the toolchains, and nothing else of the home.

use std::fs::DirEntry;
use std::path::{Path, PathBuf};

use crate::policy::Sandbox;
use crate::policy::sandbox::given;

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

/// Files in these folders that hold keys, besides `credentials` of any kind.
const KEYS: &[&str] = &[
    "auth.json",
    "cache.key",
    "gradle.properties",
    "hex.config",
    "settings-security.xml",
    "settings.xml",
    ".npmrc",
    ".pypirc",
];
/// Files that hold keys in the folder of one toolchain, and none in those of others.
const KEYS_OF: &[(&str, &[&str])] =
    &[(".bundle", &["config"]), (".gradle", &["init.d", "init.gradle", "init.gradle.kts"])];
/// What cargo cannot do without where it is there, and what may hold a key all the same.
const CARGO_CONFIG: [&str; 2] = ["config", "config.toml"];

/// What tells that a folder above a `bin` holds what the programs in there need.
const PREFIXES: &[&str] =
    &["pyvenv.cfg", "conda-meta", "lib/node_modules", "lib/rustlib", "Cellar"];
/// Programs whose libraries stand beside them, wherever a link leads.
const INTERPRETERS: &[&str] = &["python", "python3", "node", "ruby", "java", "go", "php"];
/// What Python needs of the place where it is installed.
const PYTHON: [&str; 5] = ["bin", "lib", "lib64", "share", "pyvenv.cfg"];

/// A sandbox in which `writable` may be written. Of the repository `original`, what agents may read
/// can be read: environments, packages, data that git ignores.
pub fn around(writable: &[PathBuf], original: &Path) -> Sandbox {
    let home = etcetera::home_dir().ok().map(|home| home.canonicalize().unwrap_or(home));
    let home = home.as_deref();
    let root = original.canonicalize().ok();
    let (toolchains, mut kept) = home.map(toolchains).unwrap_or_default();
    let inside = root.iter().flat_map(|root| given::of_repository(root, &kept)).collect::<Vec<_>>();
    // Nothing else gives what is in the repository, unless that holds the home with the toolchains.
    let fenced = root.as_deref().filter(|root| !home.unwrap_or(Path::new("/")).starts_with(root));
    kept.extend(fenced.map(Path::to_owned));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let venvs = [".venv/bin", "venv/bin"].map(|folder| original.join(folder));
    let programs = std::env::split_paths(&path).chain(venvs).flat_map(|folder| match fenced {
        Some(root) if leads_into(&folder, root) => python_of(&folder, home),
        _ => programs(&folder, home),
    });
    let system = SYSTEM.iter().filter_map(|place| Path::new(place).canonicalize().ok());
    let outside = system.chain(toolchains).chain(programs);
    let mut readable: Vec<PathBuf> =
        outside.flat_map(|place| given::without(place, &kept)).chain(inside).collect();
    // They are handed on as text.
    readable.retain(|path| path.to_str().is_some());
    readable.sort();
    readable.dedup();
    Sandbox { writable: writable.to_vec(), readable, ..Sandbox::default() }
}

/// What is in the toolchains of `home`, and the keys in there: the real places of both, so that no
/// link leads to what is hidden.
fn toolchains(home: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut given, mut keys) = (Vec::new(), Vec::new());
    for toolchain in TOOLCHAINS {
        for entry in home.join(toolchain).read_dir().into_iter().flatten().flatten() {
            let Ok(real) = entry.path().canonicalize() else { continue };
            let list = if is_key(toolchain, &entry) { &mut keys } else { &mut given };
            list.push(real);
        }
    }
    given.retain(|place| is_harmless(place, home));
    (given, keys)
}

fn is_key(toolchain: &str, entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let name: &str = &name.to_string_lossy();
    name.starts_with("credentials")
        || KEYS.contains(&name)
        || KEYS_OF.iter().any(|(of, names)| *of == toolchain && names.contains(&name))
        || (toolchain == ".cargo" && CARGO_CONFIG.contains(&name) && holds_key(&entry.path()))
}

/// Whether a configuration of cargo holds a key.
fn holds_key(file: &Path) -> bool {
    std::fs::read_to_string(file).map_or(true, |text| {
        // This says where keys are, and is none.
        let text = text.to_lowercase().replace("cargo:token", "");
        text.contains("token") || text.contains("secret-key")
    })
}

/// Whether the way to `folder` leads through the repository, where links are not the person's own.
fn leads_into(folder: &Path, root: &Path) -> bool {
    let mut above = folder.ancestors();
    above.any(|above| above.canonicalize().is_ok_and(|real| real.starts_with(root)))
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

/// What an environment in the repository needs from elsewhere: the Python that its links lead to.
/// Links of a repository may lead anywhere, so of no other place anything is given.
fn python_of(folder: &Path, home: Option<&Path>) -> Vec<PathBuf> {
    let Ok(folder) = folder.canonicalize() else { return Vec::new() };
    let files = ["python", "python3"].map(|name| folder.join(name).canonicalize().ok());
    let folders = files.iter().flatten().filter_map(|file| file.parent()).chain([folder.as_path()]);
    let prefixes = folders
        .filter_map(Path::parent)
        .filter(|prefix| holds_python(prefix) && home.is_none_or(|home| is_harmless(prefix, home)));
    let parts = prefixes.flat_map(|prefix| {
        let real = PYTHON.map(|part| prefix.join(part).canonicalize().ok());
        real.into_iter().flatten().filter(move |real| real.starts_with(prefix))
    });
    parts.collect()
}

fn holds_python(prefix: &Path) -> bool {
    let mut libraries = prefix.join("lib").read_dir().into_iter().flatten().flatten();
    libraries.any(|entry| entry.file_name().as_encoded_bytes().starts_with(b"python"))
}

/// Whether a folder is none that holds the home, or the home's own data.
fn is_harmless(folder: &Path, home: &Path) -> bool {
    let local = home.join(".local");
    !home.starts_with(folder) && folder != local && folder != local.join("share")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::Write;
    use std::os::unix::fs::symlink;

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
    fn a_link_leads_to_the_libraries_of_its_program() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        let (real, venv) = (root.join("real/bin"), root.join("venv/bin"));
        for folder in [&real, &venv] {
            std::fs::create_dir_all(folder).unwrap();
        }
        std::fs::File::create(real.join("python3")).unwrap();
        symlink(real.join("python3"), venv.join("python")).unwrap();
        let found = programs(&venv, Some(&root.join("home")));
        assert_eq!(found, [venv, root.join("real")]);
        let found = programs(&real, Some(&root.join("real")));
        assert_eq!(found, [real], "the home itself is never given");
    }

    /// Makes these files in a folder, and gives its real place.
    fn place(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for (name, text) in files {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
        }
        (folder, root)
    }

    /// What is given of the toolchains of a home with these files and links.
    #[track_caller]
    fn check(files: &[(&str, &str)], links: &[(&str, &str)], expected: &str) {
        let (_folder, home) = place(files);
        for (target, link) in links {
            symlink(target, home.join(link)).unwrap();
        }
        let (given, keys) = toolchains(&home);
        let given: BTreeSet<PathBuf> =
            given.into_iter().flat_map(|place| given::without(place, &keys)).collect();
        let name = |path: &PathBuf| path.strip_prefix(&home).unwrap().display().to_string();
        assert_eq!(given.iter().map(name).collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn keys_of_toolchains_are_hidden_and_no_link_leads_to_them() {
        check(
            &[
                (".bundle/config", "BUNDLE_GEMS__EXAMPLE__ORG: me:pass"),
                (".bundle/plugin/index", ""),
                (".cargo/bin/cargo", ""),
                (".cargo/credentials.toml", ""),
                (".cargo/config.toml", "[registries.mine]\ntoken = \"x\"\n"),
                (".gradle/caches/x", ""),
                (".gradle/gradle.properties", ""),
                (".gradle/init.d/mine.gradle", ""),
                (".gradle/init.gradle", ""),
                (".opam/config", ""),
            ],
            &[
                ("credentials.toml", ".cargo/more"),
                ("..", ".cargo/home"),
                (".", ".gradle/self"),
                ("../../.gradle/init.d", ".gradle/caches/deep"),
            ],
            ".bundle/plugin .cargo/bin .gradle/caches .opam/config",
        );
    }

    #[test]
    fn a_configuration_of_cargo_without_keys_is_given() {
        let text = "[registry]\nglobal-credential-providers = [\"cargo:token\"]\n";
        check(&[(".cargo/config.toml", text)], &[], ".cargo/config.toml");
        check(&[(".cargo/config", "[env]\nGITHUB_TOKEN = \"x\"\n")], &[], "");
    }

    #[test]
    fn links_of_a_repository_lead_to_nothing_but_python() {
        let (_folder, root) = place(&[
            ("private/bin/python", "a letter"),
            ("private/lib/notes", ""),
            ("private/photos/x", ""),
            ("real/bin/python3.11", ""),
            ("real/lib/python3.11/os.py", ""),
            ("real/photos/x", ""),
            ("repo/.venv/bin/activate", ""),
        ]);
        let repo = root.join("repo");
        let python = repo.join(".venv/bin/python");
        symlink(root.join("private"), repo.join("venv")).unwrap();
        symlink(root.join("private/bin/python"), &python).unwrap();
        let leads = |folder: &str| python_of(&repo.join(folder), None);
        assert!(leads_into(&repo.join("venv/bin"), &repo));
        assert_eq!((leads("venv/bin"), leads(".venv/bin")), (Vec::new(), Vec::new()));

        std::fs::remove_file(&python).unwrap();
        symlink(root.join("real/bin/python3.11"), &python).unwrap();
        assert_eq!(leads(".venv/bin"), ["bin", "lib"].map(|part| root.join("real").join(part)));
    }

    #[test]
    fn a_repository_is_given_without_its_secrets_and_where_no_link_leads() {
        let (_folder, root) = place(&[
            ("repo/a.txt", ""),
            ("repo/web/.env", ""),
            ("repo/web/x.js", ""),
            ("private/x", ""),
        ]);
        let repo = root.join("repo");
        symlink(root.join("private"), repo.join("up")).unwrap();
        let readable = around(&[], &repo).readable;
        let given: Vec<_> = readable.iter().filter(|path| path.starts_with(&root)).collect();
        assert_eq!(given, [&repo.join("a.txt"), &repo.join("web/x.js")]);
    }
}
