//! Whether an answer has the form that it was asked for: said by the same library that holds local
//! models to it, one byte a token.

use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::ApproximateTokEnv;
use llguidance::{Matcher, ParserFactory};

use crate::model::Form;

/// Why `text` has not the form, if so.
pub(super) fn violation(form: &Form, text: &str) -> Option<String> {
    check(form, text).err()
}

fn check(form: &Form, text: &str) -> Result<(), String> {
    let grammar = match form {
        Form::JsonSchema(schema) => TopLevelGrammar::from_json_schema(schema.clone()),
        Form::Lark(grammar) => TopLevelGrammar::from_lark(grammar.clone()),
        Form::Regex(pattern) => TopLevelGrammar::from_regex(pattern),
    };
    let bytes = ApproximateTokEnv::single_byte_env();
    let mut factory = ParserFactory::new_simple(&bytes).map_err(said)?;
    factory.quiet();
    let parser = factory.create_parser(grammar).map_err(said)?;
    let mut matcher = Matcher::new(Ok(parser));
    // White space around JSON is none of it.
    let text = if matches!(form, Form::JsonSchema(_)) { text.trim() } else { text };
    for (at, byte) in text.bytes().enumerate() {
        if matcher.is_stopped()
            || !matcher.validate_tokens(&[u32::from(byte)]).is_ok_and(|n| n == 1)
        {
            return Err(format!("the answer has not its form from byte {at} on"));
        }
        matcher.consume_token(u32::from(byte)).map_err(said)?;
    }
    match matcher.is_stopped() || matcher.is_accepting().map_err(said)? {
        true => Ok(()),
        false => Err("the answer ends before its form does".into()),
    }
}

fn said(error: impl std::fmt::Display) -> String {
    format!("the form of the answer: {error}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(form: &Form, good: &[&str], bad: &[&str]) {
        for text in good {
            assert_eq!(violation(form, text), None, "{text}");
        }
        for text in bad {
            assert!(violation(form, text).is_some(), "{text}");
        }
    }

    #[test]
    fn an_answer_has_its_form_or_not() {
        let schema = json!({
            "type": "object", "properties": { "n": { "type": "integer" } },
            "required": ["n"], "additionalProperties": false,
        });
        let schema = Form::JsonSchema(schema);
        let good = [r#"{"n": 1}"#, "{\"n\":12}\n", "{\n  \"n\": 1\n}"];
        check(&schema, &good, &[r#"{"n": "1"}"#, r#"{"n": 1"#, "", "{}", r#"{"n": 1} x"#]);
        check(&Form::Regex("a+é".into()), &["aé", "aaé"], &["a", "é", "aéé", "xaé"]);
        let lark = Form::Lark("start: \"yes\" | \"no\"".into());
        check(&lark, &["yes", "no"], &["maybe", "yesno", "y"]);
        assert!(violation(&Form::Lark("start: nowhere".into()), "x").is_some());
    }
}
