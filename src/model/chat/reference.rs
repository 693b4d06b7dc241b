//! Templates of real models over conversations of every kind, held against transformers.
//!
//! `fixtures/templates/render.py` writes what transformers makes of each; here the same has to come
//! out, byte for byte, or be refused. Another set of templates can be held against theirs with
//! `COUNTERSIGN_TEST_TEMPLATES=FOLDER`, where render.py has written into `FOLDER/expected`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::{Value, json as object};

use crate::model::chat::conversation::{NoText, Shape};
use crate::model::chat::rendered::Rendered;
use crate::model::chat::reply::Reader;
use crate::model::chat::template::Template;
use crate::model::{Answers, Message, Prompt, Speaker, Tool, ToolCall};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/templates")
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// The templates of `folder` by name.
fn templates(folder: &Path) -> BTreeMap<String, Template> {
    let families = json(&fixtures().join("families.json"));
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|end| end == "jinja"));
    let template = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&path).unwrap();
        let token = |key, other: &str| families[&name][key].as_str().unwrap_or(other).to_owned();
        let mut specials = look_special(&source);
        if folder == fixtures() {
            specials.extend(all_special().iter().cloned());
        }
        let template =
            Template::new(Some(&source), token("bos", "<s>"), token("eos", "</s>"), specials);
        (name, template.unwrap().at("2025-01-02T03:04:05[UTC]".parse().unwrap()))
    };
    files.map(template).collect()
}

/// All that looks like a special token of this template.
fn look_special(source: &str) -> Vec<String> {
    let pattern = regex::Regex::new(r"<[^<>\s{}'+]{1,40}>|\[/?[A-Z_]{3,}\]").unwrap();
    pattern.find_iter(source).map(|found| found.as_str().to_owned()).collect()
}

fn conversations() -> BTreeMap<String, Prompt> {
    let tools = json(&fixtures().join("tools.json"));
    let Value::Object(all) = json(&fixtures().join("conversations.json")) else { panic!() };
    let prompt = |(name, mut prompt): (String, Value)| {
        if prompt["tools"] == "$tools" {
            prompt["tools"] = tools.clone();
        }
        (name, serde_json::from_value(prompt).unwrap())
    };
    all.into_iter().map(prompt).collect()
}

/// The conversation and the shape that a key of an expected file names.
fn named<'a>(key: &str, conversations: &'a BTreeMap<String, Prompt>) -> (&'a Prompt, Shape) {
    let words: Vec<&str> = key.split(' ').collect();
    let no_text = match words.get(1) {
        Some(&"empty") => NoText::Empty,
        Some(&"null") => NoText::Null,
        _ => NoText::Absent,
    };
    (&conversations[words[0]], Shape::new(no_text, words.get(2) == Some(&"json")))
}

#[test]
fn prompts_are_those_of_transformers_byte_for_byte() {
    let folder = std::env::var_os("COUNTERSIGN_TEST_TEMPLATES").map(PathBuf::from);
    let folder = folder.unwrap_or_else(fixtures);
    let conversations = conversations();
    let (mut equal, mut total, mut wrong) = (0, 0, Vec::new());
    for (family, template) in templates(&folder) {
        let Value::Object(expected) = json(&folder.join(format!("expected/{family}.json"))) else {
            panic!("{family}")
        };
        for (key, expected) in expected {
            let (prompt, shape) = named(&key, &conversations);
            let ours = template.plain(prompt, &prompt.messages, shape);
            total += 1;
            match (&ours, expected["text"].as_str()) {
                (Ok(ours), Some(theirs)) if ours == theirs => equal += 1,
                (Err(_), None) => equal += 1,
                (ours, _) => wrong.push(format!("{family}, {key}:\n{ours:?}\n{expected}\n")),
            }
        }
    }
    println!("{equal} of {total} are equal");
    assert!(total > 500, "{total}");
    assert!(wrong.is_empty(), "{} of {total} differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn tokens_of_the_template_are_told_apart_without_changing_a_byte() {
    let folder = std::env::var_os("COUNTERSIGN_TEST_TEMPLATES").map(PathBuf::from);
    let folder = folder.unwrap_or_else(fixtures);
    let conversations = conversations();
    let (mut total, mut wrong) = (0, Vec::new());
    for (family, template) in templates(&folder) {
        for (name, prompt) in &conversations {
            for shape in Shape::ALL {
                let messages = &prompt.messages;
                let Ok(text) = template.plain(prompt, messages, shape) else { continue };
                total += 1;
                let rendered = template.told_apart(prompt, messages, shape, text);
                if !rendered.as_ref().is_ok_and(|rendered| rendered.exact) {
                    wrong.push(format!("{family}, {name}, {shape:?}: {rendered:?}"));
                }
            }
        }
    }
    assert!(total > 500, "{total}");
    assert!(wrong.is_empty(), "{} of {total} differ\n{}", wrong.len(), wrong.join("\n"));
}

/// What each family cannot be told; everything else is shown to it whole.
#[test]
fn what_a_template_leaves_out_is_refused_and_named() {
    let conversations = conversations();
    let mut refused: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (family, template) in fixture_templates() {
        for (name, prompt) in &conversations {
            match template.render(prompt) {
                Ok(rendered) => assert!(rendered.exact, "{family} {name}"),
                Err(why) => refused.entry(format!("{family}: {why}")).or_default().push(name),
            }
        }
    }
    let shown = refused.iter().map(|(what, names)| format!("{what} ({})", names.join(", ")));
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @r"
    gpt-oss: the chat template leaves out message 2 (late_system)
    mistral-nemo: the chat template fails: invalid operation: Only user and assistant roles are supported, with the exception of an initial optional system message! (in chat:85) (late_system)
    smollm3: the chat template leaves out message 2 (late_system)
    ");
}

/// A model writes calls as its template shows earlier ones: they have to be read back as they were.
#[test]
fn calls_are_read_as_the_templates_write_them() {
    let conversations = conversations();
    let mut seen = 0;
    for (family, template) in fixture_templates() {
        for name in ["one_call", "parallel_calls", "unicode"] {
            let prompt = &conversations[name];
            let at = prompt.messages.iter().position(|message| !message.calls.is_empty()).unwrap();
            let before = Prompt { messages: prompt.messages[..at].to_vec(), ..prompt.clone() };
            let before = template.render(&before).unwrap().text;
            let whole = template.render(prompt).unwrap().text;
            let same = before.bytes().zip(whole.bytes()).take_while(|(a, b)| a == b).count();
            // Not in the middle of a marker.
            let same = &whole[..whole.floor_char_boundary(same)];
            let cut = same.rfind('<').filter(|at| !same[*at..].contains('>'));
            let reply = &whole[cut.unwrap_or(same.len())..];
            let result = prompt.messages[at + 1].text.trim();
            let reply = &reply[..reply.find(result).unwrap()];
            let reader = Reader::new(&template.format(prompt), &prompt.tools, 0, false);
            let read = reader.read(reply);
            let shown = |calls: &[ToolCall]| -> Vec<String> {
                calls.iter().map(|call| format!("{} {}", call.name, call.arguments)).collect()
            };
            // This template shows one call a message.
            let calls = &prompt.messages[at].calls;
            let expected = shown(if family == "gpt-oss" { &calls[..1] } else { calls });
            assert_eq!(shown(&read.calls), expected, "{family} {name}: {reply:?} {read:?}");
            assert!(read.unread.is_empty() && read.repairs.is_empty(), "{family} {name}: {read:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, 3 * fixture_templates().len());
}

/// Every special token of every template here, the same for all of them: what is a token to one is
/// text to another.
fn all_special() -> &'static [String] {
    static ALL: OnceLock<Vec<String>> = OnceLock::new();
    ALL.get_or_init(|| {
        let files = std::fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|end| end == "jinja"));
        let sources = files.map(|path| std::fs::read_to_string(path).unwrap());
        let mut all: Vec<String> = sources.flat_map(|source| look_special(&source)).collect();
        all.sort();
        all.dedup();
        all
    })
}

/// Text with special tokens, and parts of such, spelled in it.
fn hostile(tokens: Vec<String>) -> impl Strategy<Value = String> {
    let token = prop::sample::select(tokens);
    let part = (token.clone(), any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(token, at, front)| {
            let letters: Vec<char> = token.chars().collect();
            let (a, b) = letters.split_at(at.index(letters.len()));
            if front { a.iter().collect() } else { b.iter().collect() }
        },
    );
    let other =
        prop::sample::select(vec!["a", " ", "\n", "\"", "é😀", "\u{f8fd}", "\u{e000}", "\\"]);
    let word = prop_oneof![token, part, other.prop_map(str::to_owned)];
    // Without white space at the ends and not empty: templates lay those out otherwise.
    prop::collection::vec(word, 1..6).prop_map(|words| format!("x{}x", words.concat()))
}

/// A conversation in which everything that can be hostile is.
fn conversation(texts: &[String]) -> Prompt {
    let text = |i: usize| texts[i % texts.len()].clone();
    let call = ToolCall {
        id: "abcdef123".into(),
        name: text(0),
        // No two keys are equal.
        arguments: object!({ format!("a{}", text(1)): text(2), format!("b{}", text(3)): [text(4)] }),
    };
    let answers = Answers { id: call.id.clone(), name: call.name.clone() };
    let properties =
        object!({ text(5): {"type": "string", text(6): text(7)}, "b": {"type": "integer"} });
    let parameters = object!({ "type": "object", "properties": properties, text(8): text(9) });
    Prompt {
        messages: vec![
            Message::new(Speaker::System, text(10)),
            Message::new(Speaker::User, text(11)),
            Message {
                reasoning: text(12),
                calls: vec![call],
                ..Message::new(Speaker::Assistant, text(13))
            },
            Message { answers: Some(answers), ..Message::new(Speaker::Tool, text(14)) },
            Message::new(Speaker::Assistant, text(15)),
            Message::new(Speaker::User, text(16)),
        ],
        tools: vec![Tool { name: text(17), description: text(18), parameters }],
        ..Prompt::default()
    }
}

/// Templates look for these in texts and lay the conversation out otherwise where they find them.
fn is_looked_for(text: &str) -> bool {
    ["think", "tool_response", "channel"].iter().any(|word| text.contains(word))
}

fn fixture_templates() -> &'static BTreeMap<String, Template> {
    static TEMPLATES: OnceLock<BTreeMap<String, Template>> = OnceLock::new();
    TEMPLATES.get_or_init(|| templates(&fixtures()))
}

/// `prompt` by every template in every shape that it takes, as it is and with its tokens known.
fn rendered(prompt: &Prompt) -> Vec<(String, &'static Template, String, Rendered)> {
    let mut all = Vec::new();
    for (family, template) in fixture_templates() {
        for shape in Shape::ALL {
            let messages = &prompt.messages;
            if let Ok(text) = template.plain(prompt, messages, shape) {
                let rendered = template.told_apart(prompt, messages, shape, text.clone()).unwrap();
                all.push((format!("{family} {shape:?}"), template, text, rendered));
            }
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// In no piece stands a special token that is not the template's, and the pieces are the text.
    #[test]
    fn no_text_of_others_makes_a_special_token(
        texts in prop::collection::vec(hostile(all_special().to_vec()), 19),
    ) {
        let all = rendered(&conversation(&texts));
        prop_assert!(all.len() > 40, "{}", all.len());
        for (name, template, text, rendered) in all {
            prop_assert_eq!(&rendered.text, &text, "{}", &name);
            prop_assert_eq!(rendered.pieces().collect::<String>(), text, "{}", &name);
            let mut at = 0;
            for piece in rendered.pieces() {
                for special in template.specials() {
                    for (inner, _) in piece.match_indices(special.as_str()) {
                        let (start, end) = (at + inner, at + inner + special.len());
                        let own = |token: &Range<usize>| token.start <= start && end <= token.end;
                        prop_assert!(rendered.tokens.iter().any(own), "{name}: {special} in {piece}");
                    }
                }
                at += piece.len();
            }
        }
    }

    /// The special tokens are those of the same conversation with harmless texts, one by one.
    #[test]
    fn hostile_texts_leave_the_tokens_of_the_template_as_they_are(
        texts in prop::collection::vec(
            hostile(all_special().iter().filter(|text| !is_looked_for(text)).cloned().collect()),
            19,
        ),
    ) {
        prop_assume!(!texts.iter().any(|text| is_looked_for(text)));
        let tokens = |rendered: &Rendered| -> Vec<String> {
            rendered.tokens.iter().map(|token| rendered.text[token.clone()].to_owned()).collect()
        };
        let harmless: Vec<String> = (0..19).map(|i| format!("plain{i}")).collect();
        let harmless: BTreeMap<String, Vec<String>> = rendered(&conversation(&harmless))
            .iter()
            .map(|(name, _, _, rendered)| (name.clone(), tokens(rendered)))
            .collect();
        // Templates compare messages with each other: these are told apart, as the harmless ones are.
        let texts: Vec<String> = (0..).zip(&texts).map(|(i, text)| format!("{text}{i}")).collect();
        let hostile = rendered(&conversation(&texts));
        prop_assert_eq!(hostile.len(), harmless.len());
        for (name, _, _, rendered) in hostile {
            prop_assert_eq!(&tokens(&rendered), &harmless[&name], "{}", name);
        }
    }
}
