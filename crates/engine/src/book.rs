//! The book at the anchor: marks and greeks of nodes, their sums, and net asset value with its two sides.

use crate::black76::{greeks, Inputs};
use crate::frame::{options, Frame, Point, Term};
use crate::real::Real;
use crate::state::{u128_wad, u64_wad, BookMark, Mark, Node, Snapshot, MAX_EXPIRIES};

/// A node's value and greeks per option on the anchor.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NodeValue {
    pub call: Real,
    pub put: Real,
    /// Of the call; the put's is one less.
    pub delta: Real,
    pub gamma: Real,
    /// ∂value/∂√w.
    pub vega_total: Real,
    /// ∂value/∂ln σ.
    pub log_vega: Real,
}

/// Prices a node on the anchor. Once expired it is worth its intrinsic value at spot.
pub(crate) fn value_node(forward: Real, term: Option<&Term>, point: &Point) -> NodeValue {
    if term.is_none() {
        let gap = forward - point.strike;
        let in_the_money = gap > Real::ZERO;
        return NodeValue {
            call: gap.max(Real::ZERO),
            put: (-gap).max(Real::ZERO),
            delta: if in_the_money { Real::ONE } else { Real::ZERO },
            ..NodeValue::default()
        };
    }
    let greeks = greeks(&Inputs {
        forward,
        strike: point.strike,
        log_moneyness: point.log_moneyness,
        total_vol: point.total_vol,
    });
    NodeValue {
        call: greeks.call,
        put: greeks.put,
        delta: greeks.delta,
        gamma: greeks.gamma,
        vega_total: greeks.vega_total,
        log_vega: greeks.vega_total * point.total_vol,
    }
}

impl NodeValue {
    /// As the value type; zero vega and theta once expired.
    pub fn mark(&self, term: Option<&Term>, point: &Point) -> Mark {
        let term = term.copied().unwrap_or_default();
        Mark {
            vol: u64_wad(point.total_vol / term.root_tau),
            call: u128_wad(self.call),
            put: u128_wad(self.put),
            delta: u64_wad(self.delta),
            gamma: u128_wad(self.gamma),
            vega: u128_wad(self.vega_total * term.root_tau),
            theta: theta(self.log_vega, term.tau).to_wad_nearest(),
        }
    }
}

/// Theta per year from log-vega: −½·σ·∂value/∂σ/τ at zero rate.
fn theta(log_vega: Real, tau: Real) -> Real {
    if log_vega.is_zero() {
        return Real::ZERO;
    }
    -(log_vega / tau).half()
}

/// Running sums over a book, pool's view.
pub(crate) struct Totals {
    value: Real,
    delta: Real,
    gamma: Real,
    vega_total: [Real; MAX_EXPIRIES],
    log_vega: [Real; MAX_EXPIRIES],
}

impl Totals {
    /// Sums the book of `nodes`, which share strikes and expiries with the frame's snapshot.
    pub fn of(frame: &Frame, nodes: &[Node]) -> Totals {
        let mut totals = Totals {
            value: Real::ZERO,
            delta: Real::ZERO,
            gamma: Real::ZERO,
            vega_total: [Real::ZERO; MAX_EXPIRIES],
            log_vega: [Real::ZERO; MAX_EXPIRIES],
        };
        for (node, point) in frame.pairs(nodes) {
            if node.calls | node.puts != 0 {
                let value = value_node(frame.forward, frame.term(node), point);
                totals.add(node.slice, node.calls, node.puts, &value);
            }
        }
        totals
    }

    /// Adds a position in one node.
    pub fn add(&mut self, slice: u8, calls: i64, puts: i64, value: &NodeValue) {
        let (calls, puts) = (options(calls), options(puts));
        let both = calls + puts;
        self.value += calls * value.call + puts * value.put;
        self.delta += both * value.delta - puts;
        self.gamma += both * value.gamma;
        if let Some(sum) = self.vega_total.get_mut(slice as usize) {
            *sum += both * value.vega_total;
        }
        if let Some(sum) = self.log_vega.get_mut(slice as usize) {
            *sum += both * value.log_vega;
        }
    }

    /// The mark of a pool with this book, this cash and this hedge.
    ///
    /// The sides of net asset value lie gross log-vega·`nav_spread` + |net delta + hedge|·spot·`nav_price_spread`
    /// from its middle, rounded outward.
    pub fn mark(&self, frame: &Frame, cash: i128) -> BookMark {
        let parameters = frame.snapshot.parameters;
        let (mut vega, mut theta_sum, mut gross) = (Real::ZERO, Real::ZERO, Real::ZERO);
        for (index, term) in frame.terms.iter().enumerate() {
            if let Some(term) = term {
                vega += self.vega_total[index] * term.root_tau;
                theta_sum += theta(self.log_vega[index], term.tau);
                gross += self.log_vega[index].abs();
            }
        }
        let hedge = Real::from_wad_i128(frame.snapshot.hedge_position);
        let holdings = (self.value + hedge * frame.forward).to_wad_nearest();
        let nav = cash.saturating_add(holdings);
        let exposure = (self.delta + hedge).abs() * frame.forward;
        let haircut = (gross * Real::from_wad_u64(parameters.nav_spread)
            + exposure * Real::from_wad_u64(parameters.nav_price_spread))
        .to_wad_up();
        BookMark {
            value: self.value.to_wad_nearest(),
            net_delta: self.delta.to_wad_nearest(),
            net_gamma: self.gamma.to_wad_nearest(),
            net_vega: vega.to_wad_nearest(),
            net_theta: theta_sum.to_wad_nearest(),
            gross_log_vega: u128_wad(gross),
            nav,
            nav_low: nav.saturating_sub(haircut),
            nav_high: nav.saturating_add(haircut),
        }
    }
}

/// Marks the whole book on the anchor and nets it with cash and hedge.
pub fn mark(snapshot: &Snapshot) -> BookMark {
    let frame = Frame::new(snapshot);
    Totals::of(&frame, snapshot.nodes).mark(&frame, snapshot.cash)
}

/// Marks one (expiry, strike) on the anchor; its position is not looked at, and it need not be in the book.
pub fn mark_node(snapshot: &Snapshot, node: &Node) -> Mark {
    let alone = Snapshot {
        nodes: core::slice::from_ref(node),
        ..*snapshot
    };
    let frame = Frame::new(&alone);
    let term = frame.term(node);
    value_node(frame.forward, term, &frame.points[0]).mark(term, &frame.points[0])
}
