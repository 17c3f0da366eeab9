//! Random pools, and the same formulas in plain floating point to compare with.
#![allow(dead_code)]

pub mod potential;
pub mod week;

use smirk_engine::book::mark;
use smirk_engine::state::{
    Kind, Leg, Node, Parameters, Slice, Snapshot, VenueReading, Written, YEAR,
};
use smirk_engine::surface::check_anchor;

pub const WAD: u128 = 1_000_000_000_000_000_000;
pub const DAY: u64 = 86_400;
pub const NOW: u64 = 1_770_000_000;

/// Splitmix64: seeded, so every failure repeats.
pub struct Rng(pub u64);

impl Rng {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [low, high).
    pub fn real(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in 0..count.
    pub fn below(&mut self, count: usize) -> usize {
        (self.bits() % count as u64) as usize
    }
}

pub fn wad(value: f64) -> u64 {
    (value * 1e18) as u64
}

pub fn wad_wide(value: f64) -> u128 {
    (value * 1e18) as u128
}

pub trait Float {
    fn float(self) -> f64;
}

impl Float for u64 {
    fn float(self) -> f64 {
        self as f64 / 1e18
    }
}

impl Float for u128 {
    fn float(self) -> f64 {
        self as f64 / 1e18
    }
}

impl Float for i128 {
    fn float(self) -> f64 {
        self as f64 / 1e18
    }
}

#[track_caller]
pub fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{found} instead of {expected} ± {tolerance}"
    );
}

/// The standard normal distribution: a series inside, a continued fraction outside.
pub fn cdf(x: f64) -> f64 {
    let z = x.abs();
    let tail = if z < 5.0 {
        let (mut sum, mut term, mut n) = (z, z, 1.0);
        while term > 1e-18 * sum {
            term *= z * z / (2.0 * n + 1.0);
            sum += term;
            n += 1.0;
        }
        0.5 - sum * pdf(z)
    } else {
        pdf(z) / (1..60).rev().fold(z, |f, n| z + n as f64 / f)
    };
    if x > 0.0 {
        1.0 - tail
    } else {
        tail
    }
}

pub fn pdf(x: f64) -> f64 {
    (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// Call and put.
pub fn black76(forward: f64, strike: f64, total_vol: f64) -> (f64, f64) {
    if total_vol <= 0.0 {
        return ((forward - strike).max(0.0), (strike - forward).max(0.0));
    }
    let d1 = (forward / strike).ln() / total_vol + total_vol / 2.0;
    let d2 = d1 - total_vol;
    (
        forward * cdf(d1) - strike * cdf(d2),
        strike * cdf(-d2) - forward * cdf(-d1),
    )
}

/// A smile in the coordinates of the engine, from the formula of the SSVI paper rather than the engine's.
#[derive(Clone, Copy)]
pub struct Smile {
    pub theta: f64,
    pub left: f64,
    pub right: f64,
}

impl Smile {
    pub fn of(slice: &Slice, now: u64) -> Smile {
        let tau = slice.expiry.saturating_sub(now) as f64 / YEAR as f64;
        let theta = slice.atm_vol.float().powi(2) * tau;
        let slope = |wing: u64| wing.float() * theta.sqrt();
        Smile {
            theta,
            left: slope(slice.left_wing),
            right: slope(slice.right_wing),
        }
    }

    pub fn shifted(&self, level: f64, left: f64, right: f64) -> Smile {
        Smile {
            theta: self.theta * (2.0 * level).exp(),
            left: self.left * (level + left).exp(),
            right: self.right * (level + right).exp(),
        }
    }

    /// w, w', w'' at log-moneyness k.
    pub fn variance(&self, k: f64) -> (f64, f64, f64) {
        let psi = (self.left + self.right) / 2.0;
        let rho = (self.right - self.left) / (self.right + self.left);
        let phi = psi / self.theta;
        let root = ((phi * k + rho).powi(2) + 1.0 - rho * rho).sqrt();
        let half = self.theta / 2.0;
        (
            half * (1.0 + rho * phi * k + root),
            half * phi * (rho + (phi * k + rho) / root),
            half * phi * phi * (1.0 - rho * rho) / root.powi(3),
        )
    }

    pub fn total_vol(&self, k: f64) -> f64 {
        self.variance(k).0.sqrt()
    }

    /// Durrleman's function: the sign of the implied density.
    pub fn density_sign(&self, k: f64) -> f64 {
        let (w, d1, d2) = self.variance(k);
        (1.0 - k * d1 / (2.0 * w)).powi(2) - d1 * d1 / 4.0 * (1.0 / w + 0.25) + d2 / 2.0
    }
}

/// A pool that owns what a snapshot borrows.
#[derive(Clone)]
pub struct Pool {
    pub spot: u128,
    pub now: u64,
    pub slices: Vec<Slice>,
    pub nodes: Vec<Node>,
    pub cash: i128,
    pub hedge_position: i128,
    pub can_borrow: bool,
    pub venue_depth: u128,
    pub venue_fee: u64,
    /// The feed's price where it is none.
    pub venue_price: Option<u128>,
    /// Before anyone traded there in this second; as it is now if there is none.
    pub venue_before: Option<u128>,
    pub flow_variance: u128,
    pub written: Written<'static>,
    pub parameters: Parameters,
}

impl Pool {
    /// A million in cash, spot 3000, no expiries.
    pub fn empty() -> Pool {
        Pool {
            spot: 3_000 * WAD,
            now: NOW,
            slices: Vec::new(),
            nodes: Vec::new(),
            cash: 1_000_000 * WAD as i128,
            hedge_position: 0,
            can_borrow: false,
            venue_depth: 100_000_000 * WAD,
            venue_fee: wad(0.0005),
            venue_price: None,
            venue_before: None,
            flow_variance: 0,
            written: Written::default(),
            // Half as deep as the default: more orders of a size reach the potential's edges.
            parameters: Parameters {
                depth: 250_000 * WAD,
                ..Parameters::DEFAULT
            },
        }
    }

    /// Expiries of 1 to 91 days on a flat 65 % surface with ordinary wings, six strikes each, no positions.
    pub fn listed() -> Pool {
        let mut pool = Pool::empty();
        for days in [1, 7, 14, 28, 91] {
            pool.slices.push(slice(days, 0.65, 0.40, 0.28));
        }
        for index in 0..pool.slices.len() as u8 {
            for strike in [2_400, 2_700, 3_000, 3_300, 3_600, 4_200] {
                pool.nodes.push(Node {
                    slice: index,
                    strike: strike * WAD,
                    calls: 0,
                    puts: 0,
                });
            }
        }
        pool
    }

    /// A listed pool whose taker positions are random, up to `size` options a side and node.
    pub fn short(rng: &mut Rng, size: f64) -> Pool {
        let mut pool = Pool::listed();
        for node in &mut pool.nodes {
            node.calls = -((rng.real(0.0, size) * 1e6) as i64);
            node.puts = -((rng.real(0.0, size) * 1e6) as i64);
        }
        pool
    }

    /// Positions of both signs.
    pub fn mixed(rng: &mut Rng, size: f64) -> Pool {
        let mut pool = Pool::listed();
        for node in &mut pool.nodes {
            node.calls = (rng.real(-size, size) * 1e6) as i64;
            node.puts = (rng.real(-size, size) * 1e6) as i64;
        }
        pool
    }

    /// A random surface without arbitrage, random strikes and short positions.
    pub fn random(rng: &mut Rng, expiries: usize, strikes: usize, size: f64) -> Pool {
        let mut pool = Pool::empty();
        let mut hours = rng.real(2.0, 30.0);
        while pool.slices.len() < expiries {
            hours *= rng.real(1.1, 3.0);
            if hours > 20_000.0 {
                // No later slice fits: start again.
                pool.slices.clear();
                hours = rng.real(2.0, 30.0);
            }
            let next = Slice {
                expiry: NOW + (hours * 3_600.0) as u64,
                atm_vol: wad(rng.real(0.4, 0.9)),
                left_wing: wad(rng.real(0.3, 0.6)),
                right_wing: wad(rng.real(0.2, 0.4)),
                posted_at: NOW,
                ..Slice::default()
            };
            if check_anchor(&next, pool.slices.last(), None, NOW).is_ok() {
                pool.slices.push(next);
            }
        }
        for (index, slice) in pool.slices.clone().iter().enumerate() {
            let total_vol = Smile::of(slice, NOW).theta.sqrt();
            for _ in 0..strikes {
                pool.nodes.push(Node {
                    slice: index as u8,
                    strike: wad_wide(3_000.0 * (rng.real(-2.0, 2.0) * total_vol).exp()),
                    calls: -((rng.real(0.0, size) * 1e6) as i64),
                    puts: -((rng.real(0.0, size) * 1e6) as i64),
                });
            }
        }
        pool
    }

    /// So much cash that no tail of the book uses any of it: only the potential decides.
    pub fn rich(mut self) -> Pool {
        self.cash = 10i128.pow(14) * WAD as i128;
        self
    }

    /// Without exposure, and with this net asset value.
    pub fn hedged(mut self, equity: f64) -> Pool {
        self.hedge_position = -mark(&self.snapshot()).net_delta;
        self.cash += (equity * 1e18) as i128 - mark(&self.snapshot()).nav;
        self
    }

    /// Moves the taker's order into the book.
    pub fn fill(&mut self, order: &Leg) {
        let lots = order.lots as i64;
        let change = if order.side.is_bought() { -lots } else { lots };
        let node = &mut self.nodes[order.node];
        match order.kind {
            Kind::Call => node.calls += change,
            Kind::Put => node.puts += change,
        }
    }

    pub fn snapshot(&self) -> Snapshot<'_> {
        Snapshot {
            spot: self.spot,
            now: self.now,
            slices: &self.slices,
            nodes: &self.nodes,
            cash: self.cash,
            hedge_position: self.hedge_position,
            can_borrow: self.can_borrow,
            venue: VenueReading {
                price: self.venue_price.unwrap_or(self.spot),
                before: self.venue_before.or(self.venue_price).unwrap_or(self.spot),
                depth: self.venue_depth,
                fee: self.venue_fee,
                limit: wad(0.005),
            },
            flow_variance: self.flow_variance,
            written: self.written,
            parameters: &self.parameters,
        }
    }

    pub fn smile(&self, node: &Node) -> Smile {
        Smile::of(&self.slices[node.slice as usize], self.now)
    }

    /// Years to a node's expiry, zero once it has passed.
    pub fn tau(&self, node: &Node) -> f64 {
        let expiry = self.slices[node.slice as usize].expiry;
        expiry.saturating_sub(self.now) as f64 / YEAR as f64
    }

    /// √w of a node on the anchor, zero once expired.
    pub fn total_vol(&self, node: &Node) -> f64 {
        if self.tau(node) == 0.0 {
            return 0.0;
        }
        self.smile(node)
            .total_vol((node.strike.float() / (self.spot.float() * self.growth(node))).ln())
    }

    /// Forward over spot of a node's expiry, 1 once it has passed.
    pub fn growth(&self, node: &Node) -> f64 {
        let carry = self.slices[node.slice as usize].carry;
        (carry as f64 / 1e18 * self.tau(node)).exp()
    }

    /// The same with a carry of its own for each expiry, anywhere within its bounds.
    pub fn carried(mut self, rng: &mut Rng) -> Pool {
        for slice in &mut self.slices {
            slice.carry = (rng.real(-0.1, 0.3) * 1e18) as i64;
        }
        self
    }

    /// Book value with spot and every total vol of a node replaced.
    pub fn value(&self, spot: f64, total_vol: impl Fn(&Node) -> f64) -> f64 {
        self.nodes
            .iter()
            .map(|node| {
                let forward = spot * self.growth(node);
                let (call, put) = black76(forward, node.strike.float(), total_vol(node));
                lots(node.calls) * call + lots(node.puts) * put
            })
            .sum()
    }
}

pub fn slice(days: u64, atm_vol: f64, left: f64, right: f64) -> Slice {
    Slice {
        expiry: NOW + days * DAY,
        atm_vol: wad(atm_vol),
        left_wing: wad(left),
        right_wing: wad(right),
        posted_at: NOW,
        ..Slice::default()
    }
}

/// Lots as options.
pub fn lots(lots: i64) -> f64 {
    lots as f64 / 1e6
}
