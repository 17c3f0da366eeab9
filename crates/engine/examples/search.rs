//! Looks for money: sequences of trades that return to the start, and ways of splitting an order, that leave an attacker
//! with more than it began with. Random restarts and local search on the trades (series, side, size, pieces, order of
//! the way back), against random surfaces and books, anchors held fixed; what is paid is rounded to atoms of a token of
//! six decimals as the pool rounds it.
//!
//!     cargo run -p smirk-engine --example search -- [--seconds 60] [--seed 1]
//!
//! Prints the best found of each attack and fails if one of them pays. Sizes reach from one lot, so that rounding is
//! an attacker's tool too, to beyond the cap. The pool's own least purchase and its dearer fee for orders that add to an
//! unhedged exposure are left out, which can only help the attacker; so is the surcharge for the venue's impact, since
//! nothing here moves a venue as the pieces' hedges would.

#[path = "../tests/common/mod.rs"]
mod common;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use common::{wad, wad_wide, Pool, Rng, Smile, NOW, WAD};
use smirk_engine::quote::quote;
use smirk_engine::state::{Kind, Leg as Order, Node, Side, Slice};
use smirk_engine::surface::check_anchor;

/// WAD per atom of the quote token.
const ATOM: u128 = 1_000_000_000_000;
/// Moves of a local search.
const MOVES: usize = 400;

/// What an attacker may try.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Goal {
    /// Trades that return to the start.
    Cycle,
    /// One order in pieces instead of whole.
    Split,
}

/// What it pays beside premiums.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fees {
    Off,
    On,
}

/// Which sizes it uses.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sizes {
    /// From a thousandth of an option to a thousand options.
    Whole,
    /// From one lot to a thousand: a thousandth of an option.
    Dust,
}

#[derive(Clone, Copy, Debug)]
struct Attack {
    goal: Goal,
    fees: Fees,
    sizes: Sizes,
}

const ATTACKS: [Attack; 8] = [
    Attack::new(Goal::Cycle, Fees::Off, Sizes::Whole),
    Attack::new(Goal::Cycle, Fees::On, Sizes::Whole),
    Attack::new(Goal::Cycle, Fees::Off, Sizes::Dust),
    Attack::new(Goal::Cycle, Fees::On, Sizes::Dust),
    Attack::new(Goal::Split, Fees::Off, Sizes::Whole),
    Attack::new(Goal::Split, Fees::On, Sizes::Whole),
    Attack::new(Goal::Split, Fees::Off, Sizes::Dust),
    Attack::new(Goal::Split, Fees::On, Sizes::Dust),
];

impl Attack {
    const fn new(goal: Goal, fees: Fees, sizes: Sizes) -> Attack {
        Attack { goal, fees, sizes }
    }
}

/// One trade of a plan; a cycle reverses it later, a split compares it with its pieces.
#[derive(Clone, Copy, Debug)]
struct Leg {
    node: usize,
    kind: Kind,
    side: Side,
    /// Logarithm of its lots.
    size: f64,
    /// On the way back, or instead of the whole.
    pieces: usize,
}

impl Leg {
    fn order(&self) -> Order {
        Order {
            node: self.node,
            kind: self.kind,
            side: self.side,
            lots: self.size.exp() as u64 + 1,
        }
    }
}

/// Trades, and the seed of the order in which they are undone.
#[derive(Clone, Debug)]
struct Plan {
    legs: Vec<Leg>,
    shuffle: u64,
}

fn range(sizes: Sizes) -> (f64, f64) {
    match sizes {
        Sizes::Whole => (1e3f64.ln(), 1e9f64.ln()),
        Sizes::Dust => (0.0, 1e3f64.ln()),
    }
}

impl Plan {
    fn random(rng: &mut Rng, attack: &Attack, nodes: usize) -> Plan {
        let (low, high) = range(attack.sizes);
        let count = match attack.goal {
            Goal::Cycle => 1 + rng.below(5),
            Goal::Split => 1,
        };
        let legs = (0..count).map(|_| Leg {
            node: rng.below(nodes),
            kind: [Kind::Call, Kind::Put][rng.below(2)],
            side: [Side::Buy, Side::Buy, Side::Sell][rng.below(3)],
            size: rng.real(low, high),
            pieces: 1 + rng.below(4) + (attack.goal == Goal::Split) as usize,
        });
        Plan {
            legs: legs.collect(),
            shuffle: rng.bits(),
        }
    }

    /// A neighbour: sizes move by a step in logarithms, the rest now and then.
    fn moved(&self, rng: &mut Rng, attack: &Attack, nodes: usize, step: f64) -> Plan {
        let mut plan = self.clone();
        let (low, high) = range(attack.sizes);
        let place = rng.below(plan.legs.len());
        let leg = &mut plan.legs[place];
        match rng.below(10) {
            0 => leg.node = rng.below(nodes),
            1 => leg.node = (leg.node + [1, nodes - 1][rng.below(2)]) % nodes,
            2 => leg.kind = [Kind::Call, Kind::Put][rng.below(2)],
            3 => leg.side = [Side::Buy, Side::Sell][rng.below(2)],
            4 => leg.pieces = 1 + rng.below(8) + (attack.goal == Goal::Split) as usize,
            5 => plan.shuffle = rng.bits(),
            _ => {
                for leg in &mut plan.legs {
                    leg.size = (leg.size + rng.real(-step, step)).clamp(low, high);
                }
            }
        }
        plan
    }
}

/// Atoms that change hands for an order, from the attacker's view; `None` where it is refused, or sells more than
/// takers hold. Moves the position.
fn trade(pool: &mut Pool, order: &Order, fees: Fees) -> Option<i128> {
    let answer = quote(&pool.snapshot(), order).ok()?;
    let on = (fees == Fees::On) as u128;
    let charged = answer.fee() - answer.surcharge;
    let node = &mut pool.nodes[order.node];
    let position = match order.kind {
        Kind::Call => &mut node.calls,
        Kind::Put => &mut node.puts,
    };
    if order.side == Side::Sell && order.lots > position.min(&mut 0).unsigned_abs() {
        return None;
    }
    Some(match order.side {
        Side::Buy | Side::Cover => {
            *position -= order.lots as i64;
            -((answer.premium.div_ceil(ATOM) + on * charged.div_ceil(ATOM)) as i128)
        }
        Side::Sell | Side::Write => {
            *position += order.lots as i64;
            let premium = answer.premium / ATOM;
            (premium - (on * charged.div_ceil(ATOM)).min(premium)) as i128
        }
    })
}

/// The order in pieces that differ by a lot at most.
fn pieces(order: Order, count: usize) -> impl Iterator<Item = Order> {
    let count = count as u64;
    let piece = move |index| Order {
        lots: order.lots / count + (index < order.lots % count) as u64,
        ..order
    };
    (0..count).map(piece).filter(|order| order.lots > 0)
}

/// Profit in atoms; `None` where the plan can't be carried out.
fn profit(pool: &Pool, plan: &Plan, attack: &Attack) -> Option<i128> {
    let mut pool = pool.clone();
    if attack.goal == Goal::Split {
        let order = plan.legs[0].order();
        let whole = trade(&mut pool.clone(), &order, attack.fees)?;
        let mut split = 0;
        for piece in pieces(order, plan.legs[0].pieces) {
            split += trade(&mut pool, &piece, attack.fees)?;
        }
        return Some(split - whole);
    }
    let (mut total, mut back) = (0, Vec::new());
    for leg in &plan.legs {
        let order = leg.order();
        total += trade(&mut pool, &order, attack.fees)?;
        let side = match order.side {
            Side::Buy | Side::Cover => Side::Sell,
            Side::Sell | Side::Write => Side::Buy,
        };
        back.extend(pieces(Order { side, ..order }, leg.pieces));
    }
    let mut rng = Rng(plan.shuffle);
    while !back.is_empty() {
        let order = back.swap_remove(rng.below(back.len()));
        total += trade(&mut pool, &order, attack.fees)?;
    }
    Some(total)
}

/// A surface within the anchors' bounds from an hour to two years out, and a book of takers' positions on it, of any
/// size up to and beyond the cap.
fn market(rng: &mut Rng) -> Pool {
    let mut pool = Pool::empty();
    let log = |rng: &mut Rng, low: f64, high: f64| rng.real(low.ln(), high.ln()).exp();
    let expiries = 1 + rng.below(5);
    let mut hours = log(rng, 0.01, 48.0);
    while pool.slices.len() < expiries && hours < 17_520.0 {
        let next = Slice {
            expiry: NOW + 1 + (hours * 3_600.0) as u64,
            atm_vol: wad(log(rng, 0.2, 2.0)),
            left_wing: wad(rng.real(0.05, 1.6)),
            right_wing: wad(rng.real(0.05, 1.6)),
            posted_at: NOW,
            ..Slice::default()
        };
        if check_anchor(&next, pool.slices.last(), None, NOW).is_ok() {
            pool.slices.push(next);
        }
        hours *= 1.0 + rng.real(0.05, 3.0);
    }
    let reach = rng.real(0.5, 4.0);
    let held = log(rng, 0.01, 100.0);
    for index in 0..pool.slices.len() {
        let deviation = Smile::of(&pool.slices[index], NOW).theta.sqrt();
        for _ in 0..2 + rng.below(6) {
            let moneyness = (rng.real(-reach, reach) * deviation).clamp(-2.0, 2.0);
            let strike = wad_wide(3_000.0 * moneyness.exp()) / (WAD / 100) * (WAD / 100);
            let position = |rng: &mut Rng| -(rng.real(0.0, held) * 1e6) as i64;
            pool.nodes.push(Node {
                slice: index as u8,
                strike,
                calls: position(rng),
                puts: position(rng),
            });
        }
    }
    pool
}

/// The best of one local search: profit, the plan, the market it was found in, plans tried.
fn climb(rng: &mut Rng, attack: &Attack) -> Option<(i128, Plan, Pool, usize)> {
    let pool = market(rng);
    if pool.nodes.len() < 2 {
        return None;
    }
    let nodes = pool.nodes.len();
    let mut best: Option<(i128, Plan)> = None;
    let mut step = 1.0f64;
    for _ in 0..MOVES {
        let plan = match &best {
            Some((_, plan)) => plan.moved(rng, attack, nodes, step),
            None => Plan::random(rng, attack, nodes),
        };
        let Some(found) = profit(&pool, &plan, attack) else {
            continue;
        };
        let is_better = best.as_ref().is_none_or(|(best, _)| found >= *best);
        // The one-fifth rule.
        step = (step * if is_better { 1.2 } else { 0.96 }).clamp(1e-3, 3.0);
        if is_better {
            best = Some((found, plan));
        }
    }
    best.map(|(found, plan)| (found, plan, pool, MOVES))
}

struct Best {
    profit: i128,
    plan: Option<(Plan, Pool)>,
    searches: usize,
    plans: usize,
}

fn option(name: &str, default: u64) -> u64 {
    let mut arguments = std::env::args();
    arguments
        .find(|argument| argument == name)
        .map_or(default, |_| {
            let value = arguments.next().and_then(|value| value.parse().ok());
            value.unwrap_or_else(|| panic!("{name} takes a number"))
        })
}

fn run(attack: &Attack, budget: Duration, seed: u64) -> Best {
    let best = Mutex::new(Best {
        profit: i128::MIN,
        plan: None,
        searches: 0,
        plans: 0,
    });
    let end = Instant::now() + budget;
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
        for thread in 0..threads {
            let best = &best;
            scope.spawn(move || {
                let mut rng = Rng(seed * 1_000 + thread);
                while Instant::now() < end {
                    let Some((profit, plan, pool, plans)) = climb(&mut rng, attack) else {
                        continue;
                    };
                    let mut best = best.lock().unwrap();
                    best.searches += 1;
                    best.plans += plans;
                    if profit > best.profit {
                        best.profit = profit;
                        best.plan = Some((plan, pool));
                    }
                }
            });
        }
    });
    best.into_inner().unwrap()
}

fn main() {
    let (seconds, seed) = (option("--seconds", 60), option("--seed", 1));
    let budget = Duration::from_secs(seconds) / ATTACKS.len() as u32;
    println!("search: {seconds} s, seed {seed}; profit in atoms (1e-6 of the quote unit)");
    println!(
        "{:<8}{:<7}{:<8}{:>10}{:>12}{:>14}",
        "attack", "fees", "sizes", "searches", "plans", "best profit"
    );
    let mut pays = false;
    for attack in &ATTACKS {
        let Best {
            profit,
            plan,
            searches,
            plans,
        } = run(attack, budget, seed);
        let Attack { goal, fees, sizes } = attack;
        let [goal, fees, sizes] = [
            format!("{goal:?}"),
            format!("{fees:?}"),
            format!("{sizes:?}"),
        ];
        println!("{goal:<8}{fees:<7}{sizes:<8}{searches:>10}{plans:>12}{profit:>14}");
        if let Some((plan, pool)) = plan.filter(|_| profit > 0) {
            pays = true;
            println!(
                "    {plan:?}\n    of {:?}\n    {:?}",
                pool.slices, pool.nodes
            );
        }
    }
    if pays {
        println!("search: an attack pays");
        std::process::exit(1);
    }
    println!("search: none pays");
}
