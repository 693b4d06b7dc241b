//! The key of a server: read from the environment, sent to its host, shown to nobody.

use std::fmt::{self, Debug, Formatter};

use crate::model::remote::RemoteError;

/// A key. It is in no message, no record and no log: [`Key::hide`] takes it out of other texts.
#[derive(Clone)]
pub(super) struct Key(String);

impl Key {
    /// Reads the variable `name`.
    pub(super) fn of_variable(name: &str) -> Result<Self, RemoteError> {
        let text = std::env::var_os(name).filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| RemoteError::KeyNotSet(name.to_owned()))?;
        let text = text.into_string().map_err(|_| RemoteError::BadKey(name.to_owned()))?;
        Self::new(&text).ok_or_else(|| RemoteError::BadKey(name.to_owned()))
    }

    /// `text` as a key, if it can be one.
    pub(super) fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The header that carries it.
    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// `text` with the key blanked, wherever a server has put it.
    pub(super) fn hide(&self, text: &str) -> String {
        text.replace(&self.0, "…")
    }
}

impl Debug for Key {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_shown() {
        let secret = ["sk", "123"].join("-");
        let key = Key::new(&format!("{secret}\n")).unwrap();
        assert_eq!(format!("{key:?}"), "Key(…)");
        assert_eq!(key.hide(&format!("wrong key {secret}!")), "wrong key …!");
        assert!(Key::new("a\nb").is_none() && Key::new(" ").is_none());
    }
}
