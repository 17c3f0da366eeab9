//! The shipped market week as the engine sees it: anchors, spot, and a seeded flow of orders against the book they leave.
#![allow(dead_code)]

use std::collections::BTreeMap;

use super::{wad, wad_wide, Float, Pool, Rng};
use smirk_engine::assess::{assess, Asked};
use smirk_engine::quote::QuoteError;
use smirk_engine::state::{Kind, Leg, Node, Quote, Side, Slice, MAX_EXPIRIES, MAX_NODES, YEAR};
use smirk_engine::stress::passes;
use smirk_engine::surface::check_anchor;

/// Seconds between two looks at the market.
const TICK: u64 = 900;
/// Nothing is opened this long before its expiry, seconds.
const CUTOFF: u64 = 3_600;
/// Visits an hour.
const VISITS: f64 = 4.0;

/// `2026-02-01T04:54:02Z` of a February or March 2026, as unix seconds.
fn unix(text: &str) -> u64 {
    let number = |from: usize, to: usize| text[from..to].parse::<u64>().expect("date");
    let days = match number(5, 7) {
        2 => number(8, 10) - 1,
        3 => 28 + number(8, 10) - 1,
        month => panic!("month {month}"),
    };
    1_769_904_000 + 86_400 * days + 3_600 * number(11, 13) + 60 * number(14, 16) + number(17, 19)
}

fn rows(name: &str) -> Vec<Vec<String>> {
    let path = format!("{}/../../demo/week/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the shipped week");
    let row = |line: &str| line.split(',').map(str::to_owned).collect();
    text.lines().skip(1).map(row).collect()
}

/// The market: index observations and fitted slices by time.
pub struct Week {
    index: Vec<(u64, f64)>,
    surfaces: BTreeMap<u64, Vec<Slice>>,
}

impl Week {
    pub fn read() -> Week {
        let float = |text: &str| text.parse::<f64>().expect("number");
        let index = rows("index")
            .iter()
            .map(|row| (unix(&row[0]), float(&row[1])))
            .collect();
        let mut surfaces: BTreeMap<u64, Vec<Slice>> = BTreeMap::new();
        for row in rows("anchors") {
            let posted_at = unix(&row[0]);
            surfaces.entry(posted_at).or_default().push(Slice {
                expiry: unix(&row[2]),
                atm_vol: wad(float(&row[4])),
                left_wing: wad(float(&row[5])),
                right_wing: wad(float(&row[6])),
                posted_at,
                ..Slice::default()
            });
        }
        Week { index, surfaces }
    }

    /// Log-linear between observations.
    fn spot(&self, now: u64) -> f64 {
        let after = self
            .index
            .partition_point(|(time, _)| *time <= now)
            .min(self.index.len() - 1);
        let ((t0, a), (t1, b)) = (self.index[after - 1], self.index[after]);
        a * (b / a).powf((now - t0) as f64 / (t1 - t0) as f64)
    }

    /// The latest fitted slices, where they fit into the surface.
    fn post(&self, pool: &mut Pool) {
        let Some((_, posted)) = self.surfaces.range(..=pool.now).next_back() else {
            return;
        };
        for new in posted.iter().filter(|new| new.expiry > pool.now) {
            let place = pool
                .slices
                .partition_point(|slice| slice.expiry < new.expiry);
            let listed = pool
                .slices
                .get(place)
                .is_some_and(|slice| slice.expiry == new.expiry);
            let before = place.checked_sub(1).map(|before| pool.slices[before]);
            let after = pool.slices.get(place + listed as usize).copied();
            if check_anchor(new, before.as_ref(), after.as_ref(), pool.now).is_err() {
                continue;
            }
            if listed {
                pool.slices[place] = *new;
            } else if pool.slices.len() < MAX_EXPIRIES {
                pool.slices.insert(place, *new);
                for node in &mut pool.nodes {
                    node.slice += (node.slice as usize >= place) as u8;
                }
            }
        }
    }
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    Filled(Quote),
    Refused(QuoteError),
    Gated,
}

/// A pool that lives through the week.
pub struct Replay<'a> {
    pub week: &'a Week,
    pub pool: Pool,
    pub rng: Rng,
    /// Mean size of an order, options.
    pub size: f64,
    /// Share of purchases of 150 times the size.
    pub careless: f64,
    /// Every order with the pool it met.
    pub see: &'a mut dyn FnMut(&Pool, &Leg, Fate),
}

impl Replay<'_> {
    pub fn run(&mut self) {
        let (first, last) = (
            self.week.index[0].0,
            self.week.index[self.week.index.len() - 1].0,
        );
        for now in (first..last).step_by(TICK as usize) {
            self.pool.now = now;
            self.pool.spot = wad_wide(self.week.spot(now));
            self.settle();
            self.week.post(&mut self.pool);
            let mut visit = -(1.0 - self.rng.real(0.0, 1.0)).ln();
            while visit < VISITS * TICK as f64 / 3_600.0 {
                self.visit();
                visit -= (1.0 - self.rng.real(0.0, 1.0)).ln();
            }
        }
    }

    fn settle(&mut self) {
        while self
            .pool
            .slices
            .first()
            .is_some_and(|slice| slice.expiry <= self.pool.now)
        {
            self.pool.slices.remove(0);
            self.pool.nodes.retain(|node| node.slice > 0);
            self.pool.nodes.iter_mut().for_each(|node| node.slice -= 1);
        }
    }

    fn visit(&mut self) {
        let open: Vec<(usize, Kind)> = (0..self.pool.nodes.len())
            .flat_map(|node| [(node, Kind::Call), (node, Kind::Put)])
            .filter(|(node, kind)| held(&self.pool.nodes[*node], *kind) > 0)
            .collect();
        if !open.is_empty() && self.rng.real(0.0, 1.0) < 0.4 {
            let (node, kind) = open[self.rng.below(open.len())];
            let most = held(&self.pool.nodes[node], kind);
            let lots = if self.rng.below(2) == 0 {
                most
            } else {
                most / 2
            };
            self.order(Leg {
                node,
                kind,
                side: Side::Sell,
                lots: lots.max(1),
            });
        } else if let Some((slice, strike, kind)) = self.choose() {
            let size = -self.size * (1.0 - self.rng.real(0.0, 1.0)).ln() + 0.05;
            let careless = if self.rng.real(0.0, 1.0) < self.careless {
                150.0
            } else {
                1.0
            };
            let lots = (size.min(8.0 * self.size) * careless * 100.0) as u64 * 10_000;
            if let Some(node) = self.node(slice, strike) {
                self.order(Leg {
                    node,
                    kind,
                    side: Side::Buy,
                    lots,
                });
            }
        }
    }

    /// A strike around the money of a live expiry.
    fn choose(&mut self) -> Option<(u8, u128, Kind)> {
        let pool = &self.pool;
        let live: Vec<usize> = (0..pool.slices.len())
            .filter(|i| pool.slices[*i].expiry > pool.now + CUTOFF)
            .collect();
        if live.is_empty() {
            return None;
        }
        let index = live[self.rng.below(live.len())];
        let slice = &self.pool.slices[index];
        let kind = if self.rng.real(0.0, 1.0) < 0.7 {
            Kind::Call
        } else {
            Kind::Put
        };
        let years = (slice.expiry - self.pool.now) as f64 / YEAR as f64;
        let reach = self.rng.real(-0.2, 1.4) * slice.atm_vol.float() * years.sqrt();
        let reach = if kind == Kind::Call { reach } else { -reach };
        let grid = if slice.expiry - self.pool.now < 864_000 {
            25.0
        } else {
            100.0
        };
        let strike = (self.pool.spot.float() * reach.exp() / grid).round() * grid;
        Some((index as u8, wad_wide(strike), kind))
    }

    fn node(&mut self, slice: u8, strike: u128) -> Option<usize> {
        let nodes = &mut self.pool.nodes;
        nodes.retain(|node| node.calls | node.puts != 0);
        if let Some(found) = nodes
            .iter()
            .position(|n| n.slice == slice && n.strike == strike)
        {
            return Some(found);
        }
        nodes.push(Node {
            slice,
            strike,
            calls: 0,
            puts: 0,
        });
        (nodes.len() <= MAX_NODES)
            .then_some(nodes.len() - 1)
            .or_else(|| {
                nodes.pop();
                None
            })
    }

    fn order(&mut self, order: Leg) {
        let asked = Asked {
            stress: true,
            exit: false,
        };
        let found = assess(&self.pool.snapshot(), &[order], asked);
        let fate = match found {
            Ok(found) if order.side == Side::Sell || passes(&found.stress) => {
                Fate::Filled(found.quote)
            }
            Ok(_) => Fate::Gated,
            Err(smirk_engine::assess::AssessError::Quote(error)) => Fate::Refused(error),
            Err(other) => panic!("{other:?}"),
        };
        (self.see)(&self.pool, &order, fate);
        let Fate::Filled(quote) = fate else {
            return;
        };
        let found = found.expect("filled");
        let node = &mut self.pool.nodes[order.node];
        let position = match order.kind {
            Kind::Call => &mut node.calls,
            Kind::Put => &mut node.puts,
        };
        let received = if order.side == Side::Buy {
            *position -= order.lots as i64;
            (quote.premium + quote.fee()) as i128
        } else {
            *position += order.lots as i64;
            -((quote.premium - quote.fee()) as i128)
        };
        let base = found.hedge.trade;
        self.pool.hedge_position += base;
        self.pool.cash += received - (base.float() * self.pool.spot.float() * 1e18) as i128;
    }
}

/// Options that takers hold, in lots.
fn held(node: &Node, kind: Kind) -> u64 {
    let position = if kind == Kind::Call {
        node.calls
    } else {
        node.puts
    };
    position.min(0).unsigned_abs()
}
