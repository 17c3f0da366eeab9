//! Gas per kind of transaction: every transaction as a tick on one axis, and the figures beside it; on a narrow page name
//! and figures stand above their ticks.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::format::{escape, number, ticks};
use super::plot::Plot;
use super::record::Transaction;

/// Where things stand, SVG units.
struct Layout {
    class: &'static str,
    width: f64,
    /// Height of a kind.
    row: f64,
    /// Left edge of the ticks, behind the names.
    left: f64,
    /// Right edge of the ticks, before the figures.
    right: f64,
    /// How far the text of a kind is above its ticks.
    lift: f64,
    /// Right edges of count, median and highest.
    figures: [f64; 3],
    /// Values on the axis.
    ticks: usize,
}

const LAYOUTS: [Layout; 2] = [
    Layout {
        class: "gas wide",
        width: 1_000.0,
        row: 30.0,
        left: 210.0,
        right: 700.0,
        lift: 0.0,
        figures: [790.0, 900.0, 1_000.0],
        ticks: 5,
    },
    Layout {
        class: "gas narrow",
        width: 400.0,
        row: 50.0,
        left: 2.0,
        right: 386.0,
        lift: 22.0,
        figures: [232.0, 318.0, 398.0],
        ticks: 4,
    },
];

/// Gas of one kind, sorted.
pub struct GasKind {
    /// The entry point, and whether it swapped, with the lender or without.
    pub name: String,
    /// Gas of each accepted transaction, ascending.
    pub gas: Vec<u64>,
}

impl GasKind {
    /// The middle one (the lower of two).
    pub fn median(&self) -> u64 {
        self.gas[(self.gas.len() - 1) / 2]
    }
}

/// Entry points in the order in which they are listed; others follow by name.
const ORDER: [&str; 15] = [
    "buy",
    "sell",
    "tradeOnAccount",
    "liquidate",
    "rebalance",
    "deposit",
    "redeem",
    "claim",
    "depositMargin",
    "withdrawMargin",
    "flag",
    "touch",
    "settle",
    "postAnchor",
    "listExpiry",
];

/// Accepted transactions by entry point, those that swapped apart, traders' first.
pub fn gas_kinds(transactions: &[Transaction]) -> Vec<GasKind> {
    let mut kinds: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for transaction in transactions
        .iter()
        .filter(|transaction| transaction.error.is_none())
    {
        let name = match (transaction.swapped, transaction.kind.as_str()) {
            (true, kind) if transaction.lent => format!("{kind}, with a loan"),
            (true, kind) => format!("{kind}, with a swap"),
            (false, kind @ ("buy" | "sell" | "tradeOnAccount" | "liquidate" | "rebalance")) => {
                format!("{kind}, no swap")
            }
            (false, kind) => kind.to_owned(),
        };
        kinds.entry(name).or_default().push(transaction.gas);
    }
    let mut kinds: Vec<GasKind> = kinds
        .into_iter()
        .map(|(name, mut gas)| {
            gas.sort_unstable();
            GasKind { name, gas }
        })
        .collect();
    let place = |kind: &GasKind| {
        let name = kind.name.split(',').next().unwrap_or_default();
        ORDER
            .iter()
            .position(|known| *known == name)
            .unwrap_or(ORDER.len())
    };
    kinds.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.name.cmp(&b.name)));
    kinds
}

/// A row per kind: name, a tick per transaction with the median marked, count, median and highest; drawn in both widths.
pub fn gas_chart(kinds: &[GasKind]) -> String {
    LAYOUTS.iter().map(|layout| chart(kinds, layout)).collect()
}

fn chart(kinds: &[GasKind], layout: &Layout) -> String {
    let most = kinds
        .iter()
        .filter_map(|kind| kind.gas.last())
        .max()
        .copied()
        .unwrap_or(1) as f64;
    let plot = Plot {
        left: layout.left,
        top: 26.0,
        width: layout.right - layout.left,
        height: layout.row * kinds.len() as f64,
        x: [0.0, most * 1.02],
        y: [0.0, 1.0],
    };
    let height = plot.bottom() + 30.0;
    let mut svg = format!(
        r#"<svg class="{}" viewBox="0 0 {} {height}" role="img" aria-label="gas per kind of transaction">"#,
        layout.class, layout.width
    );
    svg.push_str(&axis(&plot, layout));
    for (i, kind) in kinds.iter().enumerate() {
        let middle = plot.top + layout.row * (i as f64 + 0.5) + layout.lift / 2.0;
        svg.push_str(&row(&plot, layout, kind, middle));
    }
    svg.push_str("</svg>");
    svg
}

fn axis(plot: &Plot, layout: &Layout) -> String {
    let mut svg = String::new();
    for value in ticks(0.0, plot.x[1], layout.ticks) {
        let x = plot.px(value);
        let _ = write!(
            svg,
            r#"<path class="grid" d="M{x:.1} {:.1}V{:.1}"/><text class="tick" text-anchor="middle" x="{:.1}" y="{:.1}">{}</text>"#,
            plot.top,
            plot.bottom(),
            x.max(plot.left + 8.0),
            plot.bottom() + 18.0,
            if value == 0.0 {
                "0".to_owned()
            } else {
                format!("{}k", number(value / 1_000.0, 0))
            }
        );
    }
    for (x, words) in layout
        .figures
        .iter()
        .zip(["count", "median gas", "highest"])
    {
        let _ = write!(
            svg,
            r#"<text class="tick" text-anchor="end" x="{x:.1}" y="14">{words}</text>"#
        );
    }
    svg
}

fn row(plot: &Plot, layout: &Layout, kind: &GasKind, y: f64) -> String {
    let mut path = String::new();
    let mut last = f64::MIN;
    for gas in &kind.gas {
        let x = plot.px(*gas as f64);
        // Ticks closer than a third of a pixel look the same.
        if x - last > 0.3 {
            let _ = write!(path, "M{x:.1} {:.1}v12", y - 6.0);
            last = x;
        }
    }
    let middle = plot.px(kind.median() as f64);
    let baseline = y + 4.0 - layout.lift;
    let mut svg = format!(
        r#"<text class="row" x="0" y="{baseline:.1}">{}</text><path class="grid" d="M{:.1} {y:.1}h{:.1}"/><path class="strip" d="{path}"/><path class="median" d="M{middle:.1} {:.1}v18"/>"#,
        escape(&kind.name),
        plot.left,
        plot.width,
        y - 9.0
    );
    let highest = kind.gas.last().copied().unwrap_or_default();
    let figures = [kind.gas.len() as u64, kind.median(), highest];
    for (x, figure) in layout.figures.iter().zip(figures) {
        let _ = write!(
            svg,
            r#"<text class="figure" text-anchor="end" x="{x:.1}" y="{baseline:.1}">{}</text>"#,
            number(figure as f64, 0)
        );
    }
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(kind: &str, gas: u64, swapped: bool, error: Option<&str>) -> Transaction {
        Transaction {
            time: 0,
            kind: kind.into(),
            sender: String::new(),
            summary: String::new(),
            gas,
            swapped,
            lent: false,
            error: error.map(str::to_owned),
        }
    }

    #[test]
    fn kinds_part_swaps_and_leave_out_refusals() {
        let kinds = gas_kinds(&[
            sent("buy", 300, false, None),
            sent("buy", 100, false, None),
            sent("buy", 900, true, None),
            sent("buy", 5, false, Some("LimitExceeded")),
            sent("deposit", 50, false, None),
            sent("buy", 200, false, None),
        ]);
        let seen: Vec<_> = kinds
            .iter()
            .map(|kind| (kind.name.as_str(), kind.gas.len(), kind.median()))
            .collect();
        assert_eq!(
            seen,
            [
                ("buy, no swap", 3, 200),
                ("buy, with a swap", 1, 900),
                ("deposit", 1, 50)
            ]
        );
    }
}
