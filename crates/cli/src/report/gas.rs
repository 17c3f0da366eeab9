//! Gas per kind of transaction: every transaction as a tick on one axis, and the figures beside it.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::format::{escape, number, ticks};
use super::plot::Plot;
use super::record::Transaction;

const WIDTH: f64 = 1_000.0;
const ROW: f64 = 30.0;
const LEFT: f64 = 210.0;
const FIGURES: f64 = 300.0;

/// Gas of one kind, sorted.
pub struct GasKind {
    /// The entry point, and whether it swapped.
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
const ORDER: [&str; 9] = [
    "buy",
    "sell",
    "rebalance",
    "deposit",
    "redeem",
    "claim",
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
            (true, kind) => format!("{kind}, with a swap"),
            (false, kind @ ("buy" | "sell" | "rebalance")) => format!("{kind}, no swap"),
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

/// A row per kind: name, a tick per transaction with the median marked, count, median and highest.
pub fn gas_chart(kinds: &[GasKind]) -> String {
    let most = kinds
        .iter()
        .filter_map(|kind| kind.gas.last())
        .max()
        .copied()
        .unwrap_or(1) as f64;
    let plot = Plot {
        left: LEFT,
        top: 26.0,
        width: WIDTH - LEFT - FIGURES,
        height: ROW * kinds.len() as f64,
        x: [0.0, most * 1.02],
        y: [0.0, 1.0],
    };
    let height = plot.bottom() + 30.0;
    let mut svg = format!(
        r#"<div class="scroll"><svg class="gas" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="gas per kind of transaction">"#
    );
    svg.push_str(&axis(&plot));
    for (i, kind) in kinds.iter().enumerate() {
        svg.push_str(&row(&plot, kind, plot.top + ROW * (i as f64 + 0.5)));
    }
    svg.push_str("</svg></div>");
    svg
}

fn axis(plot: &Plot) -> String {
    let mut svg = String::new();
    for value in ticks(0.0, plot.x[1], 5) {
        let x = plot.px(value);
        let _ = write!(
            svg,
            r#"<path class="grid" d="M{x:.1} {:.1}V{:.1}"/><text class="tick" text-anchor="middle" x="{x:.1}" y="{:.1}">{}k</text>"#,
            plot.top,
            plot.bottom(),
            plot.bottom() + 18.0,
            number(value / 1_000.0, 0)
        );
    }
    for (offset, words) in [(90.0, "count"), (200.0, "median gas"), (FIGURES, "highest")] {
        let x = plot.left + plot.width + offset;
        let _ = write!(
            svg,
            r#"<text class="tick" text-anchor="end" x="{x:.1}" y="14">{words}</text>"#
        );
    }
    svg
}

fn row(plot: &Plot, kind: &GasKind, y: f64) -> String {
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
    let mut svg = format!(
        r#"<text class="row" x="0" y="{:.1}">{}</text><path class="grid" d="M{:.1} {y:.1}h{:.1}"/><path class="strip" d="{path}"/><path class="median" d="M{middle:.1} {:.1}v18"/>"#,
        y + 4.0,
        escape(&kind.name),
        plot.left,
        plot.width,
        y - 9.0
    );
    let highest = kind.gas.last().copied().unwrap_or_default();
    let figures = [
        (90.0, kind.gas.len() as u64),
        (200.0, kind.median()),
        (FIGURES, highest),
    ];
    for (offset, figure) in figures {
        let x = plot.left + plot.width + offset;
        let _ = write!(
            svg,
            r#"<text class="figure" text-anchor="end" x="{x:.1}" y="{:.1}">{}</text>"#,
            y + 4.0,
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
