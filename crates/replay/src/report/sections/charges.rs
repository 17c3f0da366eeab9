//! What orders pay beyond the anchor's mark, and what the pool's capacity earned.

use super::super::charges::{Charges, FLAT_FEE};
use super::super::format::{number, signed};
use super::super::record::{Fill, Replay, Step};
use super::super::tables::{figure, table, text, Cell};
use super::super::timeline::{Line, Panel, Timeline, Unit};
use super::{ends, line, panel, section};

/// Charges of the orders: by part, against a flat fee, by size, over time.
pub fn charges(replay: &Replay, timeline: &Timeline) -> String {
    let fills: Vec<Fill> = replay.takers().cloned().collect();
    if fills.is_empty() {
        return String::new();
    }
    let sum = Charges::of(fills.iter());
    let cards = [
        ("By part, of orders from wallets", parts_table(&sum)),
        ("Against a flat fee", flat_table(&fills, &sum)),
        ("By size, orders from wallets", size_table(&fills)),
        ("Wallets and accounts", sides_table(replay, &sum)),
        (
            "What capacity earned, of all orders",
            earnings_table(replay),
        ),
    ];
    let cards: String = cards
        .iter()
        .map(|(title, body)| format!("<div class=\"card scroll\"><h3>{title}</h3>{body}</div>"))
        .collect();
    let tables = format!("<div class=\"tables\">{cards}</div>");
    section(
        "What a trade pays beyond the anchor's mark",
        "The <b>spread</b> is the half-spread in vol, wider after a post that moved vols and where spot has left the anchor behind. The <b>surcharge</b> is what the venue's price makes of the order and what its delta costs to hedge there now. \
         <b>Capacity</b> is interest on the tails an order ties up, horizon by horizon, and at least a minimum; <b>rent</b> is for a strike and expiry that nobody else holds. \
         Vol points are over the orders' vega, basis points over size times spot. The charts have all orders; orders from wallets are of those who buy options and sell them again, without the orders on margin accounts.",
        &(timeline.stack(&[earned(replay), used(replay)]) + &tables),
    )
}

/// Σ of each part over time.
fn earned(replay: &Replay) -> Panel {
    let part = |name: &str, class, of: fn(&Fill) -> f64| Line {
        name: name.to_owned(),
        class,
        values: cumulated(&replay.steps, &replay.fills, of),
    };
    let mut earned = panel(
        "Charged since the start",
        Unit {
            prefix: "$",
            suffix: "",
            decimals: 2,
        },
        150.0,
        vec![
            part("spread", "pool", |fill| fill.spread),
            part("surcharge", "violet", |fill| fill.surcharge),
            part("interest on capacity", "green", |fill| fill.interest),
            part("minimum for capacity", "red", |fill| {
                fill.capacity - fill.interest
            }),
            part("rent", "market", |fill| fill.rent),
        ],
    );
    earned.include = vec![0.0];
    earned
}

/// How much of what the pool's value carries is in use.
fn used(replay: &Replay) -> Panel {
    let mut used = panel(
        "Capacity in use",
        Unit {
            prefix: "",
            suffix: " %",
            decimals: 1,
        },
        110.0,
        vec![
            line(replay, "for a rise", "pool", |step| {
                step.upside_used * 100.0
            }),
            line(replay, "for a fall", "market", |step| {
                step.downside_used * 100.0
            }),
        ],
    );
    used.axis_unit = " %";
    used.include = vec![0.0];
    used
}

/// Σ over the fills up to each step.
fn cumulated(steps: &[Step], fills: &[Fill], of: fn(&Fill) -> f64) -> Vec<f64> {
    let mut waiting = fills.iter().peekable();
    let mut sum = 0.0;
    steps
        .iter()
        .map(|step| {
            while let Some(fill) = waiting.next_if(|fill| fill.time <= step.time) {
                sum += of(fill);
            }
            sum
        })
        .collect()
}

fn row<'a>(class: &'a str, name: &str, sum: &Charges, amount: f64) -> (&'a str, Vec<Cell>) {
    (
        class,
        vec![
            text(name),
            figure(number(amount, 2)),
            figure(number(sum.per_fill(amount), 3)),
            figure(number(sum.vol_points(amount), 3)),
            figure(number(sum.basis_points(amount), 2)),
        ],
    )
}

fn parts_table(sum: &Charges) -> String {
    table(
        &["", "sum", "per order", "vol points", "bp of spot"],
        &[
            row("", "spread", sum, sum.spread),
            row("", "surcharge for the venue", sum, sum.surcharge),
            row("", "capacity", sum, sum.capacity),
            row("minor", "of it interest", sum, sum.interest),
            row(
                "minor",
                "of it what the minimum adds",
                sum,
                sum.capacity - sum.interest,
            ),
            row("", "rent", sum, sum.rent),
            row("total", "beyond the mark", sum, sum.total()),
            row(
                "minor",
                "shift of the surface, beside these",
                sum,
                sum.shift,
            ),
        ],
    )
}

fn flat_table(fills: &[Fill], sum: &Charges) -> String {
    let flat = FLAT_FEE.charges(fills.iter());
    let beyond = format!("{} %", signed(sum.beyond(&flat) * 100.0, 1));
    let rows = table(
        &["", "sum", "per order", "vol points", "bp of spot"],
        &[
            row("", "a flat fee", &flat, flat.total()),
            row("", "as charged", sum, sum.total()),
            (
                "total",
                vec![
                    text("more by"),
                    figure(beyond),
                    figure(""),
                    figure(""),
                    figure(""),
                ],
            ),
        ],
    );
    format!(
        "{rows}<p class=\"minor\">What a fee of {} vol points of half-spread, at least {} bp of spot, and {} bp of delta for the hedge would have charged for the same orders.</p>",
        number(FLAT_FEE.half_spread * 100.0, 1),
        number(FLAT_FEE.floor * 1e4, 1),
        number(FLAT_FEE.hedge * 1e4, 0)
    )
}

/// Those who buy and sell one series at a time, and those who trade on accounts.
fn sides_table(replay: &Replay, takers: &Charges) -> String {
    let accounts = Charges::of(replay.orders());
    let row = |name: &str, sum: &Charges| {
        (
            "",
            vec![
                text(name),
                figure(number(sum.fills as f64, 0)),
                figure(number(sum.total(), 0)),
                figure(number(sum.per_fill(sum.total()), 3)),
                figure(number(sum.basis_points(sum.total()), 2)),
            ],
        )
    };
    let mut rows = vec![row("from wallets", takers)];
    if accounts.fills > 0 {
        rows.push(row("on accounts", &accounts));
    }
    table(&["", "orders", "charged", "per order", "bp of spot"], &rows)
}

/// Who got what of the charges for scarce things.
fn earnings_table(replay: &Replay) -> String {
    let sum = Charges::of(replay.fills.iter());
    let (_, last) = ends(replay);
    let minimum = sum.capacity - sum.interest;
    let providers = sum.capacity + last.exit_charges;
    let row = |class, name: &str, value: f64| (class, vec![text(name), figure(number(value, 2))]);
    table(
        &["", &replay.quote],
        &[
            row("", "interest of orders", sum.interest),
            row("", "minimum beyond interest", minimum),
            row("", "paid by providers who left", last.exit_charges),
            row("total", "to the providers who stay", providers),
            row("minor", "of all charges not earned yet", last.unearned),
            row("", "rent, to the insurance fund", sum.rent),
        ],
    )
}

fn size_table(fills: &[Fill]) -> String {
    const SIZES: [(f64, f64, &str); 4] = [
        (0.0, 1.0, "up\u{a0}to\u{a0}1"),
        (1.0, 5.0, "1\u{a0}to\u{a0}5"),
        (5.0, 20.0, "5\u{a0}to\u{a0}20"),
        (20.0, f64::INFINITY, "beyond\u{a0}20"),
    ];
    let rows: Vec<(&str, Vec<Cell>)> = SIZES
        .iter()
        .filter_map(|&(above, most, name)| {
            let inside: Vec<&Fill> = fills
                .iter()
                .filter(|fill| above < fill.size && fill.size <= most)
                .collect();
            (!inside.is_empty()).then(|| ("", size_row(name, &inside)))
        })
        .collect();
    table(
        &[
            "options",
            "orders",
            "spread, bp",
            "surcharge, bp",
            "capacity, bp",
            "capacity above spread",
        ],
        &rows,
    )
}

fn size_row(name: &str, fills: &[&Fill]) -> Vec<Cell> {
    let sum = Charges::of(fills.iter().copied());
    let basis = |amount: f64| figure(number(sum.basis_points(amount), 2));
    let beyond = fills.iter().filter(|fill| fill.capacity > fill.spread);
    vec![
        text(name),
        figure(number(sum.fills as f64, 0)),
        basis(sum.spread),
        basis(sum.surcharge),
        basis(sum.capacity),
        figure(beyond.count().to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::super::sample::sample_replay;
    use super::*;

    #[test]
    fn capacity_is_earned_from_orders_on_accounts_as_well() {
        let mut replay = sample_replay();
        let takers = Charges::of(replay.takers()).interest;
        for fill in replay.fills.iter_mut().step_by(3) {
            fill.kind = "order".to_owned();
        }
        assert!(Charges::of(replay.takers()).interest < 0.9 * takers);
        let shown = earnings_table(&replay);
        let row = format!(
            "<td>interest of orders</td><td class=\"n\">{}</td>",
            number(takers, 2)
        );
        assert!(shown.contains(&row), "{shown}");
    }

    #[test]
    fn the_flat_fee_is_what_it_would_have_been_for_the_run_s_own_orders() {
        let fills: Vec<Fill> = sample_replay().takers().cloned().collect();
        let sum = Charges::of(fills.iter());
        let shown = flat_table(&fills, &sum);
        for charges in [sum, FLAT_FEE.charges(fills.iter())] {
            assert!(shown.contains(&number(charges.total(), 2)), "{shown}");
        }
        let dearer: Vec<Fill> = fills
            .iter()
            .map(|fill| Fill {
                vega: 2.0 * fill.vega,
                ..fill.clone()
            })
            .collect();
        assert_ne!(
            flat_table(&dearer, &sum),
            shown,
            "of other orders it is another"
        );
    }
}
