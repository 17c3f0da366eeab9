//! What a replay leaves behind: everything the report shows, as read from the chain while it ran.
//!
//! Cash, prices and values are in quote units, sizes and deltas in base units, vols and ratios as fractions (0.65 = 65 %),
//! times in unix seconds. Greeks and positions are the pool's: negative means the pool is short.

use serde::{Deserialize, Serialize};

/// A finished replay.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Replay {
    /// Base currency, for example `ETH`.
    pub base: String,
    /// Quote currency, for example `USDC`.
    pub quote: String,
    /// Seed of the traders and providers.
    pub seed: u64,
    /// What the pool was deployed with, for the reader: (name, value).
    pub setup: Vec<(String, String)>,
    /// The index as observed, which the feed follows.
    pub index: Vec<(u64, f64)>,
    /// State after each step of the clock, ascending in time.
    pub steps: Vec<Step>,
    /// Every order filled, with what it paid.
    pub fills: Vec<Fill>,
    /// Every swap on the venue that the pool made.
    pub hedges: Vec<Hedge>,
    /// The surface at each market snapshot.
    pub frames: Vec<Frame>,
    /// Every expiry settled.
    pub settlements: Vec<Settlement>,
    /// Every transaction sent, refused ones included.
    pub transactions: Vec<Transaction>,
}

impl Replay {
    /// Transactions of any kind that the pool refused.
    pub fn refused(&self) -> usize {
        let refused = self.transactions.iter().filter(|sent| sent.error.is_some());
        refused.count()
    }
}

/// The pool as its views describe it at one time; sums run from the start of the replay.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Step {
    /// Unix seconds.
    pub time: u64,
    /// Feed price.
    pub spot: f64,
    /// Price on the hedge venue.
    pub venue_price: f64,
    /// At-the-money vol of each listed expiry on the anchor surface.
    pub atm_vols: Vec<(u64, f64)>,
    /// Forward of each listed expiry: spot·e^(carry·years).
    pub forwards: Vec<(u64, f64)>,
    /// Pool's net calls.
    pub calls: f64,
    /// Pool's net puts.
    pub puts: f64,
    /// Σ position · delta, hedge excluded.
    pub net_delta: f64,
    /// Σ position · gamma, base per quote.
    pub net_gamma: f64,
    /// Σ position · vega, per 100 % of vol.
    pub net_vega: f64,
    /// Σ position · theta, per year.
    pub net_theta: f64,
    /// Net delta plus hedge position.
    pub exposure: f64,
    /// Half-width of the no-trade band.
    pub band: f64,
    /// Hard exposure limit.
    pub limit: f64,
    /// Base held as a hedge less base owed to the lender.
    pub hedge_position: f64,
    /// Base owed to the lender.
    pub owed: f64,
    /// Quote that stands there as collateral.
    pub supplied: f64,
    /// Collateral times the lender's threshold over debt; zero without debt.
    pub health: f64,
    /// Free cash.
    pub cash: f64,
    /// Value of the book at the anchor.
    pub book_value: f64,
    /// Net asset value at the mid.
    pub nav: f64,
    /// Net asset value at which shares are redeemed.
    pub nav_low: f64,
    /// Net asset value at which shares are minted.
    pub nav_high: f64,
    /// Net asset value at the mid per share.
    pub share_price: f64,
    /// Loss in the worst scenario.
    pub worst_loss: f64,
    /// Spot in the worst scenario.
    pub worst_spot: f64,
    /// Equity that has to survive it.
    pub floor: f64,
    /// Gain per unit by which spot rises beyond the scenarios, base; a loss below zero.
    pub upside_slope: f64,
    /// The pool's value were spot to fall to zero at once.
    pub value_at_zero: f64,
    /// Σ deposits less withdrawals.
    pub contributed: f64,
    /// Σ premium received less paid, fees excluded.
    pub premium: f64,
    /// Σ spread and surcharge.
    pub fees: f64,
    /// Σ charges of orders for capacity, earned or not.
    pub capacity: f64,
    /// Σ what providers who left paid for the capacity that they took with them; part of what they did not take out.
    pub exit_charges: f64,
    /// Σ rents, which the insurance fund gets.
    pub rent: f64,
    /// Charges for capacity that are not earned yet.
    pub unearned: f64,
    /// Largest part in use of what the pool's value carries for a rise, over the horizons.
    pub upside_used: f64,
    /// The same for a fall.
    pub downside_used: f64,
    /// Σ set aside for holders at settlement.
    pub payouts: f64,
    /// Σ what the swaps cost against the feed price at the time: venue fee and slippage.
    pub hedge_cost: f64,
    /// Gain of the hedge position, its cost included and interest left out.
    pub hedge_gain: f64,
    /// Interest earned at the lender less interest owed.
    pub interest: f64,
}

/// One order filled: the event's figures, and mark and greeks from the quote in the same block.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Fill {
    /// Unix seconds.
    pub time: u64,
    /// `buy` or `sell`.
    pub kind: String,
    /// Options.
    pub size: f64,
    /// Feed price.
    pub spot: f64,
    /// Value of one option at the anchor.
    pub mark: f64,
    /// Vega of the order per 100 % of vol, its size.
    pub vega: f64,
    /// Price of the risk: what the potential charged (a buy) or paid (a sale).
    pub premium: f64,
    /// Half-spread in vol, and what widens it.
    pub spread: f64,
    /// What the venue's price and the own hedge's cost there add.
    pub surcharge: f64,
    /// Interest on the tails tied up, or what the least charge for them adds.
    pub capacity: f64,
    /// Interest alone.
    pub interest: f64,
    /// Rent of a node that the order opened.
    pub rent: f64,
}

/// One swap that the pool made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hedge {
    /// Unix seconds.
    pub time: u64,
    /// Base bought; negative when sold.
    pub size: f64,
    /// Price obtained.
    pub price: f64,
    /// Feed price at the time.
    pub spot: f64,
    /// Exposure that the swap left behind.
    pub exposure_after: f64,
    /// Whether a poke made it, not a trade.
    pub poked: bool,
    /// Whether the lender was called for it.
    pub lent: bool,
}

/// The surface at one market snapshot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Frame {
    /// Unix seconds.
    pub time: u64,
    /// Feed price.
    pub spot: f64,
    /// Listed expiries, ascending.
    pub smiles: Vec<Smile>,
}

/// One expiry of a frame.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Smile {
    /// Unix seconds.
    pub expiry: u64,
    /// When its anchor was posted.
    pub posted_at: u64,
    /// The pool's forward.
    pub forward: f64,
    /// (strike over the forward, vol) from the pool's views.
    pub curve: Vec<(f64, f64)>,
    /// The market's own vols, where the market folder has them.
    pub market: Vec<MarketVol>,
}

/// One strike of the market.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MarketVol {
    /// Strike over the market's forward.
    pub moneyness: f64,
    /// Best bid, if there was one.
    pub bid: Option<f64>,
    /// Mark.
    pub mark: f64,
    /// Best ask, if there was one.
    pub ask: Option<f64>,
}

/// One settled expiry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settlement {
    /// Unix seconds.
    pub expiry: u64,
    /// When it was settled.
    pub settled_at: u64,
    /// The feed round that proved the price.
    pub round: String,
    /// Settlement price.
    pub price: f64,
    /// Cash set aside for holders.
    pub reserved: f64,
    /// Cash claimed by the end of the replay.
    pub claimed: f64,
    /// What was held.
    pub series: Vec<SettledSeries>,
}

/// One series of a settled expiry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SettledSeries {
    /// `call` or `put`.
    pub kind: String,
    /// Strike.
    pub strike: f64,
    /// Options held by traders.
    pub size: f64,
    /// Payoff of one option.
    pub payoff: f64,
}

/// One transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Transaction {
    /// Unix seconds.
    pub time: u64,
    /// The entry point: `buy`, `deposit`, `postAnchor`, …
    pub kind: String,
    /// Who sent it.
    pub sender: String,
    /// What it asked for, in a few words.
    pub summary: String,
    /// Gas used.
    pub gas: u64,
    /// Whether it made the pool swap on the venue.
    pub swapped: bool,
    /// Whether it made the pool call its lender.
    pub lent: bool,
    /// The contract's error, when it was refused.
    pub error: Option<String>,
}
