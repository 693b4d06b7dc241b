//! Jinja as templates of published models expect it: the environment that transformers makes.

use jiff::Zoned;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, Value};

use crate::model::chat::methods;
use crate::model::chat::python_json::Dumps;

/// Steps a template may take; a hostile one could loop for ever.
const FUEL: u64 = 5_000_000;

/// The environment for `source`, which sees the clock stand at `now`.
pub(super) fn environment<'s>(source: &'s str, now: &Zoned) -> Result<Environment<'s>, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_fuel(Some(FUEL));
    environment.set_unknown_method_callback(methods::call);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_formatter(|out, _, value| Ok(out.write_str(&methods::text(value))?));
    environment.add_filter("tojson", to_json);
    environment.add_filter("trim", methods::trim);
    environment.add_filter("string", |value: Value| methods::text(&value));
    environment.add_filter("items", methods::items);
    environment.add_test("iterable", methods::is_iterable);
    environment.add_test("sequence", methods::is_sequence);
    environment.add_function("raise_exception", |why: String| -> Result<Value, _> {
        Err(Error::new(ErrorKind::InvalidOperation, why))
    });
    let now = now.clone();
    environment.add_function("strftime_now", move |format: String| {
        jiff::fmt::strtime::format(&format, &now)
            .map_err(|error| Error::new(ErrorKind::InvalidOperation, error.to_string()))
    });
    environment.add_template("chat", source)?;
    Ok(environment)
}

/// `tojson` as transformers has it: `json.dumps`, nothing escaped for HTML.
fn to_json(value: &Value, ensure_ascii: Option<bool>, options: Kwargs) -> Result<Value, Error> {
    let mut dumps = Dumps::default();
    let named: Option<bool> = options.get("ensure_ascii")?;
    dumps.ensure_ascii = ensure_ascii.or(named).unwrap_or(false);
    dumps.sort_keys = options.get::<Option<bool>>("sort_keys")?.unwrap_or(false);
    if let Some(indent) = options.get::<Option<Value>>("indent")? {
        dumps.indent = match indent.as_str() {
            Some(text) => Some(text.to_owned()),
            None if indent.is_none() => None,
            None => Some(" ".repeat(usize::try_from(indent)?)),
        };
        if dumps.indent.is_some() {
            dumps.item_separator = ",".into();
        }
    }
    let separators = options.get::<Option<Value>>("separators")?;
    if let Some(separators) = separators.filter(|separators| !separators.is_none()) {
        dumps.item_separator = separators.get_item_by_index(0)?.to_string();
        dumps.key_separator = separators.get_item_by_index(1)?.to_string();
    }
    options.assert_all_used()?;
    dumps.write(value).map(Value::from)
}
