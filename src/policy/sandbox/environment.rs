//! The variables of a confined command: none with a secret, and everything offline.

use std::path::Path;

/// Parts of the names of variables that hold keys, or lead to who has them.
const SECRETS: [&str; 8] =
    ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "API_KEY", "ACCESS_KEY", "PRIVATE_KEY"];
/// Services that would act for the command outside of the sandbox.
const SERVICES: [&str; 6] = [
    "SSH_AUTH_SOCK",
    "GPG_AGENT_INFO",
    "DBUS_SESSION_BUS_ADDRESS",
    "DOCKER_HOST",
    "WAYLAND_DISPLAY",
    "DISPLAY",
];

/// Whether a variable of this name is kept from confined commands.
pub fn hidden(name: &str) -> bool {
    let folded = name.to_ascii_uppercase();
    SERVICES.contains(&name)
        || folded.ends_with("_KEY")
        || SECRETS.iter().any(|part| folded.contains(part))
}

/// The variables that a confined command gets on top. `temporary` is a folder of its own, `cache`
/// one that stays from one run to the next.
pub fn variables(temporary: &Path, cache: &Path) -> Vec<(&'static str, std::ffi::OsString)> {
    let below = |name: &str| cache.join(name).into_os_string();
    vec![
        ("TMPDIR", temporary.into()),
        ("TMP", temporary.into()),
        ("TEMP", temporary.into()),
        ("XDG_CACHE_HOME", below("cache")),
        ("XDG_RUNTIME_DIR", temporary.into()),
        ("COUNTERSIGN_CACHE", cache.into()),
        ("CARGO_TARGET_DIR", below("target")),
        ("CARGO_NET_OFFLINE", "true".into()),
        ("GOCACHE", below("go-build")),
        ("GOPROXY", "off".into()),
        ("GOTELEMETRY", "off".into()),
        ("PIP_NO_INDEX", "1".into()),
        ("UV_OFFLINE", "1".into()),
        ("npm_config_offline", "true".into()),
        ("npm_config_cache", below("npm")),
        ("npm_config_update_notifier", "false".into()),
        // The person's own hold names and keys; without them programs must not fail.
        ("GIT_CONFIG_GLOBAL", "/dev/null".into()),
        ("BUNDLE_USER_CONFIG", "/dev/null".into()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_with_secrets_are_hidden() {
        for name in ["GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "openai_api_key", "SSH_AUTH_SOCK"] {
            assert!(hidden(name), "{name}");
        }
        for name in ["PATH", "HOME", "PYTHONPATH", "KEYBOARD"] {
            assert!(!hidden(name), "{name}");
        }
    }
}
