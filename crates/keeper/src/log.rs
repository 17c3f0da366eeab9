//! One line of JSON on standard output per decision: what was decided, about what, why, and the numbers.

use std::time::{SystemTime, UNIX_EPOCH};

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

/// Writes a line.
pub fn write(duty: &str, decision: &str, fields: Map<String, Value>) {
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| since.as_millis() as f64 / 1e3);
    let mut line = Map::new();
    line.insert("time".into(), time.into());
    line.insert("duty".into(), duty.into());
    line.insert("decision".into(), decision.into());
    line.extend(fields);
    println!("{}", Value::Object(line));
}
