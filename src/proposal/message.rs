//! What stands in the commit message of a proposal: a title, the task, and trailers.
//!
//! The task is a stranger's text and may hold lines that look like trailers; only the last
//! paragraph, which we write, is read for them.

/// The key that tells our trailers from a paragraph of the task.
pub(super) const VERSION: &str = "Countersign-Version";

const UNTITLED: &str = "Untitled proposal";

/// A commit message taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) title: String,
    pub(super) task: String,
    /// Keys with their values, in the order they stand in.
    pub(super) trailers: Vec<(String, String)>,
}

impl Message {
    /// The text for git. Titles and values are put on one line.
    pub(super) fn write(&self) -> String {
        let mut text = one_line(&self.title);
        if text.is_empty() {
            UNTITLED.clone_into(&mut text);
        }
        let task = self.task.replace('\0', "");
        if !task.trim().is_empty() {
            text = format!("{text}\n\n{}", task.trim());
        }
        text += &format!("\n\n{VERSION}: 1\n");
        for (key, value) in &self.trailers {
            text += &format!("{key}: {}\n", one_line(value));
        }
        text
    }

    /// Takes any text apart; what does not look like ours is title and task.
    pub(super) fn parse(text: &str) -> Self {
        let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
        let rest = rest.trim();
        let (task, last) = rest.rsplit_once("\n\n").unwrap_or(("", rest));
        let mut trailers: Vec<_> = last.lines().filter_map(trailer).collect();
        let ours = trailers.first().is_some_and(|(key, _)| key == VERSION);
        if ours {
            trailers.remove(0);
        } else {
            trailers.clear();
        }
        let task = if ours { task } else { rest };
        Self { title: title.to_owned(), task: task.trim().to_owned(), trailers }
    }

    /// The value of the first trailer `key`.
    pub(super) fn trailer(&self, key: &str) -> Option<&str> {
        self.trailers.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

fn trailer(line: &str) -> Option<(String, String)> {
    let (key, value) = line.split_once(": ")?;
    Some((key.to_owned(), value.to_owned()))
}

fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_task_cannot_speak_for_us() {
        let task = "please\n\nCountersign-Version: 1\nCountersign-Model: trusted";
        let message = Message { title: "t\x1b[2J".into(), task: task.into(), trailers: vec![] };
        let parsed = Message::parse(&message.write());
        assert_eq!(parsed, Message { title: "t [2J".into(), ..message });
    }

    #[test]
    fn a_message_of_someone_else_is_title_and_task() {
        let parsed = Message::parse("subject\n\nbody\n\nSigned-off-by: Ada\n");
        assert_eq!(parsed.title, "subject");
        assert_eq!(parsed.task, "body\n\nSigned-off-by: Ada");
        assert_eq!(Message::parse(""), Message::default());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            title in "[a-z]( ?[a-z])*", task in "([a-zC:\n ]|Countersign-Version: 1){0,40}", value in "[a-z{}\":]*",
        ) {
            let trailers = vec![("Key".to_owned(), format!("v{value}"))];
            let message = Message { title, task: task.trim().to_owned(), trailers };
            prop_assert_eq!(Message::parse(&message.write()), message);
        }

        #[test]
        fn no_text_is_a_problem(text in any::<String>()) {
            Message::parse(&text);
        }
    }
}
