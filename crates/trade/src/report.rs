//! What a command has to say: JSON for programs, text for people.

use serde_json::{json, Value};

use crate::payment::Step;

/// What stands for a character that is not shown.
const HIDDEN: char = '\u{fffd}';

/// An answer in both forms.
pub struct Report {
    /// For programs: decimals as text, exactly; times as unix seconds.
    pub json: Value,
    /// For people.
    pub text: String,
}

/// A text of which nothing moves the cursor, changes the terminal or turns the direction of writing: what nodes and tokens say may
/// be made to. Ends of lines stay.
pub fn harmless(text: &str) -> String {
    let is_shown = |letter: char| {
        let turns = matches!(
            letter,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        );
        letter == '\n' || !(letter.is_control() || turns)
    };
    let shown = |letter| if is_shown(letter) { letter } else { HIDDEN };
    text.chars().map(shown).collect()
}

/// Mined transactions as JSON.
pub fn transactions(steps: &[Step]) -> Value {
    let entry = |step: &Step| {
        json!({
            "what": step.what,
            "hash": step.receipt.transaction_hash,
            "block": step.receipt.block_number,
            "gasUsed": step.receipt.gas_used,
        })
    };
    steps.iter().map(entry).collect()
}

/// Mined transactions as lines.
pub fn transaction_lines(steps: &[Step]) -> String {
    let line = |step: &Step| {
        format!(
            "{}: {} ({} gas)\n",
            capital(&step.what),
            step.receipt.transaction_hash,
            step.receipt.gas_used
        )
    };
    steps.iter().map(line).collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Columns under their titles: the first left, the others right.
pub fn table(titles: &[&str], rows: &[Vec<String>]) -> String {
    columns(titles, rows, true)
}

/// Columns of numbers under their titles, all right.
pub fn number_table(titles: &[&str], rows: &[Vec<String>]) -> String {
    columns(titles, rows, false)
}

fn columns(titles: &[&str], rows: &[Vec<String>], is_first_left: bool) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells
            .chain([titles[column].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (column, cell) in cells.enumerate() {
            let width = widths[column];
            if column == 0 && is_first_left {
                text += &format!("{cell:<width$}");
            } else if column == 0 {
                text += &format!("{cell:>width$}");
            } else {
                text += &format!("  {cell:>width$}");
            }
        }
        text.trim_end().to_owned() + "\n"
    };
    let mut text = line(&mut titles.iter().copied());
    for row in rows {
        text += &line(&mut row.iter().map(String::as_str));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_steers_a_terminal() {
        let text = "\u{1b}]0;title\u{7}\u{9b}2J\u{7f}\r\u{202e}LASU\u{200b}\n5 µ–é";
        let shown = harmless(text);
        assert_eq!(shown, "�]0;title��2J���LASU�\n5 µ–é");
    }

    #[test]
    fn columns_stand_under_each_other() {
        let rows = [
            vec!["a".into(), "1.00".into()],
            vec!["long".into(), "12.00".into()],
        ];
        assert_eq!(
            table(&["name", "n"], &rows),
            "name      n\na      1.00\nlong  12.00\n"
        );
        assert_eq!(
            number_table(&["name", "n"], &rows),
            "name      n\n   a   1.00\nlong  12.00\n"
        );
    }
}
