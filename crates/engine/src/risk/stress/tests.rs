//! The search beside every scenario.

extern crate std;

use super::*;
use crate::book::mark::mark;
use crate::state::{Node, Slice, VenueReading};
use std::vec::Vec;

const NOW: u64 = 1_770_000_000;
const UNIT: u128 = WAD as u128;

/// Splitmix64.
struct Draws(u64);

impl Draws {
    fn below(&mut self, count: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % count
    }

    /// Uniform between −size and size.
    fn signed(&mut self, size: u64) -> i64 {
        self.below(2 * size + 1) as i64 - size as i64
    }
}

/// Up to four expiries, the first near, and up to sixteen nodes of which a part is long.
struct Pool {
    slices: Vec<Slice>,
    nodes: Vec<Node>,
    hedge_position: i128,
    written: [u64; 2],
}

impl Pool {
    fn random(draws: &mut Draws) -> Pool {
        let mut expiry = NOW;
        let expiries = 1 + draws.below(4);
        let carried = draws.below(2);
        let slices = (0..expiries).map(|index| {
            let step = if index == 0 { 8 } else { 40 };
            expiry += 600 + draws.below(step * 86_400);
            Slice {
                expiry,
                posted_at: NOW,
                atm_vol: WAD / 100 * (30 + draws.below(90)),
                left_wing: WAD / 100 * (10 + draws.below(40)),
                right_wing: WAD / 100 * (10 + draws.below(30)),
                carry: carried as i64 * draws.signed(WAD / 10),
                spot: 3_000 * UNIT,
                ..Slice::default()
            }
        });
        let slices: Vec<Slice> = slices.collect();
        // Out of so many nodes one is long on average, or all, or none, or half of them.
        let long_in = [1, 2, 3, 8, u64::MAX][draws.below(5) as usize];
        let nodes = (0..1 + draws.below(16)).map(|_| {
            let size = draws.below(10_000_000) as i64;
            let is_long = draws.below(long_in) == 0;
            Node {
                slice: draws.below(expiries) as u8,
                strike: (1_500 + 75 * draws.below(52) as u128) * UNIT,
                calls: if is_long { size } else { -size },
                puts: 0,
            }
        });
        Pool {
            slices,
            nodes: nodes.collect(),
            hedge_position: draws.signed(30_000) as i128 * UNIT as i128 / 1_000,
            written: [(); 2].map(|()| draws.below(2) * draws.below(20_000_000)),
        }
    }
}

/// The worst of every spot after every vol move.
fn plain(search: &mut Search) {
    search.spots = Spots::new(search.frame, search.points, true);
    let moves = Moves::new(search.frame, true);
    for (vol_move, long, short) in [
        (RISE, &moves.rise, &moves.rise),
        (FALL, &moves.fall_long, &moves.fall),
        (0, &moves.unmoved, &moves.unmoved),
    ] {
        for place in 0..search.spots.count {
            let ratio = search.spots.ratios[place];
            let sides = search.revalue(ratio, long, short);
            let cost = sides.short + search.written.lost(ratio);
            search.note(place, vol_move, sides.long, cost);
        }
    }
}

#[test]
fn what_the_search_leaves_out_is_never_the_worst() {
    let mut draws = Draws(1);
    let (mut inside, mut at_strikes, mut moves) = (0, 0, [0; 3]);
    for round in 0..20_000 {
        let pool = Pool::random(&mut draws);
        let parameters = Parameters::DEFAULT;
        let snapshot = Snapshot {
            spot: 3_000 * UNIT,
            now: NOW + draws.below(2) * draws.below(40_000),
            slices: &pool.slices,
            nodes: &pool.nodes,
            cash: 1_000_000 * UNIT as i128,
            hedge_position: pool.hedge_position,
            can_borrow: false,
            venue: VenueReading::default(),
            flow_variance: 0,
            written: Written {
                calls: pool.written[0],
                puts: pool.written[1],
                ..Written::default()
            },
            parameters: &parameters,
        };
        let frame = Frame::new(&snapshot);
        let mut points = Points::NONE;
        points.fill(&frame);
        let totals = Totals::of(&frame, &points);
        let mark = mark(&snapshot);
        let mut search = Search::new(&frame, &points, &totals, &mark);
        search.run();
        let mut all = Search::new(&frame, &points, &totals, &mark);
        plain(&mut all);
        let (found, worst) = (search.worst_loss, all.worst_loss);
        let slack = worst.max(Word::ONE).mul_pow2(-44);
        assert!(
            (found - worst).abs() <= slack,
            "{round}: {found:?} {worst:?}"
        );
        if !worst.is_zero() {
            moves[(all.worst_vol_move > 0) as usize + (all.worst_vol_move < 0) as usize * 2] += 1;
        }
        inside += (1..SPOT_COUNT - 1).contains(&all.worst_spot) as usize;
        at_strikes += (all.worst_spot >= SPOT_COUNT) as usize;
    }
    assert!(inside > 800 && at_strikes > 300, "{inside} {at_strikes}");
    assert!(moves.iter().all(|count| *count > 50), "{moves:?}");
}
