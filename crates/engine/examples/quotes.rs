//! Prints `docs/quotes.md`: what the engine quotes near expiry, far from the money, from an empty book and from a
//! one-sided one at the cap.

use smirk_engine::book::{mark, mark_node};
use smirk_engine::quote::{quote, QuoteError};
use smirk_engine::state::{
    Kind, Leg, Node, Parameters, Quote, Side, Slice, Snapshot, VenueReading, Written,
};

const WAD: u128 = 1_000_000_000_000_000_000;
const SPOT: u128 = 3_000 * WAD;
/// So much that it is the shift's cap that refuses a purchase.
const EQUITY: i128 = 10_000_000;
const NOW: u64 = 1_770_000_000;
/// A hundredth of an option, small enough not to move the price it asks for.
const LOTS: u64 = 10_000;
const PER_OPTION: u128 = 1_000_000 / LOTS as u128;

/// Times to expiry.
pub const TIMES: [(u64, &str); 5] = [
    (1, "1 second"),
    (60, "1 minute"),
    (3_600, "1 hour"),
    (86_400, "1 day"),
    (28 * 86_400, "28 days"),
];
/// Strikes, in quote units, around a spot of 3,000.
pub const STRIKES: [u128; 9] = [
    1_500, 2_400, 2_850, 2_970, 3_000, 3_030, 3_150, 3_600, 6_000,
];

/// A surface with one expiry or with four, and a book.
pub struct Market {
    slices: Vec<Slice>,
    nodes: Vec<Node>,
    parameters: Parameters,
}

impl Market {
    /// Nothing held: one expiry this far ahead, every strike listed.
    pub fn empty(seconds: u64) -> Market {
        let mut market = Market {
            slices: Vec::new(),
            nodes: Vec::new(),
            parameters: Parameters::DEFAULT,
        };
        market.list(seconds);
        market
    }

    /// Traders long the same number of calls and puts of every strike of the expiry and of one four weeks later, as
    /// many as the cap allows.
    pub fn at_the_cap(seconds: u64) -> Market {
        let mut market = Market::empty(seconds);
        market.list(seconds + 28 * 86_400);
        let (mut held, mut step) = (0, 1 << 40);
        while step > 0 {
            market.hold(held + step);
            if market.quote(0, Kind::Call, Side::Buy).is_ok() {
                held += step;
            }
            step >>= 1;
        }
        // Where the last lots go is refused from here on.
        market.hold(held + 1);
        market
    }

    fn list(&mut self, seconds: u64) {
        let index = self.slices.len() as u8;
        self.slices.push(Slice {
            expiry: NOW + seconds,
            atm_vol: 650_000_000_000_000_000,
            left_wing: 400_000_000_000_000_000,
            right_wing: 280_000_000_000_000_000,
            posted_at: NOW,
            ..Slice::default()
        });
        self.nodes.extend(STRIKES.map(|strike| Node {
            slice: index,
            strike: strike * WAD,
            calls: 0,
            puts: 0,
        }));
    }

    fn hold(&mut self, lots: i64) {
        for node in &mut self.nodes {
            (node.calls, node.puts) = (-lots, -lots);
        }
    }

    /// The engine's view, hedged: a missing hedge would widen the spread.
    pub fn snapshot(&self) -> Snapshot<'_> {
        let mut snapshot = self.unhedged();
        snapshot.hedge_position = -mark(&snapshot).net_delta;
        snapshot
    }

    fn unhedged(&self) -> Snapshot<'_> {
        Snapshot {
            spot: SPOT,
            now: NOW,
            slices: &self.slices,
            nodes: &self.nodes,
            cash: EQUITY * WAD as i128,
            hedge_position: 0,
            can_borrow: false,
            venue: VenueReading {
                price: SPOT,
                before: SPOT,
                depth: 100_000_000 * WAD,
                fee: 500_000_000_000_000,
                limit: 5_000_000_000_000_000,
            },
            flow_variance: 0,
            written: Written::default(),
            parameters: &self.parameters,
        }
    }

    /// The answer for a hundredth of an option of the first expiry.
    pub fn quote(&self, strike: usize, kind: Kind, side: Side) -> Result<Quote, QuoteError> {
        let order = Leg {
            node: strike,
            kind,
            side,
            lots: LOTS,
        };
        quote(&self.snapshot(), &order)
    }

    /// Bid with its charges off, anchor mark, ask with its charges on but for rent, quote WAD an option. No ask where buying
    /// is refused.
    pub fn prices(&self, strike: usize, kind: Kind) -> (u128, u128, Option<u128>) {
        let mark = mark_node(&self.snapshot(), &self.nodes[strike]);
        let bid = self
            .quote(strike, kind, Side::Sell)
            .expect("an exit is always quoted");
        let ask = self.quote(strike, kind, Side::Buy).ok();
        (
            (bid.premium - bid.fee()) * PER_OPTION,
            if kind == Kind::Call {
                mark.call
            } else {
                mark.put
            },
            ask.map(|ask| (ask.premium + ask.fee() - ask.rent) * PER_OPTION),
        )
    }
}

/// Four decimals.
fn show(price: u128) -> String {
    let units = (price + WAD / 20_000) / (WAD / 10_000);
    format!("{}.{:04}", units / 10_000, units % 10_000)
}

fn section(out: &mut String, title: &str, market: &Market) {
    out.push_str(&format!("\n### {title}\n\n"));
    out.push_str(
        "| Strike | Vol, anchor | Vol, quoted | Call bid | mark | ask | Put bid | mark | ask |\n",
    );
    out.push_str("|---|---|---|---|---|---|---|---|---|\n");
    for (index, strike) in STRIKES.iter().enumerate() {
        let sale = market
            .quote(index, Kind::Call, Side::Sell)
            .expect("an exit is always quoted");
        let anchor = mark_node(&market.snapshot(), &market.nodes[index]).vol;
        let percent = |vol: u64| format!("{:.2} %", vol as f64 / 1e16);
        let [call, put] = [Kind::Call, Kind::Put].map(|kind| {
            let (bid, mark, ask) = market.prices(index, kind);
            let ask = ask.map_or("refused".to_owned(), show);
            format!("{} | {} | {ask}", show(bid), show(mark))
        });
        let (anchor, quoted) = (percent(anchor), percent(sale.vol_before));
        out.push_str(&format!(
            "| {strike} | {anchor} | {quoted} | {call} | {put} |\n"
        ));
    }
}

/// The whole document.
pub fn document() -> String {
    let mut out = String::from(
        "# Quotes at the edges

What the engine quotes where quoting is hard: seconds before expiry, far in and out of the money, from an empty book
and from a one-sided one at the cap. Prices are per option at a spot of 3,000 for a hundredth of an option, all charges
included but a new node's rent, with the default parameters, a hedged pool of ten million, a venue at the feed's price with a
fee of 0.05 %, and fresh anchors of 65 % with wings of 0.40 and 0.28. The mark and the first vol are
the anchor's, the second vol is the one quoted around. Printed by

    cargo run -p smirk-engine --example quotes > docs/quotes.md

and compared with the code by `crates/engine/tests/quotes.rs`, which also checks the order of bid, mark and ask, the
bounds and the shape in strike. A bid is at least zero, and an ask at least the payoff and the floor of the spread. The pool
itself sells nothing within an hour of expiry (`cutoff`), no call struck below 0.8 of spot and no put above 1.25; bids
go on everywhere and to the last second, so positions can be closed.

## Empty book
",
    );
    for (seconds, name) in TIMES {
        section(&mut out, name, &Market::empty(seconds));
    }
    out.push_str(
        "
## One-sided book at the cap

Traders hold the same number of calls and puts at every strike of this expiry and of one 28 days later, as many as bring
the largest shift of the surface to the cap of 0.20. Whatever would carry it further is refused; what brings it back is
quoted on the shifted surface. Near expiry the later options fill the cap, and what is left of the first has
little vega to shift.
",
    );
    for (seconds, name) in TIMES {
        section(&mut out, name, &Market::at_the_cap(seconds));
    }
    out
}

fn main() {
    print!("{}", document());
}
