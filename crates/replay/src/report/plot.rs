//! A rectangle of an SVG with two linear scales, and the marks drawn on it.

use std::fmt::Write;

use super::format::{number, tick_decimals, ticks};

/// A plotting area inside an SVG.
pub struct Plot {
    /// Left edge, SVG units.
    pub left: f64,
    /// Top edge.
    pub top: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Values at the left and right edge.
    pub x: [f64; 2],
    /// Values at the bottom and top edge.
    pub y: [f64; 2],
}

impl Plot {
    /// Horizontal position of a value.
    pub fn px(&self, x: f64) -> f64 {
        self.left + self.width * (x - self.x[0]) / (self.x[1] - self.x[0])
    }

    /// Vertical position of a value.
    pub fn py(&self, y: f64) -> f64 {
        self.top + self.height * (self.y[1] - y) / (self.y[1] - self.y[0])
    }

    /// Bottom edge.
    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// Horizontal grid lines with their values at the left, between what stands before and behind each number.
    pub fn y_axis(&self, count: usize, [prefix, suffix]: [&str; 2]) -> String {
        let mut svg = String::new();
        let values = ticks(self.y[0], self.y[1], count);
        let (scale, letter) = magnitude(&values);
        let decimals = tick_decimals(&values.iter().map(|value| value / scale).collect::<Vec<_>>());
        for &value in &values {
            let letter = if value == 0.0 { "" } else { letter };
            let y = self.py(value);
            let class = if value == 0.0 { "grid zero" } else { "grid" };
            let right = self.left + self.width;
            let _ = write!(
                svg,
                r#"<path class="{class}" d="M{:.1} {y:.1}H{right:.1}"/>"#,
                self.left
            );
            let text = number(value / scale, if value == 0.0 { 0 } else { decimals });
            let (sign, digits) = match text.strip_prefix('−') {
                Some(digits) => ("−", digits),
                None => ("", text.as_str()),
            };
            let _ = write!(
                svg,
                r#"<text class="tick" text-anchor="end" x="{:.1}" y="{:.1}">{sign}{prefix}{digits}{letter}{suffix}</text>"#,
                self.left - 8.0,
                y + 4.0
            );
        }
        svg
    }

    /// A line through the points, broken where a value is missing.
    pub fn line(&self, class: &str, points: impl Iterator<Item = (f64, f64)>) -> String {
        let mut path = String::new();
        let mut pen_down = false;
        for (x, y) in points {
            if y.is_finite() {
                let letter = if pen_down { 'L' } else { 'M' };
                let _ = write!(path, "{letter}{:.1} {:.1}", self.px(x), self.py(y));
            }
            pen_down = y.is_finite();
        }
        format!(r#"<path class="line {class}" d="{path}"/>"#)
    }

    /// The area between two lines.
    pub fn area(&self, class: &str, points: &[(f64, f64, f64)]) -> String {
        let mut path = String::new();
        let low = points.iter().map(|&(x, low, _)| (x, low));
        let high = points.iter().rev().map(|&(x, _, high)| (x, high));
        for (i, (x, y)) in low.chain(high).enumerate() {
            let letter = if i == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{letter}{:.1} {:.1}", self.px(x), self.py(y));
        }
        format!(r#"<path class="area {class}" d="{path}Z"/>"#)
    }
}

/// What large values of an axis are divided by, and the letter that says so.
fn magnitude(values: &[f64]) -> (f64, &'static str) {
    let largest = values
        .iter()
        .fold(0.0, |most: f64, value| most.max(value.abs()));
    if largest >= 1e6 {
        (1e6, "M")
    } else if largest >= 1e4 {
        (1e3, "k")
    } else {
        (1.0, "")
    }
}

/// The range of some values with a little room on both sides.
pub fn padded_range(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        });
    if low > high {
        return [0.0, 1.0];
    }
    let room = if high > low {
        0.06 * (high - low)
    } else {
        (0.05 * high.abs()).max(0.5)
    };
    [low - room, high + room]
}
