//! Whether one role may do more than another: what keeps a repository's roles from gaining rights.

use crate::agent::{Budget, Role};
use crate::base::Tokens;

/// What `role` may do that `base` may not, in words; none where it may do as much or less.
pub(super) fn more_than(role: &Role, base: &Role) -> Option<String> {
    let is = |field: &str, why: &str| Some(format!("`{field}` {why}; a repository cannot set it"));
    if let Some(tool) = role.tools.iter().find(|it| !base.tools.contains(it)) {
        return is("tools", &format!("adds `{tool}`"));
    }
    if let Some(more) = role.reads.iter().find(|it| !base.reads.contains(it)) {
        return is("reads", &format!("adds `{}`", word(more)));
    }
    if let Some(more) = role.dialects.iter().find(|it| !base.dialects.contains(it)) {
        return is("dialects", &format!("adds `{}`", word(more)));
    }
    if role.model != base.model {
        return is("model", "is another");
    }
    if role.contract != base.contract {
        return is("contract", "is another");
    }
    if base.held && !role.held {
        return is("held", "is false");
    }
    if role.shown_whole_lines > base.shown_whole_lines {
        return is("shown_whole_lines", "is larger");
    }
    if role.whole_file_lines > base.whole_file_lines {
        return is("whole_file_lines", "is larger");
    }
    let more = |new: Option<Tokens>, old: Option<Tokens>| match (new, old) {
        (Some(new), Some(old)) => new > old,
        (None, Some(_)) | (Some(_), None) => true,
        (None, None) => false,
    };
    if more(role.budget.prompt_tokens, base.budget.prompt_tokens) {
        return is("budget.prompt_tokens", "is larger");
    }
    if more(role.budget.answer_tokens, base.budget.answer_tokens) {
        return is("budget.answer_tokens", "is larger");
    }
    let turns = |budget: Budget| budget.turns.map(Tokens);
    if more(turns(role.budget), turns(base.budget)) {
        return is("budget.turns", "is larger");
    }
    if more(role.budget.written_tokens, base.budget.written_tokens) {
        return is("budget.written_tokens", "is larger");
    }
    None
}

/// How a role's file writes it.
fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_has_no_longer_files_shown_whole() {
        let base = Role::coder().unwrap();
        let with = |lines| Role { shown_whole_lines: lines, ..base.clone() };
        assert_eq!(more_than(&with(0), &base), None);
        assert_eq!(more_than(&with(base.shown_whole_lines), &base), None);
        let why = more_than(&with(base.shown_whole_lines + 1), &base).unwrap();
        assert!(why.starts_with("`shown_whole_lines` is larger"), "{why}");
    }
}
