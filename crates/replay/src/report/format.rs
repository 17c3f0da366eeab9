//! Numbers and names as the page prints them.

/// A number with separators, a true minus sign and `decimals` decimals.
pub fn number(value: f64, decimals: usize) -> String {
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut text = String::new();
    if value < 0.0 && plain.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        text.push('−');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// Like [`number`], with a plus sign where it is above zero.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = number(value, decimals);
    if value > 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        format!("+{text}")
    } else {
        text
    }
}

/// Text made safe inside an element or a double-quoted attribute.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}

/// Round steps of 1, 2 or 5 times a power of ten that part `low..=high` in about `count` pieces, and never fewer than two of
/// them: one alone gives no scale.
pub fn ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let rough = (high - low) / count as f64;
    if rough <= 0.0 || !rough.is_finite() {
        return vec![low];
    }
    let power = 10_f64.powf(rough.log10().floor());
    let within = |step: f64| ((low / step).ceil() as i64, (high / step).floor() as i64);
    let step = [10.0, 5.0, 2.0, 1.0, 0.5]
        .into_iter()
        .map(|multiple| multiple * power)
        .find(|&step| {
            let (first, last) = within(step);
            step <= MOST_STRETCH * rough && last > first
        })
        .unwrap_or(power / 5.0);
    let (first, last) = within(step);
    (first..=last).map(|i| i as f64 * step).collect()
}

/// How much further apart than asked for steps may be: halfway, as ratios go, from 2 to 5.
const MOST_STRETCH: f64 = 1.6;

/// Decimals that tell neighbouring ticks apart.
pub fn tick_decimals(ticks: &[f64]) -> usize {
    let step = ticks
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .fold(f64::INFINITY, f64::min);
    if step.is_finite() && step > 0.0 {
        (-(step * 1.000_001).log10().floor()).clamp(0.0, 6.0) as usize
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_for_people() {
        assert_eq!(number(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(number(-999.5, 1), "−999.5");
        assert_eq!(number(-0.001, 2), "0.00");
        assert_eq!(signed(0.25, 2), "+0.25");
        assert_eq!(signed(0.0, 2), "0.00");
        assert_eq!(escape("a<b & \"c\""), "a&lt;b &amp; &quot;c&quot;");
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let near = |found: Vec<f64>, expected: &[f64]| {
            assert_eq!(found.len(), expected.len(), "{found:?}");
            assert!(
                found
                    .iter()
                    .zip(expected)
                    .all(|(a, b)| (a - b).abs() < 1e-9),
                "{found:?}"
            );
        };
        near(ticks(0.97, 1.041, 4), &[0.98, 1.0, 1.02, 1.04]);
        near(ticks(-130.0, 260.0, 4), &[-100.0, 0.0, 100.0, 200.0]);
        near(ticks(3.0, 3.0, 4), &[3.0]);
        near(ticks(-41.0, 20.0, 2), &[-40.0, -20.0, 0.0, 20.0]);
        near(ticks(0.0, 106.0, 2), &[0.0, 50.0, 100.0]);
        assert_eq!(tick_decimals(&ticks(0.97, 1.041, 4)), 2);
        assert_eq!(tick_decimals(&ticks(1_874.0, 2_449.0, 4)), 0);
    }

    #[test]
    fn a_scale_has_two_ticks_at_least_and_not_many_more_than_asked_for() {
        for low in -60..60 {
            for span in 1..200 {
                for count in 2..7 {
                    let (low, high) = (
                        f64::from(low) * 0.7,
                        f64::from(low) * 0.7 + f64::from(span) * 0.3,
                    );
                    let found = ticks(low, high, count).len();
                    assert!(
                        found >= 2 && found <= 2 * count + 1,
                        "{low} to {high} by {count}: {found}"
                    );
                }
            }
        }
    }
}
