//! What went wrong in JavaScript, in a line.

use rquickjs::{CaughtError, Coerced, Ctx, Error, Exception, Type, Value};

use super::moment;
/// What errors call the source of a tracer.
pub(super) const SOURCE: &str = "<eval>";

/// Longest text that is told, characters.
const LONGEST: usize = 1_000;

/// What a tracer failed with and where: why it had to end, or what it threw.
pub(super) fn describe(ctx: &Ctx<'_>, error: Error) -> String {
    let (text, place) = match CaughtError::from_error(ctx, error) {
        CaughtError::Exception(exception) => (thrown(&exception), place(&exception)),
        CaughtError::Value(value) => (text_of(value), None),
        CaughtError::Error(error) => (error.to_string(), None),
    };
    // Looked at last: reading what was thrown may have run the tracer's own code.
    let text = moment::failure().unwrap_or(text);
    let text: String = text.chars().take(LONGEST).collect();
    text + &place.unwrap_or_default()
}

fn thrown(exception: &Exception<'_>) -> String {
    let name: Option<Coerced<String>> = exception.get("name").ok();
    let name = name.map_or_else(|| "Error".to_owned(), |name| name.0);
    format!("{name}: {}", exception.message().unwrap_or_default())
}

/// The innermost place in the tracer's source: ` at step (<eval>:1:20)`.
fn place(exception: &Exception<'_>) -> Option<String> {
    let stack = exception.stack()?;
    let line = stack.lines().find(|line| line.contains(SOURCE))?;
    let place: String = line.trim().chars().take(LONGEST).collect();
    Some(format!(" {place}"))
}

fn text_of(value: Value<'_>) -> String {
    // The engine throws these where there is no memory left for an error.
    if value.is_null() || value.type_of() == Type::Uninitialized {
        return "null was thrown, or the tracer is out of memory".to_owned();
    }
    let text: Result<Coerced<String>, Error> = value.get();
    text.map_or_else(
        |_| "something without a text was thrown".to_owned(),
        |text| text.0,
    )
}
