//! What a tracer gives back.

use serde::Deserialize;
use serde_json::Value;

/// Deepest nesting of a result: that of the deepest tree of calls, which are lists in objects, and a little more. Whoever passes it
/// on needs native stack for each level.
const DEEPEST: usize = 2_100;

/// Reads the JSON that a tracer's result came to.
///
/// # Errors
/// It is nested too deep.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let deepest = depth(text);
    if deepest > DEEPEST {
        return Err(format!(
            "the tracer's result is nested {deepest} deep, and {DEEPEST} is the most"
        ));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    Value::deserialize(&mut reader).map_err(|error| error.to_string())
}

/// How deep JSON is nested.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut is_escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nested_too_deep_is_not_read() {
        let nested = |levels: usize| ["[".repeat(levels), "]".repeat(levels)].concat();
        assert!(read(&nested(DEEPEST)).is_ok());
        let refusal = read(&nested(DEEPEST + 1)).unwrap_err();
        assert!(refusal.contains("nested 2101 deep"), "{refusal}");
    }

    #[test]
    fn brackets_in_text_nest_nothing() {
        assert_eq!(depth(r#"{"[[\"[\\":[1,"]"]}"#), 2);
    }
}
