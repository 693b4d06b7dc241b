//! What a real model need not do twice, does side by side, and is held to.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use countersign::base::Tokens;
use countersign::model::{
    Cancel, Completion, Engine, Form, LocalEngine, ModelFile, Prompt, Sampling, Settings, Step,
    StopReason,
};
use serde_json::{Value, json};

use crate::model::{user, weights};

fn start(settings: Settings) -> LocalEngine {
    let file = ModelFile { name: "smollm2-135m".into(), path: weights(), digest: None };
    LocalEngine::start(&file, settings).expect("the model loads")
}

fn ask(engine: &LocalEngine, prompt: &Prompt, sampling: &Sampling) -> Completion {
    engine.complete(prompt, sampling, &Cancel::default(), &mut |_| {}).expect("an answer")
}

fn tokens(max_tokens: u32) -> Sampling {
    Sampling { max_tokens: Tokens(max_tokens), ..Sampling::default() }
}

fn keeping(folder: &Path) -> Settings {
    Settings { cache: Some(folder.to_owned()), ..Settings::default() }
}

/// The files of a cache.
fn kept(folder: &Path) -> Vec<std::path::PathBuf> {
    let inside = |path: &Path| {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    inside(folder).iter().flat_map(|it| inside(it)).flat_map(|it| inside(&it)).collect()
}

#[test]
fn the_next_process_goes_on_from_disk_unless_it_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let prompt = user(&format!(
        "{} Who keeps the lighthouse?",
        "The lighthouse keeper is called Ingrid. ".repeat(40)
    ));
    let first = ask(&start(keeping(dir.path())), &prompt, &tokens(12));
    assert_eq!(first.usage.restored, Tokens(0));
    assert_eq!(kept(dir.path()).len(), 1);

    let second = ask(&start(keeping(dir.path())), &prompt, &tokens(12));
    assert_eq!(second.usage.restored, Tokens(second.usage.prompt.0 - 1));
    assert_eq!(second.text, first.text);

    let path = kept(dir.path()).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    File::create(&path).and_then(|mut file| file.write_all(&bytes)).unwrap();
    let third = ask(&start(keeping(dir.path())), &prompt, &tokens(12));
    assert_eq!((third.usage.restored, third.text), (Tokens(0), first.text));
}

#[test]
fn several_answers_read_the_prompt_once() {
    let engine = start(Settings::default());
    let prompt = user(&format!("{} Go on.", "One, two, three, four. ".repeat(30)));
    let warm = |seed| Sampling { temperature: 0.9, seed, ..tokens(16) };
    let samplings = [warm(1), warm(2), warm(1), tokens(16), warm(3)];
    let mut texts = vec![String::new(); samplings.len()];
    let mut ended = Vec::new();
    let answers = engine
        .candidates(&prompt, &samplings, &Cancel::default(), &mut |at, step| match step {
            Step::Delta(countersign::model::Delta::Text(text)) => texts[at] += &text,
            Step::Ended(answer) => ended.push((at, answer)),
            Step::Delta(_) => {}
        })
        .unwrap();
    assert_eq!(texts, answers.iter().map(|it| it.text.clone()).collect::<Vec<_>>());
    ended.sort_by_key(|it| it.0);
    assert_eq!(ended.into_iter().map(|it| it.1).collect::<Vec<_>>(), answers);
    assert_ne!(answers[0].text, answers[1].text);
    assert_eq!(answers[0].usage.cached, Tokens(0));
    assert!(answers[1..].iter().all(|it| it.usage.cached == it.usage.prompt));
    assert!(answers.iter().all(|it| it.logprob < 0.0 && it.logprob.is_finite()));
    let alone = ask(&engine, &prompt, &tokens(1));
    assert_eq!(Tokens(alone.usage.prompt.0 - 1), alone.usage.cached);
}

#[test]
fn the_others_end_when_one_is_good_enough() {
    let engine = start(Settings::default());
    let cancel = Cancel::default();
    let samplings = [tokens(3), tokens(400), tokens(400)];
    let prompt = user("Write a long story about the sea.");
    let answers = engine
        .candidates(&prompt, &samplings, &cancel, &mut |at, step| {
            if let (0, Step::Ended(_)) | (1, Step::Delta(countersign::model::Delta::Text(_))) =
                (at, step)
            {
                cancel.cancel();
            }
        })
        .unwrap();
    let stops: Vec<_> = answers.iter().map(|it| it.stop).collect();
    assert!(stops[1..].iter().all(|stop| *stop == StopReason::Cancelled), "{stops:?}");
    assert!(answers[1].usage.completion < Tokens(20), "{:?}", answers[1].usage);
}

#[test]
fn more_answers_than_the_context_holds_are_written_in_turns() {
    let engine = start(Settings { context: Tokens(512), ..Settings::default() });
    let samplings: Vec<_> =
        (0..4).map(|seed| Sampling { temperature: 1.0, seed, ..tokens(200) }).collect();
    let prompt = user("Say something.");
    let answers =
        engine.candidates(&prompt, &samplings, &Cancel::default(), &mut |_, _| {}).unwrap();
    assert_eq!(answers.len(), 4);
    assert!(answers.iter().all(|it| it.usage.completion > Tokens(0)), "{answers:?}");
}

#[test]
fn what_is_repeated_is_guessed_and_the_text_is_what_the_model_says() {
    let text = "fn area(width: u32, height: u32) -> u32 {\n    width * height\n}\n".repeat(3);
    let prompt =
        Prompt { prefill: text[..90].to_owned(), ..user(&format!("Repeat this:\n{text}")) };
    let guessing = ask(&start(Settings::default()), &prompt, &tokens(40));
    let plain = ask(&start(Settings { guess: false, ..Settings::default() }), &prompt, &tokens(40));
    assert!(guessing.usage.accepted > Tokens(10), "{:?}", guessing.usage);
    assert!(guessing.usage.accepted <= guessing.usage.drafted);
    assert_eq!(plain.usage.drafted, Tokens(0));
    // Batches of other sizes are computed by other kernels, so that near ties may fall otherwise; a
    // copy has none.
    assert_eq!(guessing.text[..text.len() * 2 / 3], plain.text[..text.len() * 2 / 3]);
}

#[test]
fn forms_are_kept_to_by_a_model_that_does_not_know_them() {
    let engine = start(Settings::default());
    let schema = json!({
        "type": "object",
        "properties": {
            "tool": {"enum": ["search", "open"]},
            "line": {"type": "integer", "minimum": 1, "maximum": 99},
            "words": {"type": "array", "items": {"type": "string", "maxLength": 8}, "maxItems": 2},
        },
        "required": ["tool", "line", "words"],
        "additionalProperties": false,
    });
    for seed in 0..4 {
        let form = Some(Form::JsonSchema(schema.clone()));
        let temperature = if seed == 0 { 0.0 } else { 1.2 };
        let sampling = Sampling { form, temperature, seed, ..tokens(200) };
        let answer = ask(&engine, &user("Find where the file is opened."), &sampling);
        let value: Value = serde_json::from_str(&answer.text).expect(&answer.text);
        assert!(["search", "open"].contains(&value["tool"].as_str().unwrap()), "{value}");
        assert!((1..100).contains(&value["line"].as_i64().unwrap()), "{value}");
        assert!(value["words"].as_array().unwrap().len() <= 2, "{value}");
        assert_eq!(value.as_object().unwrap().len(), 3, "{value}");
        assert_eq!(answer.stop, StopReason::Finished);
        assert!(answer.usage.accepted > Tokens(2), "keys are certain: {:?}", answer.usage);
    }
    let regex =
        Sampling { form: Some(Form::Regex("EDIT [a-z]{2,5} [0-9]\\.".into())), ..tokens(40) };
    let answer = ask(&engine, &user("Which edit?"), &regex);
    let (word, number) = answer.text.strip_prefix("EDIT ").unwrap().split_once(' ').unwrap();
    assert!((2..6).contains(&word.len()) && number.len() == 2, "{answer:?}");
    let lark = "start: \"A \" (\"b\" | \"c\")+ \"\\n\"".to_owned();
    let answer =
        ask(&engine, &user("Letters"), &Sampling { form: Some(Form::Lark(lark)), ..tokens(8) });
    assert!(answer.text.starts_with("A b") || answer.text.starts_with("A c"), "{answer:?}");
    let wrong = Sampling { form: Some(Form::Lark("start: nowhere".into())), ..tokens(8) };
    let error = engine
        .complete(&user("Letters"), &wrong, &Cancel::default(), &mut |_| {})
        .unwrap_err()
        .to_string();
    assert!(error.contains("the form of the answer"), "{error}");
}
