//! The paths that no configuration opens: git's own files, the tool's own rules, secrets.
//!
//! Plain code, asked before any policy. Names are compared as the most forgiving file systems
//! compare them: case, trailing dots and spaces, NTFS short names and streams, and the code points
//! that HFS+ ignores make no difference (the list is git's own, see `is_hfs_dotgit` in its
//! `utf8.c` and `is_ntfs_dotgit` in its `path.c`).

use crate::base::RepoPath;
use crate::policy::{Action, Actor};

/// A guard that speaks against an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guard {
    pub(super) rule: &'static str,
    pub(super) why: &'static str,
}

/// Every guard with what it is about, for `policy show`.
pub(super) const ALL: [Guard; 4] = [GIT, TOOL, IGNORE_FILES, SECRETS];

const GIT: Guard = Guard { rule: "guard-git", why: "git's own files are not for editing" };
const TOOL: Guard = Guard {
    rule: "guard-countersign",
    why: "the rules that agents work under are changed by hand only",
};
const IGNORE_FILES: Guard =
    Guard { rule: "guard-ignore-files", why: "what agents may see is changed by hand only" };
const SECRETS: Guard =
    Guard { rule: "guard-secrets", why: "files of this name hold secrets, which agents never see" };

/// The guard that denies `action` to `actor`, if one does.
pub(super) fn guard(actor: Actor, action: &Action) -> Option<Guard> {
    match action {
        Action::EditPath(edit) => guard_edit(actor, &edit.path),
        Action::ReadPath(read) => guard_read(actor, &read.path),
        Action::RunCommand(_) | Action::ReachNetwork(_) => None,
    }
}

fn guard_edit(actor: Actor, path: &RepoPath) -> Option<Guard> {
    let parts = folded_parts(path);
    if parts.iter().any(|part| is_git(part)) {
        Some(GIT)
    } else if parts.iter().any(|part| part == ".countersign") {
        Some(TOOL)
    } else if actor == Actor::Person {
        None
    } else if parts.last().is_some_and(|name| IGNORE_NAMES.contains(&name.as_str())) {
        Some(IGNORE_FILES)
    } else {
        is_secret(&parts).then_some(SECRETS)
    }
}

fn guard_read(actor: Actor, path: &RepoPath) -> Option<Guard> {
    if actor == Actor::Person {
        return None;
    }
    let parts = folded_parts(path);
    if parts.iter().any(|part| is_git(part)) {
        return Some(GIT);
    }
    (actor == Actor::Agent && is_secret(&parts)).then_some(SECRETS)
}

const IGNORE_NAMES: [&str; 5] =
    [".countersignignore", ".aiderignore", ".gooseignore", ".geminiignore", ".clineignore"];

/// The components as a forgiving file system sees them.
fn folded_parts(path: &RepoPath) -> Vec<String> {
    path.parts().map(fold).collect()
}

fn fold(part: &[u8]) -> String {
    let text = String::from_utf8_lossy(part);
    let seen: String = text.chars().filter(|c| !is_ignored_by_hfs(*c)).collect();
    // NTFS reads `name::$INDEX_ALLOCATION` as `name`.
    let name = seen.split(':').next().unwrap_or_default();
    name.trim_end_matches(['.', ' ']).to_lowercase()
}

fn is_ignored_by_hfs(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

fn is_git(part: &str) -> bool {
    part == ".git" || part == "git~1"
}

fn is_secret(parts: &[String]) -> bool {
    let Some((name, dirs)) = parts.split_last() else {
        return false;
    };
    parts.iter().any(|part| SECRET_DIRS.contains(&part.as_str()))
        || is_secret_name(name)
        || (name == "config.json" && dirs.last().is_some_and(|dir| dir == ".docker"))
}

const SECRET_DIRS: [&str; 6] = [".ssh", ".aws", ".gnupg", ".kube", ".azure", ".password-store"];

const SECRET_NAMES: [&str; 17] = [
    ".env",
    ".netrc",
    "_netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".my.cnf",
    ".htpasswd",
    ".dockercfg",
    ".git-credentials",
    ".terraformrc",
    "terraform.tfvars",
    "credentials",
    "credentials.json",
    "credentials.toml",
    "secrets.json",
    "service-account.json",
];

const SECRET_EXTENSIONS: [&str; 10] =
    ["pem", "key", "p12", "pfx", "keystore", "jks", "kdbx", "ppk", "p8", "asc.key"];

/// What `.env.…` may end in without being secret: a form to fill in.
const FORMS: [&str; 4] = ["example", "sample", "template", "dist"];

fn is_secret_name(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
    let private_key = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"]
        .iter()
        .any(|key| name.starts_with(key) && extension != "pub");
    private_key
        || SECRET_NAMES.contains(&name)
        || SECRET_EXTENSIONS.contains(&extension)
        || name.strip_prefix(".env.").is_some_and(|_| !FORMS.contains(&extension))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::{Act, EditPath, ReadPath};

    /// The guards that deny an agent, and a person, to read and to edit `path`.
    #[track_caller]
    fn check(path: &str, expected: &str) {
        let path: RepoPath = path.parse().unwrap();
        let read = ReadPath { path: path.clone() }.action();
        let edit = EditPath { path: path.clone() }.action();
        let name = |guard: Option<Guard>| guard.map_or("-", |guard| guard.rule);
        let found = format!(
            "agent {} {}, person {} {}",
            name(guard(Actor::Agent, &read)),
            name(guard(Actor::Agent, &edit)),
            name(guard(Actor::Person, &read)),
            name(guard(Actor::Person, &edit)),
        );
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn git_in_every_disguise() {
        let all = "agent guard-git guard-git, person - guard-git";
        for path in [".git", ".git/config", "a/.GIT/hooks/x", ".git./config", ".git /x", "git~1/x"]
        {
            check(path, all);
        }
        check(".g\u{200c}it/config", all);
        check(".git::$INDEX_ALLOCATION/config", all);
        check(".gitignore", "agent - -, person - -");
        check("src/git/mod.rs", "agent - -, person - -");
    }

    #[test]
    fn own_rules_and_ignore_files() {
        let tool = "agent - guard-countersign, person - guard-countersign";
        check(".countersign/policy.cedar", tool);
        check("sub/.Countersign/config.toml", tool);
        check(".countersignignore", "agent - guard-ignore-files, person - -");
    }

    #[test]
    fn secrets_and_their_forms() {
        let secret = "agent guard-secrets guard-secrets, person - -";
        for path in [
            ".env",
            "web/.ENV.production",
            "server.pem",
            "tls/Server.KEY",
            "id_rsa",
            "id_ed25519_work",
            ".aws/credentials",
            "home/.ssh/config",
            ".npmrc",
            "app.p12",
            ".docker/config.json",
        ] {
            check(path, secret);
        }
        for path in [".env.example", ".env.local.sample", "id_rsa.pub", "src/env.rs", "keys.rs"] {
            check(path, "agent - -, person - -");
        }
    }

    proptest! {
        #[test]
        fn any_path_with_a_git_component_is_guarded(
            before in "[a-z]{1,4}", after in "[a-z]{1,4}", name in "\\.[gG][iI][tT][. ]{0,3}",
        ) {
            let path = RepoPath::new(format!("{before}/{name}/{after}")).unwrap();
            prop_assert_eq!(guard_edit(Actor::Person, &path), Some(GIT));
        }
    }
}
