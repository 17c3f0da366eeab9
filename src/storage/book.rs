//! The book: listed expiries with their anchors, and the nodes with the pool's positions.

use alloy_primitives::U256;
use smirk_engine::state::{Node, Slice, LOT, MAX_EXPIRIES, MAX_NODES};

use super::{
    head::Head,
    slots::{self, NODES, SLICES},
};
use crate::{
    error::{refuse, Refusal},
    Pool,
};

/// The whole book in memory. Slices ascend by expiry; nodes are in no order.
pub struct Book {
    slices: [Slice; MAX_EXPIRIES],
    slice_count: usize,
    nodes: [Node; MAX_NODES],
    node_count: usize,
    strike_tick: u128,
}

const POSITION_BITS: u32 = 48;
const TICK_BITS: u32 = 28;

impl Book {
    /// Reads the book.
    pub fn load(pool: &Pool, head: &Head, strike_tick: u128) -> Book {
        let mut book = Book {
            slices: [Slice::default(); MAX_EXPIRIES],
            slice_count: (head.slices as usize).min(MAX_EXPIRIES),
            nodes: [Node::default(); MAX_NODES],
            node_count: (head.nodes as usize).min(MAX_NODES),
            strike_tick,
        };
        for index in 0..book.slice_count {
            book.slices[index] = unpack_slice(slots::load(pool, SLICES + index as u64));
        }
        let mut limbs = [0; 4];
        for index in 0..book.node_count {
            if index % 2 == 0 {
                limbs = *slots::load(pool, NODES + index as u64 / 2).as_limbs();
            }
            let half = index % 2 * 2;
            book.nodes[index] = unpack_node(limbs[half], limbs[half + 1], strike_tick);
        }
        book
    }

    /// Listed expiries, ascending.
    pub fn slices(&self) -> &[Slice] {
        &self.slices[..self.slice_count]
    }

    /// Live nodes.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes[..self.node_count]
    }

    /// Index of a listed expiry.
    pub fn find_slice(&self, expiry: u64) -> Option<usize> {
        self.slices()
            .iter()
            .position(|slice| slice.expiry == expiry)
    }

    /// Index of the node at this slice and strike, adding an empty one in memory when there is none.
    ///
    /// # Errors
    /// `TooManyNodes` when the book is full.
    pub fn find_or_add_node(&mut self, slice: usize, strike: u128) -> Result<usize, Refusal> {
        let found = self
            .nodes()
            .iter()
            .position(|node| node.slice as usize == slice && node.strike == strike);
        if let Some(index) = found {
            return Ok(index);
        }
        if self.node_count == MAX_NODES {
            return Err(refuse!(TooManyNodes, MAX_NODES as u64));
        }
        self.nodes[self.node_count] = Node {
            slice: slice as u8,
            strike,
            calls: 0,
            puts: 0,
        };
        self.node_count += 1;
        Ok(self.node_count - 1)
    }

    /// The node at this index, to be changed.
    pub fn node_mut(&mut self, index: usize) -> &mut Node {
        &mut self.nodes[index]
    }

    /// Writes one node, or removes it when the pool has no position left in it. Updates the count in `head`.
    pub fn store_node(&mut self, pool: &mut Pool, head: &mut Head, index: usize) {
        let node = self.nodes[index];
        if node.calls == 0 && node.puts == 0 {
            self.node_count -= 1;
            self.nodes[index] = self.nodes[self.node_count];
        }
        self.store_pair(pool, index / 2);
        head.nodes = self.node_count as u8;
    }

    /// Inserts an expiry without an anchor and writes every slice and node that moved.
    pub fn insert_slice(&mut self, pool: &mut Pool, head: &mut Head, expiry: u64) {
        let at = self
            .slices()
            .iter()
            .take_while(|slice| slice.expiry < expiry)
            .count();
        self.slices.copy_within(at..self.slice_count, at + 1);
        self.slices[at] = Slice {
            expiry,
            ..Slice::default()
        };
        self.slice_count += 1;
        for node in &mut self.nodes[..self.node_count] {
            node.slice += (node.slice as usize >= at) as u8;
        }
        self.store_all(pool, head);
    }

    /// Removes an expiry with all its nodes and writes what is left.
    pub fn remove_slice(&mut self, pool: &mut Pool, head: &mut Head, at: usize) {
        self.slices.copy_within(at + 1..self.slice_count, at);
        self.slice_count -= 1;
        let mut kept = 0;
        for index in 0..self.node_count {
            let mut node = self.nodes[index];
            if node.slice as usize != at {
                node.slice -= (node.slice as usize > at) as u8;
                self.nodes[kept] = node;
                kept += 1;
            }
        }
        self.node_count = kept;
        self.store_all(pool, head);
    }

    /// Replaces one slice's anchor and writes it.
    pub fn store_slice(&mut self, pool: &mut Pool, index: usize, slice: Slice) {
        self.slices[index] = slice;
        slots::store(pool, SLICES + index as u64, pack_slice(&slice));
    }

    fn store_all(&mut self, pool: &mut Pool, head: &mut Head) {
        for index in 0..self.slice_count {
            self.store_slice(pool, index, self.slices[index]);
        }
        for index in 0..self.node_count.div_ceil(2) {
            self.store_pair(pool, index);
        }
        head.slices = self.slice_count as u8;
        head.nodes = self.node_count as u8;
    }

    fn store_pair(&self, pool: &mut Pool, pair: usize) {
        let first = pack_node(&self.nodes[2 * pair], self.strike_tick);
        let second = if 2 * pair + 1 < self.node_count {
            pack_node(&self.nodes[2 * pair + 1], self.strike_tick)
        } else {
            [0; 2]
        };
        let word = U256::from_limbs([first[0], first[1], second[0], second[1]]);
        slots::store(pool, NODES + pair as u64, word);
    }
}

/// Whether a strike (WAD) lies on the grid and fits a node.
pub fn on_grid(strike: u128, strike_tick: u128) -> bool {
    strike.is_multiple_of(strike_tick) && strike / strike_tick < 1 << TICK_BITS
}

/// Most lots, on either side, that fit a node.
pub const MOST_LOTS: u64 = (1 << (POSITION_BITS - 1)) - 1;

/// Whether a position (lots) fits a node.
pub fn fits(lots: i64) -> bool {
    lots.unsigned_abs() <= MOST_LOTS
}

/// Lots in a WAD size, if it is a whole number that fits.
pub fn lots(size: u128) -> Option<u64> {
    let lots = size / LOT;
    (size.is_multiple_of(LOT) && lots <= MOST_LOTS as u128).then_some(lots as u64)
}

fn pack_slice(slice: &Slice) -> U256 {
    U256::from_limbs([
        slice.expiry | slice.posted_at << 32,
        slice.atm_vol,
        slice.left_wing,
        slice.right_wing,
    ])
}

fn unpack_slice(word: U256) -> Slice {
    let limbs = word.as_limbs();
    Slice {
        expiry: limbs[0] & 0xffff_ffff,
        posted_at: limbs[0] >> 32,
        atm_vol: limbs[1],
        left_wing: limbs[2],
        right_wing: limbs[3],
    }
}

fn pack_node(node: &Node, strike_tick: u128) -> [u64; 2] {
    let mask = (1u64 << POSITION_BITS) - 1;
    let calls = node.calls as u64 & mask;
    let puts = node.puts as u64 & mask;
    let tick = (node.strike / strike_tick) as u64;
    [
        calls | puts << POSITION_BITS,
        puts >> 16 | (node.slice as u64) << 32 | tick << 36,
    ]
}

fn unpack_node(low: u64, high: u64, strike_tick: u128) -> Node {
    let sign_extend = |bits: u64| (bits << 16) as i64 >> 16;
    Node {
        calls: sign_extend(low),
        puts: sign_extend(low >> POSITION_BITS | high << 16),
        slice: (high >> 32 & 0xf) as u8,
        strike: (high >> 36) as u128 * strike_tick,
    }
}
