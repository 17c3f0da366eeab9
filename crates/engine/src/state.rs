//! The value types that travel between the contract, the tools and the formulas.
//!
//! Scales: `_wad`-less integers of type `u128`/`i128` that are prices, sizes or cash are WAD (1e18 = 1);
//! `u64` ratios, vols and wings are WAD too (at most 18.4); times are unix seconds or seconds.
//! Everything called net, position, delta or exposure is the pool's view: negative means the pool is short.

use crate::number::word::Word;

/// Most live (expiry, strike) pairs a book can hold.
pub const MAX_NODES: usize = 128;
/// Most expiries that can be listed and unsettled at one time.
pub const MAX_EXPIRIES: usize = 12;
/// One lot, the unit in which positions are stored, as a WAD size: a millionth of an option.
pub const LOT: u128 = 1_000_000_000_000;
/// Most lots the pool can be long or short in one node, calls and puts together or apart, so that sums over a
/// full book stay exact: 7·10^10 options.
pub const MAX_LOTS: i64 = 1 << 56;
/// Most legs of an order, and of an account: all of them can be closed at once.
pub const MAX_LEGS: usize = 24;
/// Seconds in the one year used everywhere (365 days).
pub const YEAR: u64 = 31_536_000;

/// Call or put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The right to the rise above the strike.
    Call,
    /// The right to the fall below the strike.
    Put,
}

/// The taker's side of a leg: which way the options go, and whether that opens a position of the taker's or closes one.
///
/// The pool may refuse what opens. What closes is an exit, which it always prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The taker opens a long against the pool.
    Buy,
    /// The taker returns a long to the pool.
    Sell,
    /// The taker opens a short: the pool becomes long.
    Write,
    /// The taker buys a short back from the pool.
    Cover,
}

impl Side {
    /// Whether the taker gets options; else it gives them.
    pub fn is_bought(self) -> bool {
        matches!(self, Side::Buy | Side::Cover)
    }

    /// Whether the taker opens a position.
    pub fn opens(self) -> bool {
        matches!(self, Side::Buy | Side::Write)
    }
}

/// One expiry and its anchor: an extended SSVI slice in normalised coordinates.
///
/// With θ = atm_vol²·τ, the wing slopes of total variance are `left_wing`·√θ and `right_wing`·√θ,
/// so that the butterfly condition does not depend on the time left (economics: constant p/√θ).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Slice {
    /// Unix time at which the payoff is fixed.
    pub expiry: u64,
    /// At-the-money vol, WAD.
    pub atm_vol: u64,
    /// Left wing slope over √θ, WAD.
    pub left_wing: u64,
    /// Right wing slope over √θ, WAD.
    pub right_wing: u64,
    /// Unix time at which the anchor was posted.
    pub posted_at: u64,
    /// Carry c per year, WAD: the forward is spot·e^(c·τ).
    pub carry: i64,
    /// Feed price at which the anchor was posted, quote per base, WAD.
    pub spot: u128,
    /// What is left at `posted_at` of the changes of vol by posts up to then, WAD of vol.
    pub vol_jump: u64,
    /// What is left at `posted_at` of the changes of c·τ by posts up to then, WAD.
    pub carry_jump: u64,
    /// Pool's net puts of this expiry that its nodes count among their calls, in lots.
    pub puts: i64,
    /// Σ strike of those puts, lots times WAD.
    pub put_strikes: i128,
}

/// One (expiry, strike): the pool's net calls and puts, which share one pricing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Node {
    /// Index into [`Snapshot::slices`].
    pub slice: u8,
    /// Strike, quote per base, WAD.
    pub strike: u128,
    /// Pool's net calls, in lots.
    pub calls: i64,
    /// Pool's net puts, in lots.
    pub puts: i64,
}

/// What the pool is, at one moment, as far as the formulas care. Slices ascend by expiry.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// Feed price now, quote per base, WAD.
    pub spot: u128,
    /// Block time, unix seconds.
    pub now: u64,
    /// Listed and unsettled expiries, ascending.
    pub slices: &'a [Slice],
    /// The book.
    pub nodes: &'a [Node],
    /// Free recorded cash less what is owed and less charges not yet earned, quote, WAD; the insurance fund is apart.
    pub cash: i128,
    /// Base held as a hedge less base owed to a lender, WAD.
    pub hedge_position: i128,
    /// Whether base can be borrowed to be sold.
    pub can_borrow: bool,
    /// The hedge venue.
    pub venue: VenueReading,
    /// Variance rate of trade-induced delta, base² per year, WAD.
    pub flow_variance: u128,
    /// What accounts are short.
    pub written: Written<'a>,
    /// The pool's parameters.
    pub parameters: &'a Parameters,
}

/// Short options of accounts, which the pool is long against as many of its own shorts: with an account that can't pay, those
/// are left. Options in lots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Written<'a> {
    /// Calls in all, after the order.
    pub calls: u64,
    /// Puts in all, after the order.
    pub puts: u64,
    /// What the puts cost at a price of zero, after an order that writes, quote WAD, rounded up; nothing asks for it without one.
    pub put_strikes: u128,
    /// Calls and puts together by node, in the order of [`Snapshot::nodes`], before the order; none where there are fewer.
    pub nodes: &'a [u64],
}

/// What the formulas need to know of the hedge venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct VenueReading {
    /// Quote per base, WAD, nearest; saturates.
    pub price: u128,
    /// What the price was before anyone traded there in this second, to a basis point; the price itself if nobody has. Quote
    /// per base, WAD.
    pub before: u128,
    /// Quote notional per 100 % linear price move at the liquidity in range, WAD, nearest.
    pub depth: u128,
    /// φ: proportional fee, WAD.
    pub fee: u64,
    /// Farthest price from the feed's at which the hedge trades, as a share of the feed's, WAD.
    pub limit: u64,
}

/// A validated leg of an order: options of one node of the book. A node with neither calls nor puts is one that the order
/// opens. Legs of one order may share a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Index into [`Snapshot::nodes`].
    pub node: usize,
    /// Call or put.
    pub kind: Kind,
    /// Taker's side.
    pub side: Side,
    /// Number of options in lots, above zero.
    pub lots: u64,
}

/// Everything the owner may tune. Ratios and vols are WAD in `u64`; times are seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// U: log-vega in quote (WAD) that shifts a vol by β² times 100 %.
    pub depth: u128,
    /// κ: decay of the level coupling in |ln T/T'|.
    pub coupling: u64,
    /// ω: wing block relative to the level block.
    pub wing_depth: u64,
    /// c0: weight of 28d/T in β².
    pub short_term: u64,
    /// Cap on any component of the surface shift.
    pub shift_cap: u64,
    /// h: half-spread in vol terms (0.015 = 1.5 vol points).
    pub half_spread: u64,
    /// f_min over spot: floor of the fee per option.
    pub fee_floor: u64,
    /// ρ: interest a year on a tail used in full, a share of the capital it ties up.
    pub capacity_rate: u64,
    /// Anchor age after which the half-spread starts to widen, seconds.
    pub anchor_fresh: u64,
    /// Anchor age after which only risk-reducing trades remain, seconds.
    pub anchor_limit: u64,
    /// Relative risk aversion: γ = risk_aversion / equity (in units, not WAD: 20 = 20).
    pub risk_aversion: u64,
    /// f: fraction of the band left as slack inside the edge after a hedge.
    pub edge_slack: u64,
    /// Least charge per unit of equity that an order adds to a tail.
    pub capacity_minimum: u64,
    /// Cost of one hedge transaction in quote, WAD.
    pub hedge_gas: u64,
    /// Cap on the band as a share of equity / spot.
    pub band_cap: u64,
    /// Hard exposure limit as a share of equity / spot.
    pub exposure_cap: u64,
    /// E_min: share of equity that must survive the worst scenario.
    pub equity_floor: u64,
    /// κ: allowed net short slope above the grid, as a share of equity / spot; what an upward tail is measured by.
    pub upside_slope: u64,
    /// h_nav: relative vol haircut between the mid and each side of net asset value.
    pub nav_spread: u64,
    /// Relative price haircut on |net delta| between the mid and each side of net asset value.
    pub nav_price_spread: u64,
    /// r0: rent a year for a node opened in an empty book, quote, WAD.
    pub node_rent: u64,
    /// χ: half-spread in vol terms per unit of log that spot has moved since the anchor was posted.
    pub spot_lag: u64,
}

/// A single (expiry, strike) as the anchor surface and the shifted surface see it, per option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Mark {
    /// Anchor vol, WAD.
    pub vol: u64,
    /// Spot carried to the expiry, quote per base, WAD; a call less a put is this less the strike, exactly.
    pub forward: u128,
    /// Forward over spot, e^(c·τ), WAD.
    pub growth: u64,
    /// Value of one call on the anchor, quote WAD.
    pub call: u128,
    /// Value of one put on the anchor, quote WAD.
    pub put: u128,
    /// Delta of one call by spot, WAD from zero to `growth`; the put's is less by `growth`.
    pub delta: u64,
    /// Gamma, WAD per quote.
    pub gamma: u128,
    /// Vega per 100 % of vol, quote WAD.
    pub vega: u128,
    /// Theta per year at a constant forward, the same for call and put, quote WAD, not above zero.
    pub theta: i128,
}

/// The whole book at the anchor, pool's view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct BookMark {
    /// Value of the pool's positions, quote WAD (negative when the pool owes).
    pub value: i128,
    /// Σ position·delta, base WAD, hedge excluded.
    pub net_delta: i128,
    /// Σ position·gamma, base per quote, WAD.
    pub net_gamma: i128,
    /// Σ position·vega per 100 % of vol, quote WAD.
    pub net_vega: i128,
    /// Σ position·theta per year at constant forwards, quote WAD.
    pub net_theta: i128,
    /// Σ over expiries of |log-vega|, quote WAD: what one relative unit of vol error costs.
    pub gross_log_vega: u128,
    /// Cash + hedge + book, quote WAD.
    pub nav: i128,
    /// [`BookMark::nav`] on the side at which shares are redeemed.
    pub nav_low: i128,
    /// [`BookMark::nav`] on the side at which shares are minted.
    pub nav_high: i128,
    /// What providers leave at: `nav_low`, or what unwinding the book at the potential would leave if that is less. Zero
    /// where not asked for.
    pub nav_exit: i128,
}

/// What an order says of one of its legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LegQuote {
    /// Anchor value of one option, quote WAD.
    pub mark: u128,
    /// Spot carried to the expiry, quote per base, WAD.
    pub forward: u128,
    /// Marginal vol before the order, WAD.
    pub vol_before: u64,
    /// Marginal vol after the order, WAD.
    pub vol_after: u64,
    /// Delta of the leg from the taker's view, base WAD.
    pub delta: i128,
    /// The leg's part of the spread before what a missing hedge adds, quote WAD, rounded up.
    pub spread: u128,
}

/// The pool's full answer to an order of one or more legs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Quote {
    /// Premium of the whole order before all charges, as a magnitude, quote WAD, rounded in the pool's favour.
    pub premium: u128,
    /// Whether the taker gets the premium; else it pays it.
    pub is_credit: bool,
    /// Half-spread or its floor, and what a lagging surface or a missing hedge adds, quote WAD, rounded up.
    pub spread: u128,
    /// What the venue's price, fee and depth add, quote WAD, rounded up.
    pub surcharge: u128,
    /// Interest on the tails that the order raises, or the rest of its least charge, quote WAD, rounded up.
    pub capacity: u128,
    /// Rent for the nodes that the order opens, quote WAD, rounded up.
    pub rent: u128,
    /// Anchor value of one option of the first leg, quote WAD.
    pub mark: u128,
    /// Spot carried to the first leg's expiry, quote per base, WAD.
    pub forward: u128,
    /// Marginal vol of the first leg before the trade, WAD.
    pub vol_before: u64,
    /// Marginal vol of the first leg after the trade, WAD.
    pub vol_after: u64,
    /// Largest component of the surface shift after the trade, WAD.
    pub shift: u64,
    /// Delta of the trade from the taker's view, base WAD.
    pub delta: i128,
    /// Gamma of the trade, taker's view, WAD.
    pub gamma: i128,
    /// Vega of the trade, taker's view, quote WAD.
    pub vega: i128,
    /// Theta of the trade per year at a constant forward, taker's view, quote WAD.
    pub theta: i128,
    /// Marginal price, fee included, where an own swap of |delta| on the venue ends, quote per base, WAD, rounded toward the
    /// venue's price; within the limit for a sale.
    pub end_price: u128,
    /// How far that swap moves the root of the venue's price, WAD; saturates.
    pub reach: u64,
}

impl Quote {
    /// What the order pays beside the premium.
    pub fn fee(&self) -> u128 {
        self.spread
            .saturating_add(self.surcharge)
            .saturating_add(self.capacity)
            .saturating_add(self.rent)
    }
}

/// What the hedge rule says about an exposure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct HedgePlan {
    /// Net delta plus hedge position, base WAD.
    pub exposure: i128,
    /// Half-width of the no-trade band, base WAD.
    pub band: u128,
    /// Hard exposure limit, base WAD.
    pub limit: u128,
    /// Base to buy (positive) or sell (negative) on the venue; zero inside the band.
    pub trade: i128,
    /// The part of `trade` that the order pays for: at most its delta, in the direction in which the pool trades for it.
    pub own: i128,
}

/// Outcome of the scenario gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Stress {
    /// Equity now: the low side of net asset value, quote WAD.
    pub equity: i128,
    /// Largest loss over the grid and the strike nodes, quote WAD.
    pub worst_loss: u128,
    /// Spot of the worst scenario, WAD.
    pub worst_spot: u128,
    /// Relative vol move of the worst scenario (−0.30, 0 or +0.45), WAD.
    pub worst_vol_move: i64,
    /// Equity that must survive, quote WAD.
    pub floor: u128,
    /// Slope of the pool's value for spot → ∞, base WAD.
    pub upside_slope: i128,
    /// Least slope allowed, base WAD (not above zero).
    pub upside_slope_limit: i128,
    /// Pool's value for spot → 0, quote WAD: cash and the puts at their strikes.
    pub value_at_zero: i128,
}

/// To a WAD word, nearest; saturates at both ends of `u64`.
#[inline(never)]
pub(crate) fn u64_wad(value: Word) -> u64 {
    value.to_wad_nearest().clamp(0, u64::MAX as i128) as u64
}

/// To an unsigned WAD integer, nearest; zero below zero.
#[inline(never)]
pub(crate) fn u128_wad(value: Word) -> u128 {
    value.to_wad_nearest().max(0) as u128
}
