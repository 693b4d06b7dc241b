//! What the model sees: the ledger of its last prompt, and what the person wants changed about it.

use serde_json::Value;

use crate::base::{RepoPath, Span, Tokens};
use crate::session::{DroppedSource, Pin, Selection};

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// As the ledger names it, `path:10-20`.
    pub(super) source: String,
    /// Its tokens; none for what comes into view on the next turn.
    pub(super) tokens: Option<Tokens>,
    /// Why it is there.
    pub(super) why: String,
    /// The place, where it is one.
    pub(super) place: Option<DroppedSource>,
}

/// The context place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sources {
    pub(super) rows: Vec<Row>,
    pub(super) left_out: Vec<String>,
    pub(super) budget: Tokens,
    pub(super) used: Tokens,
    /// The row that keys act on.
    pub(super) at: usize,
    pub(super) selection: Selection,
    /// Whether the selection is not what the last prompt was made with.
    pub(super) changed: bool,
}

/// What becomes of a row on the next turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// As retrieval says.
    Found,
    Pinned,
    Dropped,
    /// It is no source.
    Fixed,
}

impl Sources {
    /// Takes the ledger of a prompt.
    pub(super) fn packed(
        &mut self,
        (budget, used): (Tokens, Tokens),
        ledger: &Value,
        out: &[String],
    ) {
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let entries = ledger.as_array().into_iter().flatten();
        self.rows = entries
            .map(|entry| {
                let source = text(entry, "source");
                let tokens = entry["tokens"].as_u64().unwrap_or_default();
                let tokens = Some(Tokens(u32::try_from(tokens).unwrap_or(u32::MAX)));
                Row { place: place(&source), source, tokens, why: text(entry, "why") }
            })
            .collect();
        self.left_out = out.to_vec();
        (self.budget, self.used) = (budget, used);
        self.changed = false;
        self.at = self.at.min(self.all().len().saturating_sub(1));
    }

    /// What was in the last prompt, then what is pinned or dropped and was not in it.
    pub(super) fn all(&self) -> Vec<Row> {
        let mut rows = self.rows.clone();
        let is_there = |rows: &[Row], path: &RepoPath| {
            rows.iter().any(|row| row.place.as_ref().is_some_and(|place| place.path == *path))
        };
        for pin in self
            .selection
            .pinned
            .iter()
            .filter(|pin| pin.symbol.is_some() || !is_there(&rows, &pin.path))
            .cloned()
            .collect::<Vec<_>>()
        {
            rows.push(Row {
                source: pin.to_string(),
                tokens: None,
                why: "from the next turn on".into(),
                place: Some(DroppedSource { path: pin.path, span: None }),
            });
        }
        for dropped in &self.selection.dropped {
            let shown = rows.iter().any(|row| row.place.as_ref() == Some(dropped));
            if !shown && !is_there(&self.rows, &dropped.path) {
                rows.push(Row {
                    source: dropped.to_string(),
                    tokens: None,
                    why: "kept out".into(),
                    place: Some(dropped.clone()),
                });
            }
        }
        rows
    }

    pub(super) fn fate(&self, row: &Row) -> Fate {
        let Some(place) = &row.place else { return Fate::Fixed };
        if self.selection.dropped.iter().any(|dropped| covers(dropped, place)) {
            Fate::Dropped
        } else if self.selection.pinned.iter().any(|pin| pin.path == place.path) {
            Fate::Pinned
        } else {
            Fate::Found
        }
    }

    /// The row in front.
    pub(super) fn row(&self) -> Option<Row> {
        self.all().get(self.at).cloned()
    }

    /// Takes the row in front out of view, or lets it in again; what is done, in words.
    pub(super) fn toggle_drop(&mut self) -> String {
        let Some((row, place)) = self.row().and_then(|row| Some((row.clone(), row.place?))) else {
            return "this is always there".to_owned();
        };
        self.changed = true;
        if self.fate(&row) == Fate::Dropped {
            self.selection.dropped.retain(|dropped| !covers(dropped, &place));
            return format!("{} may be seen again from the next turn on", row.source);
        }
        self.selection.pinned.retain(|pin| pin.to_string() != row.source && pin.path != place.path);
        if row.tokens.is_some() {
            self.selection.dropped.push(place);
        }
        self.at = self.at.min(self.all().len().saturating_sub(1));
        format!("{} is out of view from the next turn on", row.source)
    }

    /// Pins the file of the row in front, or lets go of it; what is done, in words.
    pub(super) fn toggle_pin(&mut self) -> String {
        let Some((row, place)) = self.row().and_then(|row| Some((row.clone(), row.place?))) else {
            return "this is always there".to_owned();
        };
        if self.fate(&row) == Fate::Pinned {
            self.selection.pinned.retain(|pin| pin.path != place.path);
            self.changed = true;
            self.at = self.at.min(self.all().len().saturating_sub(1));
            return format!("{} is not pinned any more", place.path);
        }
        self.pin(Pin { path: place.path, symbol: None })
    }

    /// Takes something into view; what is done, in words.
    pub(super) fn pin(&mut self, pin: Pin) -> String {
        let said = format!("{pin} is in view from the next turn on");
        self.selection.dropped.retain(|dropped| dropped.path != pin.path);
        if !self.selection.pinned.contains(&pin) {
            self.selection.pinned.push(pin);
        }
        self.changed = true;
        said
    }
}

/// Whether all of `place` is dropped with `dropped`.
fn covers(dropped: &DroppedSource, place: &DroppedSource) -> bool {
    dropped.path == place.path
        && match (dropped.span, place.span) {
            (None, _) => true,
            (Some(lines), Some(span)) => lines.start <= span.start && span.end <= lines.end,
            (Some(_), None) => false,
        }
}

/// Reads `path:10-20`.
fn place(source: &str) -> Option<DroppedSource> {
    let (path, lines) = source.rsplit_once(':')?;
    let (start, end) = lines.split_once('-').unwrap_or((lines, lines));
    let span = Span::new(start.parse().ok()?, end.parse().ok()?);
    Some(DroppedSource { path: RepoPath::new(path).ok()?, span: Some(span) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sources() -> Sources {
        let mut sources = Sources::default();
        let ledger = json!([
            { "source": "instructions", "tokens": 200, "why": "always" },
            { "source": "src/a.py:1-40", "tokens": 300, "why": "named" },
            { "source": "src/b.py:7", "tokens": 30, "why": "found" },
        ]);
        sources.packed((Tokens(1000), Tokens(530)), &ledger, &[]);
        sources
    }

    #[test]
    fn what_is_dropped_stays_in_sight_until_the_next_prompt_and_can_come_back() {
        let mut sources = sources();
        sources.at = 1;
        sources.toggle_drop();
        assert_eq!(sources.fate(&sources.rows[1]), Fate::Dropped);
        assert_eq!(sources.selection.dropped[0].to_string(), "src/a.py:1-40");
        assert!(sources.changed);
        sources.packed((Tokens(1000), Tokens(230)), &json!([]), &[]);
        assert!(!sources.changed);
        assert_eq!(sources.all().len(), 1, "what is kept out is still listed");
        sources.at = 0;
        sources.toggle_drop();
        assert!(sources.selection.is_empty());
    }

    #[test]
    fn what_is_always_there_can_be_neither_dropped_nor_pinned() {
        let mut sources = sources();
        sources.at = 0;
        sources.toggle_drop();
        sources.toggle_pin();
        assert!(sources.selection.is_empty());
        assert_eq!(sources.fate(&sources.rows[0]), Fate::Fixed);
    }

    #[test]
    fn a_pin_takes_back_a_drop_and_the_other_way_round() {
        let mut sources = sources();
        sources.at = 2;
        sources.toggle_drop();
        sources.toggle_pin();
        assert!(sources.selection.dropped.is_empty());
        assert_eq!(sources.fate(&sources.rows[2]), Fate::Pinned);
        sources.toggle_drop();
        assert!(sources.selection.pinned.is_empty());
        assert_eq!(sources.fate(&sources.rows[2]), Fate::Dropped);
    }

    #[test]
    fn a_pinned_symbol_is_listed_before_it_is_seen() {
        let mut sources = sources();
        let path = RepoPath::new("src/a.py").unwrap();
        sources.pin(Pin { path, symbol: Some("Client.connect".into()) });
        let last = sources.all().pop().unwrap();
        assert_eq!((last.source.as_str(), last.tokens), ("src/a.py::Client.connect", None));
    }
}
