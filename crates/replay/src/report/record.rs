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
    /// Everybody with a margin account.
    pub accounts: Vec<AccountSummary>,
    /// Every liquidation.
    pub liquidations: Vec<Liquidation>,
    /// Orders and liquidations after which the exposure was held against its band.
    pub judged: usize,
    /// Those that left it outside.
    pub outside: Vec<Outside>,
    /// What the options of each expiry brought.
    pub expiries: Vec<ExpiryResult>,
    /// The pool's vega in the same week with nobody who writes: (time, per 100 % of vol).
    pub takers_alone: Vec<(u64, f64)>,
}

impl Replay {
    /// Transactions of any kind that the pool refused.
    pub fn refused(&self) -> usize {
        let refused = self.transactions.iter().filter(|sent| sent.error.is_some());
        refused.count()
    }

    /// Orders of those who buy options and sell them again, one series at a time.
    pub fn takers(&self) -> impl Iterator<Item = &Fill> {
        self.fills.iter().filter(|fill| fill.kind != "order")
    }

    /// Orders on margin accounts.
    pub fn orders(&self) -> impl Iterator<Item = &Fill> {
        self.fills.iter().filter(|fill| fill.kind == "order")
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
    /// The insurance fund.
    pub insurance: f64,
    /// Σ that went to it out of fees.
    pub insured: f64,
    /// Σ owed by accounts with nothing left to pay with.
    pub bad_debt: f64,
    /// What of that the pool paid, the insurance fund being empty.
    pub borne: f64,
    /// The margin accounts together.
    pub accounts: Accounts,
    /// Part of its shares that the first provider could redeem.
    pub leavable: f64,
}

impl Step {
    /// What accounts are short, options times spot.
    pub fn written(&self) -> f64 {
        (self.accounts.calls + self.accounts.puts) * self.spot
    }
}

/// All margin accounts together at one time; those without a position count in `pot` alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Accounts {
    /// Accounts with positions.
    pub open: usize,
    /// Quote of all accounts.
    pub pot: f64,
    /// What of it the pool has lent.
    pub claim: f64,
    /// Calls that accounts are short.
    pub calls: f64,
    /// Puts that accounts are short.
    pub puts: f64,
    /// Σ quote and positions at the anchor.
    pub value: f64,
    /// Σ what that must be to stay.
    pub maintenance: f64,
}

/// Somebody with a margin account, from the start of the replay to its end.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct AccountSummary {
    /// Name.
    pub name: String,
    /// What it likes to be short of.
    pub sells: String,
    /// Whether it puts up more when the account runs low.
    pub tops_up: bool,
    /// Orders filled.
    pub orders: usize,
    /// Σ paid in.
    pub paid_in: f64,
    /// Σ taken out.
    pub taken_out: f64,
    /// Margin calls met.
    pub topped_up: usize,
    /// Times that a part was closed by force.
    pub liquidations: usize,
    /// Σ rewards and insurance premiums of those.
    pub penalties: f64,
    /// Quote and positions at the end.
    pub value: f64,
    /// What that must be to stay.
    pub maintenance: f64,
    /// Options it is short at the end.
    pub shorts: f64,
}

impl AccountSummary {
    /// What it won or lost.
    pub fn result(&self) -> f64 {
        self.value + self.taken_out - self.paid_in
    }
}

/// One liquidation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Liquidation {
    /// Unix seconds.
    pub time: u64,
    /// Whose account.
    pub account: String,
    /// Feed price.
    pub spot: f64,
    /// Part of every leg that was closed.
    pub part: f64,
    /// Options closed.
    pub options: f64,
    /// What they were worth at the anchor: positive for what was bought back.
    pub mark: f64,
    /// What closing them cost; negative for what it brought.
    pub total: f64,
    /// What the liquidator got.
    pub reward: f64,
    /// What the insurance fund got.
    pub insurance: f64,
    /// Value of the account before.
    pub value_before: f64,
    /// What it had to be to stay.
    pub requirement_before: f64,
    /// Value after.
    pub value_after: f64,
    /// What it had to be then.
    pub requirement_after: f64,
    /// Options left in the account, long and short.
    pub left: f64,
}

/// An order after which the exposure was outside its band, and why.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outside {
    /// Unix seconds.
    pub time: u64,
    /// The entry point.
    pub kind: String,
    /// The exposure it left.
    pub exposure: f64,
    /// Half-width of the band.
    pub band: f64,
    /// Hard exposure limit.
    pub limit: f64,
    /// The contract's reason for what was not hedged: 1 the venue, 2 the means (cash, base, the lender), 3 not asked for by an order
    /// that hedges its own part.
    pub reason: u8,
    /// Whether the venue had just refused a poke what was outside before.
    pub poke_refused: bool,
}

/// One order filled: the event's figures, and mark and greeks from the quote in the same block.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Fill {
    /// Unix seconds.
    pub time: u64,
    /// `buy` or `sell`; `order` for one of legs, whose size is of all of them, and whose premium and mark are signed.
    pub kind: String,
    /// Options.
    pub size: f64,
    /// Feed price.
    pub spot: f64,
    /// Value of one option at the anchor.
    pub mark: f64,
    /// Vega of the order per 100 % of vol, its size.
    pub vega: f64,
    /// Delta of the order, its size, base.
    pub delta: f64,
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
    /// What margin accounts paid to the pool; negative for what they got.
    pub from_accounts: f64,
    /// Cash claimed by the end of the replay.
    pub claimed: f64,
    /// What was held.
    pub series: Vec<SettledSeries>,
}

/// What the options of one expiry brought the pool, hedge and charges left out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ExpiryResult {
    /// Unix seconds.
    pub expiry: u64,
    /// Whether it is settled.
    pub is_settled: bool,
    /// Σ premium received less paid.
    pub premium: f64,
    /// Set aside for holders at settlement, less what accounts paid.
    pub paid: f64,
    /// Value of the positions still open.
    pub open: f64,
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
