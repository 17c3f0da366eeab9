//! What went wrong in JavaScript, in a line.

use rquickjs::{CaughtError, Coerced, Ctx, Error, Exception, Value};

use super::moment;
/// What errors call the source of a tracer.
pub(super) const SOURCE: &str = "<eval>";

/// Longest text that is told, characters.
const LONGEST: usize = 1_000;

/// What a tracer failed with and where: why it had to end, or what it threw.
pub(super) fn describe(ctx: &Ctx<'_>, error: Error) -> String {
    let caught = CaughtError::from_error(ctx, error);
    // Reading what was thrown may run the tracer's own code, and that may fail for reasons of its own.
    let failure = moment::failure();
    let text = match caught {
        CaughtError::Exception(exception) => {
            let place = place(&exception).unwrap_or_default();
            let text = failure.unwrap_or_else(|| thrown(&exception));
            format!("{text}{place}")
        }
        CaughtError::Value(value) => failure.unwrap_or_else(|| text_of(value)),
        CaughtError::Error(error) => failure.unwrap_or_else(|| error.to_string()),
    };
    text.chars().take(LONGEST).collect()
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
    Some(format!(" {}", line.trim()))
}

fn text_of(value: Value<'_>) -> String {
    let text: Result<Coerced<String>, Error> = value.get();
    text.map_or_else(
        |_| "something without a text was thrown".to_owned(),
        |text| text.0,
    )
}
