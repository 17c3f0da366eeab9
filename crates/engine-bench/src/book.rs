//! Books, and what a pool asks of the engine about them.
//!
//! A book is words: counts of slices and nodes, node and lots of the order, time, spot (two words), then per slice expiry,
//! at-the-money vol, wings, carry, puts and their strikes (two words), then per node slice, strike (two words) and calls and
//! puts together, which is how a pool stores them. Anchors are posted now.
//! An order buys calls. All else is as a pool of three million would have it.

use core::slice::from_ref;

use smirk_engine::assess::{assess, Asked};
use smirk_engine::book;
use smirk_engine::state::{
    BookMark, Kind, Leg, Node, Parameters, Side, Slice, Snapshot, VenueReading, Written,
    MAX_EXPIRIES, MAX_NODES,
};

use crate::{wads, wide, Case, ANSWER_WORDS};

const HEAD: usize = 7;
const SLICE: usize = 8;
const NODE: usize = 4;
/// Words of the longest book.
pub const WORDS: usize = HEAD + SLICE * MAX_EXPIRIES + NODE * MAX_NODES;
const WAD: u128 = 1_000_000_000_000_000_000;
/// The pool around the book.
const CASH: i128 = 3_000_000 * WAD as i128;
const HEDGE: i128 = 40 * WAD as i128;
const VENUE_DEPTH: u128 = 50_000_000 * WAD;
const VENUE_FEE: u64 = 500_000_000_000_000;
const HEDGE_LIMIT: u64 = 5_000_000_000_000_000;
const FLOW_VARIANCE: u128 = WAD;

/// A book as words; `order` is a node and a number of lots.
pub fn words<'a>(
    spot: u128,
    now: u64,
    slices: &'a [Slice],
    nodes: &'a [Node],
    order: (usize, u64),
) -> impl Iterator<Item = u64> + 'a {
    let head = [
        slices.len() as u64,
        nodes.len() as u64,
        order.0 as u64,
        order.1,
        now,
        spot as u64,
        (spot >> 64) as u64,
    ];
    let slices = slices.iter().flat_map(|slice| {
        [
            slice.expiry,
            slice.atm_vol,
            slice.left_wing,
            slice.right_wing,
            slice.carry as u64,
            slice.puts as u64,
            slice.put_strikes as u64,
            (slice.put_strikes >> 64) as u64,
        ]
    });
    let nodes = nodes.iter().flat_map(|node| {
        [
            node.slice as u64,
            node.strike as u64,
            (node.strike >> 64) as u64,
            node.calls as u64,
        ]
    });
    head.into_iter().chain(slices).chain(nodes)
}

/// A book that has been read.
struct Book {
    slices: [Slice; MAX_EXPIRIES],
    nodes: [Node; MAX_NODES],
    order: Leg,
}

impl Book {
    #[inline(never)]
    fn fill(&mut self, words: &[u64]) {
        let (now, spot) = (words[4], wide(words[5], words[6]));
        let (head, rest) = (&words[..HEAD], &words[HEAD..]);
        let (slices, nodes) = rest.split_at(SLICE * head[0] as usize);
        for (slice, words) in self.slices.iter_mut().zip(slices.chunks_exact(SLICE)) {
            *slice = Slice {
                expiry: words[0],
                atm_vol: words[1],
                left_wing: words[2],
                right_wing: words[3],
                posted_at: now,
                carry: words[4] as i64,
                spot,
                puts: words[5] as i64,
                put_strikes: wide(words[6], words[7]) as i128,
                ..Slice::default()
            };
        }
        for (node, words) in self.nodes.iter_mut().zip(nodes.chunks_exact(NODE)) {
            *node = Node {
                slice: words[0] as u8,
                strike: wide(words[1], words[2]),
                calls: words[3] as i64,
                puts: 0,
            };
        }
        (self.order.node, self.order.lots) = (head[2] as usize, head[3]);
    }
}

/// Answers a question about the book in `words`; the number of words of the answer, zero on an error.
pub(crate) fn serve(case: u64, words: &[u64], answer: &mut [u64; ANSWER_WORDS]) -> usize {
    let mut book = Book {
        slices: [Slice::default(); MAX_EXPIRIES],
        nodes: [Node::default(); MAX_NODES],
        order: Leg {
            node: 0,
            kind: Kind::Call,
            side: Side::Buy,
            lots: 0,
        },
    };
    book.fill(words);
    let snapshot = Snapshot {
        spot: wide(words[5], words[6]),
        now: words[4],
        slices: &book.slices[..words[0] as usize],
        nodes: &book.nodes[..words[1] as usize],
        cash: CASH,
        hedge_position: HEDGE,
        can_borrow: false,
        venue: VenueReading {
            price: wide(words[5], words[6]),
            before: wide(words[5], words[6]),
            depth: VENUE_DEPTH,
            fee: VENUE_FEE,
            limit: HEDGE_LIMIT,
        },
        flow_variance: FLOW_VARIANCE,
        written: Written::default(),
        parameters: &Parameters::DEFAULT,
    };
    if case == Case::ReadBook as u64 {
        return wads([snapshot.nodes.len() as i128], answer);
    }
    if case == Case::MarkBook as u64 {
        return wads(fields(&book::mark(&snapshot)), answer);
    }
    let legs = if case == Case::AssessBook as u64 {
        &[]
    } else {
        from_ref(&book.order)
    };
    let asked = Asked {
        stress: case == Case::GateOrder as u64,
        exit: false,
    };
    match assess(&snapshot, legs, asked) {
        Ok(found) => wads(
            [
                found.after.nav,
                (found.quote.premium + found.quote.fee()) as i128,
                found.hedge.exposure,
                found.stress.worst_loss as i128,
            ],
            answer,
        ),
        Err(_) => 0,
    }
}

fn fields(mark: &BookMark) -> [i128; 9] {
    [
        mark.value,
        mark.net_delta,
        mark.net_gamma,
        mark.net_vega,
        mark.net_theta,
        mark.gross_log_vega as i128,
        mark.nav,
        mark.nav_low,
        mark.nav_high,
    ]
}
