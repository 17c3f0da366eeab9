//! HTML tables.

use super::format::escape;

/// A cell: its class (`n` aligns right) and its text.
pub type Cell = (&'static str, String);

/// A cell of text.
pub fn text(value: impl AsRef<str>) -> Cell {
    ("", escape(value.as_ref()))
}

/// A cell aligned as a number.
pub fn figure(value: impl AsRef<str>) -> Cell {
    ("n", escape(value.as_ref()))
}

/// A muted cell that does not wrap, for times.
pub fn moment(value: impl AsRef<str>) -> Cell {
    ("t", escape(value.as_ref()))
}

/// A table; each row has a class and its cells, the header (none when empty) takes its alignment from the first row. A title of no
/// words is a cell, because a header without words says nothing to who hears it.
pub fn table(header: &[&str], rows: &[(&str, Vec<Cell>)]) -> String {
    let mut html = String::from("<table>");
    for (i, title) in header.iter().enumerate() {
        let class = rows
            .first()
            .and_then(|(_, cells)| cells.get(i))
            .map_or("", |cell| cell.0);
        html.push_str(if i == 0 { "<thead><tr>" } else { "" });
        if title.is_empty() {
            html.push_str("<td></td>");
        } else {
            html.push_str(&format!("<th{}>{}</th>", attribute(class), escape(title)));
        }
        html.push_str(if i + 1 == header.len() {
            "</tr></thead>"
        } else {
            ""
        });
    }
    html.push_str("<tbody>");
    for (class, cells) in rows {
        html.push_str(&format!("<tr{}>", attribute(class)));
        for (class, text) in cells {
            html.push_str(&format!("<td{}>{text}</td>", attribute(class)));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table>");
    html
}

fn attribute(class: &str) -> String {
    if class.is_empty() {
        String::new()
    } else {
        format!(" class=\"{class}\"")
    }
}
