//! Replies of every family, whole and in pieces, sound and damaged.

use proptest::prelude::*;
use serde_json::json;

use crate::model::Tool;
use crate::model::chat::reply::{Format, Part, Reader, Reply};

/// The markers of a family, as its template has them.
const QWEN: &str = "<think></think><tool_call></tool_call>";
const CODER: &str = "<tool_call>\n<function=x>\n<parameter=y>";
const GLM: &str = "<think><tool_call><arg_key>";
const LLAMA: &str = "<|start_header_id|><|python_tag|>{\"name\": x, \"parameters\": y}";
const MISTRAL: &str = "[TOOL_CALLS][ARGS]";
const HARMONY: &str = "<|start|><|channel|><|message|>";
const DEEPSEEK: &str = "<think><｜tool▁calls▁begin｜>";
const KIMI: &str = "<think><|tool_calls_section_begin|>";
const MINIMAX: &str = "<think><minimax:tool_call><invoke name=";
const GRANITE: &str = "<think><|tool_call|>";
const COMMAND: &str = "<|START_THINKING|><|START_ACTION|>";

fn tools() -> Vec<Tool> {
    vec![Tool {
        name: "write".into(),
        description: String::new(),
        parameters: json!({"properties": {"text": {"type": "string"}, "line": {"type": "integer"}}}),
    }]
}

fn reader(template: &str, in_reasoning: bool) -> Reader {
    Reader::new(&Format::of(template, true), &tools(), 0, in_reasoning)
}

/// A reply in a few words: thoughts in brackets, text, calls with their repairs, what is unread.
fn shown(reply: &Reply) -> String {
    let mut words = Vec::new();
    if !reply.reasoning.is_empty() {
        words.push(format!("({})", reply.reasoning));
    }
    if !reply.text.is_empty() {
        words.push(reply.text.clone());
    }
    words.extend(reply.calls.iter().map(|call| format!("{}{}", call.name, call.arguments)));
    words.extend(reply.repairs.iter().map(|repair| format!("~{repair:?}")));
    words.extend(reply.unread.iter().map(|unread| format!("!{}", unread.why)));
    words.join(" ")
}

/// Reads `text` at once and letter by letter, which has to give the same.
#[track_caller]
fn check(template: &str, text: &str, expected: &str) {
    assert_eq!(shown(&reader(template, false).read(text)), expected);
    let mut by_letter = reader(template, false);
    let mut parts: Vec<Part> = text.chars().flat_map(|c| by_letter.push(&c.to_string())).collect();
    parts.extend(by_letter.finish());
    assert_eq!(parts.iter().map(Part::raw).collect::<String>(), text);
    assert_eq!(shown(&Reply::of(parts)), expected);
}

#[test]
fn qwen_and_hermes() {
    check(QWEN, "<think>\nhm\n</think>\n\nfour", "(hm) four");
    let call = r#"<tool_call>
{"name": "write", "arguments": {"text": "a", "line": 1}}
</tool_call>"#;
    check(QWEN, call, r#"write{"text":"a","line":1}"#);
    let two = format!("I write.\n{call}\n{call}");
    check(QWEN, &two, r#"I write. write{"text":"a","line":1} write{"text":"a","line":1}"#);
    // An argument that quotes the end of a call is whole.
    let quotes =
        r#"<tool_call>{"name": "write", "arguments": {"text": "</tool_call>"}}</tool_call>"#;
    check(QWEN, quotes, r#"write{"text":"</tool_call>"}"#);
    check(QWEN, "a < b <tool_x>", "a < b <tool_x>");
    check("", "<think> <tool_call>", "<think> <tool_call>");
}

#[test]
fn without_tools_nothing_is_a_call() {
    let reader = Reader::new(&Format::of(QWEN, false), &[], 0, false);
    let text = "Write <tool_call>{}</tool_call>.";
    assert_eq!(reader.read(text), Reply { text: text.into(), ..Reply::default() });
}

#[test]
fn a_reply_may_begin_amid_thoughts() {
    assert_eq!(shown(&reader(QWEN, true).read("hm</think>four")), "(hm) four");
    assert_eq!(shown(&reader(QWEN, true).read("hm <tool_call>")), "(hm <tool_call>)");
    let format = Format::of(QWEN, true);
    assert!(format.begins_in_reasoning("<|im_start|>assistant\n<think>\n"));
    assert!(!format.begins_in_reasoning("<|im_start|>assistant\n<think>\n\n</think>\n\n"));
}

#[test]
fn a_reply_that_is_only_the_json_of_a_call_is_one() {
    // Qwen2.5-Coder writes calls like this.
    let fenced = "```json\n{\n  \"name\": \"write\",\n  \"arguments\": {\"line\": 1}\n}\n```";
    check(QWEN, fenced, r#"write{"line":1} ~MissingMarker"#);
    check(QWEN, &format!("{fenced}\nand on"), r#"and on write{"line":1} ~MissingMarker"#);
    check(QWEN, r#"{"name": "write", "arguments": {}}"#, "write{} ~MissingMarker");
    // No tool is called so.
    let other = "```json\n{\"name\": \"package\", \"version\": 1}\n```";
    check(QWEN, other, other);
    check(QWEN, "```json is a fence", "```json is a fence");
    check(QWEN, "```js", "```js");
    check(
        QWEN,
        r#"{"name": "write", "arguments": {"text": "a"#,
        "!the JSON ends inside a string at byte 42",
    );
    // JSON of another kind hides no call.
    let call = r#"<tool_call>{"name": "write", "arguments": {}}</tool_call>"#;
    check(QWEN, &format!("{other}\n{call}"), &format!("{other} write{{}}"));
    check(QWEN, &format!("{{not JSON}}\n{call}"), "{not JSON} write{}");
    check(QWEN, &format!("{fenced}\n{call}"), r#"write{"line":1} write{} ~MissingMarker"#);
}

#[test]
fn damaged_calls_are_repaired_or_told() {
    let call = |body: &str| format!("<tool_call>\n{body}\n</tool_call>");
    check(
        QWEN,
        &call("{'name': 'write', 'arguments': {'text': 'a',}}"),
        r#"write{"text":"a"} ~SingleQuotes ~ExtraComma"#,
    );
    check(
        QWEN,
        &call(r#"{"name": "write", "arguments": {"line": 1}"#),
        r#"write{"line":1} ~Unclosed"#,
    );
    check(
        QWEN,
        &call(r#"{"name": "write", "arguments": {"line": 1}}}"#),
        r#"write{"line":1} ~ExtraBrackets"#,
    );
    check(
        QWEN,
        r#"<tool_call>{"name": "write", "arguments": "{\"line\": 1}"}"#,
        r#"write{"line":1} ~MissingMarker"#,
    );
    check(
        QWEN,
        &call("{\"name\": \"write\", \"arguments\": {\"text\": \"a\nb\"}}"),
        r#"write{"text":"a\nb"} ~RawControl"#,
    );
    check(
        QWEN,
        r#"<tool_call>{"name": "write", "arguments": {"text": "half"#,
        "!the JSON ends inside a string at byte 45",
    );
    check(QWEN, &call(r#"{"arguments": {}}"#), "!the JSON names no tool: `name` is missing");
    check(QWEN, &call("write it, please"), "!this names no tool: `write it, please`");
    check(QWEN, "x </tool_call> y", "x  y");
    check(QWEN, &format!("{} and so on", call(r#"{"name": "a"} b"#)), "b\n and so on a{}");
}

#[test]
fn arguments_between_markers() {
    check(
        CODER,
        "<tool_call>\n<function=write>\n<parameter=text>\n42\n</parameter>\n<parameter=line>\n42\n</parameter>\n<parameter=other>\n[1]\n</parameter>\n</function>\n</tool_call>",
        r#"write{"text":"42","line":42,"other":[1]}"#,
    );
    check(
        CODER,
        "<function=write>\n<parameter=text>\n</parameter> is the end\n\n</parameter>\n</function>",
        "write{\"text\":\"</parameter> is the end\\n\"}",
    );
    check(CODER, "<function=write>{\"line\": 3}</function>", r#"write{"line":3}"#);
    check(
        CODER,
        "<tool_call><function=write><parameter=text>a\n<parameter=line>2</parameter></function></tool_call>",
        r#"write{"text":"a","line":2} ~MissingMarker"#,
    );
    check(
        GLM,
        "<think>hm</think>\n<tool_call>write\n<arg_key>text</arg_key>\n<arg_value>1</arg_value>\n<arg_key>line</arg_key>\n<arg_value>1</arg_value>\n</tool_call><tool_call>stop</tool_call>",
        r#"(hm) write{"text":"1","line":1} stop{}"#,
    );
    check(
        MINIMAX,
        "<minimax:tool_call>\n<invoke name=\"write\">\n<parameter name=\"line\">7</parameter>\n</invoke>\n<invoke name=\"stop\">\n</invoke>\n</minimax:tool_call>",
        r#"write{"line":7} stop{}"#,
    );
}

#[test]
fn an_argument_may_quote_the_marks_of_any_family() {
    let quoted = [
        "[ARGS]",
        "<｜tool▁sep｜>",
        "<|tool_call_argument_begin|>",
        "<arg_key>",
        "<invoke name=x>",
        "</function> and <function=x>",
    ];
    for text in quoted {
        let expected = format!("write{{\"text\":{}}}", json!(text));
        let call = format!("<function=write>\n<parameter=text>\n{text}\n</parameter>\n</function>");
        check(CODER, &format!("<tool_call>\n{call}\n</tool_call>"), &expected);
        let call = format!("write\n<arg_key>text</arg_key>\n<arg_value>{text}</arg_value>\n");
        check(GLM, &format!("<tool_call>{call}</tool_call>"), &expected);
    }
    // Two calls, the first of which does not end.
    check(
        CODER,
        "<tool_call><function=a><parameter=b>1</parameter>\n<function=c></function></tool_call>",
        r#"a{"b":1} c{}"#,
    );
}

#[test]
fn llama() {
    check(LLAMA, r#"{"name": "write", "parameters": {"line": 1}}"#, r#"write{"line":1}"#);
    check(
        LLAMA,
        r#"<|python_tag|>{"name": "a", "parameters": {}}; {"name": "b", "parameters": {}}"#,
        "a{} b{}",
    );
    check(LLAMA, r#"{"lines": [1, 2]}"#, r#"{"lines": [1, 2]}"#);
    check(
        LLAMA,
        r#"{"name": "write", "parameters": {"text": "a"#,
        "!the JSON ends inside a string at byte 43",
    );
    check(
        LLAMA,
        r#"It is {"name": "x", "parameters": {}}"#,
        r#"It is {"name": "x", "parameters": {}}"#,
    );
    check(LLAMA, "<|python_tag|>print(1)", "!this names no tool: `print(1)`");
}

#[test]
fn mistral() {
    check(
        MISTRAL,
        r#"[TOOL_CALLS] [{"name": "write", "arguments": {"line": 1}}, {"name": "b"}]"#,
        r#"write{"line":1} b{}"#,
    );
    check(
        MISTRAL,
        r#"ok[TOOL_CALLS]write[CALL_ID]abcdef123[ARGS]{"line": 1}[TOOL_CALLS]b[ARGS]{}"#,
        r#"ok write{"line":1} b{}"#,
    );
    let reply = reader(MISTRAL, false)
        .read(r#"[TOOL_CALLS]write[CALL_ID]abcdef123[ARGS]{}[TOOL_CALLS]b[ARGS]{}"#);
    let ids: Vec<&str> = reply.calls.iter().map(|call| call.id.as_str()).collect();
    assert_eq!(ids, ["abcdef123", "call00002"]);
}

#[test]
fn harmony() {
    check(
        HARMONY,
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>four<|return|>",
        "(hm) four",
    );
    check(
        HARMONY,
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>commentary to=functions.write <|constrain|>json<|message|>{\"line\": 1}<|call|>",
        r#"(hm) write{"line":1}"#,
    );
    check(
        HARMONY,
        "<|start|>assistant to=functions.write<|channel|>commentary json<|message|>{\"line\": 1,}",
        r#"write{"line":1} ~ExtraComma"#,
    );
    check(HARMONY, "<|channel|>commentary<|message|>I look.<|end|>", "I look.");
    check(HARMONY, " to=functions.write<|channel|>commentary<|message|>{}<|call|>", "write{}");
    check(HARMONY, "<|channel|>commentary to=user<|message|>hello<|end|>", "hello");
    check(HARMONY, "to be", "to be");
    check(HARMONY, "t", "t");
    check(HARMONY, "just text", "just text");
    check(HARMONY, "<|channel|>final", "!the message has no `<|message|>`");
    check(
        HARMONY,
        "<|channel|>commentary to=functions.a<|message|>no",
        "!the JSON has no value at byte 2",
    );
}

#[test]
fn deepseek_and_others() {
    check(
        DEEPSEEK,
        "<think>hm</think>ok<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>write\n```json\n{\"line\": 1}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>stop<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        r#"(hm) ok write{"line":1} stop{}"#,
    );
    check(
        KIMI,
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.write:0<|tool_call_argument_begin|>{\"line\": 1}<|tool_call_end|><|tool_calls_section_end|>",
        r#"write{"line":1}"#,
    );
    check(
        GRANITE,
        r#"<|tool_call|>[{"name": "write", "arguments": {"line": 1}}]"#,
        r#"write{"line":1}"#,
    );
    check(
        COMMAND,
        "<|START_THINKING|>hm<|END_THINKING|><|START_ACTION|>[{\"tool_call_id\": \"0\", \"tool_name\": \"write\", \"parameters\": {\"line\": 1}}]<|END_ACTION|>",
        r#"(hm) write{"line":1}"#,
    );
}

proptest! {
    #[test]
    fn no_letter_of_a_reply_is_lost(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "<think>", "</think>", "<tool_call>", "</tool_call>", "<function=", "</function>",
                "<parameter=", ">", "</parameter>", "<arg_key>", "</arg_key>", "<arg_value>",
                "</arg_value>", "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "<|python_tag|>",
                "<|channel|>", "analysis", "<|message|>", "<|end|>", "<|start|>", "<|call|>",
                "to=functions.a ", "<｜tool▁calls▁begin｜>", "<｜tool▁call▁begin｜>", "<｜tool▁sep｜>",
                "<｜tool▁call▁end｜>", "<｜tool▁calls▁end｜>", "<|tool_call_argument_begin|>", "a", "é😀",
                "\n", " ", "{", "}", "[", "]", "\"", "'", ",", ":", "\\", "\"name\":", "\"a\"", "1",
                "{\"name\": \"a\", \"arguments\": {}}", "\"parameters\"", "<", "|", "`",
            ]),
            0..24,
        ),
        cuts in prop::collection::vec(1_usize..9, 1..20),
        template in prop::sample::select(vec![
            QWEN, CODER, GLM, LLAMA, MISTRAL, HARMONY, DEEPSEEK, KIMI, MINIMAX, GRANITE, COMMAND, "",
        ]),
        in_reasoning in any::<bool>(),
    ) {
        let text = words.concat();
        let mut reader_in_pieces = reader(template, in_reasoning);
        let mut parts = Vec::new();
        let letters: Vec<char> = text.chars().collect();
        let mut at = 0;
        for cut in cuts.iter().cycle().take(letters.len() + 1) {
            let end = (at + cut).min(letters.len());
            parts.extend(reader_in_pieces.push(&letters[at..end].iter().collect::<String>()));
            at = end;
        }
        parts.extend(reader_in_pieces.finish());
        prop_assert_eq!(parts.iter().map(Part::raw).collect::<String>(), text.as_str());
        prop_assert_eq!(Reply::of(parts), reader(template, in_reasoning).read(&text));
    }

    #[test]
    fn text_without_markers_stays_text(text in "[a-z \n.,;:(){}é😀-]{0,80}") {
        for template in [QWEN, CODER, GLM, MISTRAL, HARMONY, DEEPSEEK] {
            let reply = reader(template, false).read(&text);
            prop_assert_eq!(reply.text, text.trim_matches('\n'));
        }
    }
}
