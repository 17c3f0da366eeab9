//! One line of JSON on standard output per decision: what was decided, about what, why, and the numbers.

use std::{
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::{Map, Value};

/// `log!("post", "waits", reason = text, age = 3)`: a line about a duty with named values.
macro_rules! log {
    ($duty:expr, $decision:expr $(, $name:ident = $value:expr)* $(,)?) => {{
        #[allow(unused_mut)]
        let mut fields = serde_json::Map::new();
        $(fields.insert(stringify!($name).to_owned(), serde_json::json!($value));)*
        $crate::log::write($duty, $decision, fields)
    }};
}
pub(crate) use log;

/// What stands for a secret.
const HIDDEN: &str = "…";

static SECRETS: OnceLock<Vec<String>> = OnceLock::new();

/// Has these texts be replaced in everything that is written from here on. Counts once.
pub fn hide(mut secrets: Vec<String>) {
    secrets.retain(|secret| !secret.is_empty());
    // One may be a part of another.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let _ = SECRETS.set(secrets);
}

/// A text without secrets.
pub fn without_secrets(text: &str) -> String {
    let secrets = SECRETS.get().map_or(&[][..], Vec::as_slice);
    let hidden = |text: String, secret: &String| text.replace(secret.as_str(), HIDDEN);
    secrets.iter().fold(text.to_owned(), hidden)
}

/// Most characters of a named value: others have a say in some of them.
const LONGEST: usize = 2_000;

/// A value without what is too long, or steers a terminal beyond what JSON writes out.
fn bounded(value: Value) -> Value {
    match value {
        Value::String(text) => {
            let is_shown = |letter: &char| !matches!(letter, '\u{7f}'..='\u{9f}');
            let mut kept: String = text.chars().filter(is_shown).take(LONGEST).collect();
            if text.chars().nth(LONGEST).is_some() {
                kept += HIDDEN;
            }
            kept.into()
        }
        other => other,
    }
}

/// Writes a line.
pub fn write(duty: &str, decision: &str, fields: Map<String, Value>) {
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_millis() as f64 / 1e3);
    let mut line = Map::new();
    line.insert("time".into(), time.into());
    line.insert("duty".into(), duty.into());
    line.insert("decision".into(), decision.into());
    line.extend(
        fields
            .into_iter()
            .map(|(name, value)| (name, bounded(value))),
    );
    println!("{}", without_secrets(&Value::Object(line).to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_is_short_and_steers_nothing() {
        let said = format!("\u{1b}[2J\u{9b}2J\n{}", "x".repeat(1_000_000));
        let line = Value::Object(Map::from_iter([("reason".into(), bounded(said.into()))]));
        let line = line.to_string();
        assert!(line.len() < LONGEST + 50, "{}", line.len());
        assert!(!line.chars().any(char::is_control), "{line}");
        assert_eq!(bounded("as it is".into()), "as it is");
        assert_eq!(bounded(1.into()), 1);
    }
}
