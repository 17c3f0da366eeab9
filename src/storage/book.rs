//! The book: listed expiries with their anchors and unearned charges, and the nodes with the pool's positions.
//!
//! A node stores calls and puts together, because all that sets them apart is linear: the puts of an expiry are summed in its
//! slice, and which node holds how many lies in words of their own that only settlement and reports read.

use alloy_primitives::U256;
use smirk_engine::state::{Node, Slice, LOT, MAX_EXPIRIES, MAX_NODES};

use super::{
    account,
    charge::Charge,
    head::{Head, MOST_CHARGE},
    pack,
    slots::{self, NODES, NODE_PUTS, SLICES},
    written::{self, Rounded},
};
use crate::{
    error::{refuse, Refusal},
    saturating::Saturating,
    Pool,
};

/// The whole book in memory. Slices ascend by expiry; nodes are in no order, and what they count as calls is calls and
/// puts together.
pub struct Book {
    slices: [Slice; MAX_EXPIRIES],
    charges: [Charge; MAX_EXPIRIES],
    /// The expiry whose charge stands in the head word, and what its own word has instead.
    charged: Option<usize>,
    behind: Charge,
    slice_count: usize,
    nodes: [Node; MAX_NODES],
    node_count: usize,
    /// What accounts are short, as it was read.
    pub written: Rounded,
    strike_tick: u128,
}

impl Book {
    /// Reads the book.
    pub fn load(pool: &Pool, head: &Head, strike_tick: u128) -> Book {
        let mut book = Book {
            slices: [Slice::default(); MAX_EXPIRIES],
            charges: [Charge::default(); MAX_EXPIRIES],
            charged: None,
            behind: Charge::default(),
            slice_count: (head.slices as usize).min(MAX_EXPIRIES),
            nodes: [Node::default(); MAX_NODES],
            node_count: (head.nodes as usize).min(MAX_NODES),
            written: Rounded::NONE,
            strike_tick,
        };
        if head.accounts {
            book.written.load(pool, book.node_count);
        }
        for index in 0..book.slice_count {
            let slot = SLICES + 2 * index as u64;
            let words = [slots::load(pool, slot), slots::load(pool, slot + 1)];
            (book.slices[index], book.charges[index]) = pack::unpack_slice(words, strike_tick);
        }
        let charged = head.charged as usize;
        if head.charge.amount != 0 && charged < book.slice_count {
            book.charged = Some(charged);
            book.behind = core::mem::replace(&mut book.charges[charged], head.charge);
        }
        let mut lanes = [0; 4];
        for (index, node) in book.nodes.iter_mut().enumerate().take(book.node_count) {
            if index % 4 == 0 {
                lanes = *slots::load(pool, NODES + index as u64 / 4).as_limbs();
            }
            *node = pack::unpack_node(lanes[index % 4], strike_tick);
        }
        book
    }

    /// Listed expiries, ascending.
    pub fn slices(&self) -> &[Slice] {
        &self.slices[..self.slice_count]
    }

    /// Unearned charges of the listed expiries.
    pub fn charges(&self) -> &[Charge] {
        &self.charges[..self.slice_count]
    }

    /// All that is unearned at `now`, quote WAD, rounded up.
    pub fn unearned_up(&self, now: u64) -> u128 {
        self.slices()
            .iter()
            .zip(self.charges())
            .map(|(slice, charge)| charge.unearned_up(slice.expiry, now))
            .sum()
    }

    /// Charges an expiry, quote WAD, rounded up. What is unearned of it stands in the head word from now on, which is the caller's to
    /// store, and what stood there with its own expiry.
    pub fn charge(&mut self, pool: &mut Pool, head: &mut Head, index: usize, now: u64, more: u128) {
        if let Some(before) = self.charged.filter(|charged| *charged != index) {
            self.charged = None;
            self.store_slice(pool, before);
        }
        if self.charged.is_none() {
            (self.charged, self.behind) = (Some(index), self.charges[index]);
        }
        let charge = &mut self.charges[index];
        charge.add(self.slices[index].expiry, now, more);
        charge.amount = charge.amount.min(MOST_CHARGE);
        (head.charged, head.charge) = (index as u8, *charge);
    }

    /// Lets every charge stand with its expiry, in memory.
    fn stand_charges(&mut self, head: &mut Head) {
        self.charged = None;
        head.charge = Charge::default();
    }

    /// Live nodes.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes[..self.node_count]
    }

    /// Pool's net puts of each node, lots.
    pub fn puts(&self, pool: &Pool) -> [i64; MAX_NODES] {
        let mut puts = [0; MAX_NODES];
        let mut lanes = [0; 4];
        for (index, puts) in puts.iter_mut().enumerate().take(self.node_count) {
            if index % 4 == 0 {
                lanes = *slots::load(pool, NODE_PUTS + index as u64 / 4).as_limbs();
            }
            *puts = lanes[index % 4] as i64;
        }
        puts
    }

    /// Index of a listed expiry.
    pub fn find_slice(&self, expiry: u64) -> Option<usize> {
        self.slices()
            .iter()
            .position(|slice| slice.expiry == expiry)
    }

    /// Index of the node at this expiry and strike.
    pub fn find_node(&self, expiry: u64, strike: u128) -> Option<usize> {
        let slice = self.find_slice(expiry)?;
        self.nodes()
            .iter()
            .position(|node| node.slice as usize == slice && node.strike == strike)
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

    /// Changes the pool's position in a node by this many lots, of which `puts` are puts, and writes it. A node in which
    /// neither the pool nor any account has a position is removed. Updates the count in `head`.
    ///
    /// # Errors
    /// `ValueTooLarge` for a position that does not fit.
    pub fn change_node(
        &mut self,
        pool: &mut Pool,
        head: &mut Head,
        index: usize,
        lots: i64,
        puts: i64,
    ) -> Result<(), Refusal> {
        let node = &mut self.nodes[index];
        node.calls = node.calls.saturating_add(lots);
        let (net, strike, slice) = (node.calls, node.strike, node.slice as usize);
        if net.unsigned_abs() > MOST_LOTS {
            return Err(refuse!(
                ValueTooLarge,
                net.unsigned_abs() as u128 * LOT,
                MOST_LOTS as u128 * LOT
            ));
        }
        if puts != 0 {
            let held = node_puts(pool, index).saturating_add(puts);
            store_node_puts(pool, index, held);
            let slice = &mut self.slices[slice];
            slice.puts += puts;
            slice.put_strikes += puts as i128 * strike as i128;
        }
        self.store_slice(pool, slice);
        let expiry = self.slices[slice].expiry;
        if net == 0
            && node_puts(pool, index) == 0
            && !(head.accounts && account::is_held(pool, expiry, strike))
        {
            self.remove_node(pool, head, index);
        }
        self.store_lanes(pool, index / 4);
        head.nodes = self.node_count as u8;
        Ok(())
    }

    /// Moves the last node into the place of this empty one, at which no account is short.
    fn remove_node(&mut self, pool: &mut Pool, head: &Head, index: usize) {
        self.node_count -= 1;
        let last = self.node_count;
        if index != last {
            self.nodes[index] = self.nodes[last];
            let puts = node_puts(pool, last);
            if puts != 0 {
                store_node_puts(pool, index, puts);
                store_node_puts(pool, last, 0);
            }
            if head.accounts {
                written::move_node(pool, last, index);
            }
        }
    }

    /// Inserts an expiry without an anchor and writes every slice and node that moved.
    pub fn insert_slice(&mut self, pool: &mut Pool, head: &mut Head, expiry: u64) {
        self.stand_charges(head);
        let at = self
            .slices()
            .iter()
            .take_while(|slice| slice.expiry < expiry)
            .count();
        self.slices.copy_within(at..self.slice_count, at + 1);
        self.charges.copy_within(at..self.slice_count, at + 1);
        self.slices[at] = Slice {
            expiry,
            ..Slice::default()
        };
        self.charges[at] = Charge::default();
        self.slice_count += 1;
        for node in &mut self.nodes[..self.node_count] {
            node.slice += (node.slice as usize >= at) as u8;
        }
        self.store_all(pool, head);
    }

    /// Removes an expiry with all its nodes and writes what is left.
    pub fn remove_slice(&mut self, pool: &mut Pool, head: &mut Head, at: usize) {
        self.stand_charges(head);
        let mut puts = self.puts(pool);
        let count = self.node_count;
        self.slices.copy_within(at + 1..self.slice_count, at);
        self.charges.copy_within(at + 1..self.slice_count, at);
        self.slice_count -= 1;
        let mut kept = 0;
        for index in 0..count {
            let mut node = self.nodes[index];
            if node.slice as usize != at {
                if head.accounts {
                    written::move_node(pool, index, kept);
                }
                node.slice -= (node.slice as usize > at) as u8;
                self.nodes[kept] = node;
                puts[kept] = puts[index];
                kept += 1;
            } else if head.accounts {
                written::set_node(pool, index, 0);
            }
        }
        self.node_count = kept;
        puts[kept..].fill(0);
        for (index, lanes) in puts.chunks_exact(4).enumerate().take(count.div_ceil(4)) {
            let word = [lanes[0], lanes[1], lanes[2], lanes[3]].map(|puts| puts as u64);
            slots::store(pool, NODE_PUTS + index as u64, U256::from_limbs(word));
        }
        self.store_all(pool, head);
    }

    /// One slice's anchor, to be changed and then stored.
    pub fn slice_mut(&mut self, index: usize) -> &mut Slice {
        &mut self.slices[index]
    }

    /// Writes one slice, but for a charge that stands in the head word.
    #[inline(never)]
    pub fn store_slice(&self, pool: &mut Pool, index: usize) {
        let charge = if self.charged == Some(index) {
            &self.behind
        } else {
            &self.charges[index]
        };
        let words = pack::pack_slice(&self.slices[index], charge, self.strike_tick);
        for (slot, word) in (SLICES + 2 * index as u64..).zip(words) {
            if slots::load(pool, slot) != word {
                slots::store(pool, slot, word);
            }
        }
    }

    fn store_all(&mut self, pool: &mut Pool, head: &mut Head) {
        for index in 0..self.slice_count {
            self.store_slice(pool, index);
        }
        for index in 0..self.node_count.div_ceil(4) {
            self.store_lanes(pool, index);
        }
        head.slices = self.slice_count as u8;
        head.nodes = self.node_count as u8;
    }

    /// Writes the word of four nodes.
    fn store_lanes(&self, pool: &mut Pool, word: usize) {
        let mut lanes = [0; 4];
        for (lane, node) in lanes.iter_mut().zip(self.nodes().iter().skip(4 * word)) {
            *lane = pack::pack_node(node, self.strike_tick);
        }
        slots::store(pool, NODES + word as u64, U256::from_limbs(lanes));
    }
}

fn node_puts(pool: &Pool, index: usize) -> i64 {
    slots::load(pool, NODE_PUTS + index as u64 / 4).as_limbs()[index % 4] as i64
}

fn store_node_puts(pool: &mut Pool, index: usize, puts: i64) {
    let slot = NODE_PUTS + index as u64 / 4;
    let mut lanes = *slots::load(pool, slot).as_limbs();
    lanes[index % 4] = puts as u64;
    slots::store(pool, slot, U256::from_limbs(lanes));
}

/// Whether a strike (WAD) lies on the grid and fits a node.
pub fn on_grid(strike: u128, strike_tick: u128) -> bool {
    strike.is_multiple_of(strike_tick) && strike / strike_tick <= pack::MOST_TICKS
}

/// The strike on the grid that lies nearest, WAD.
pub fn nearest_strike(strike: u128, strike_tick: u128) -> u128 {
    let ticks = strike.plus(strike_tick / 2) / strike_tick;
    ticks.clamp(1, pack::MOST_TICKS) * strike_tick
}

/// Most lots, on either side, that fit a node.
pub const MOST_LOTS: u64 = (1 << (pack::NET_BITS - 1)) - 1;

/// Lots in a WAD size, if it is a whole number that fits.
pub fn lots(size: u128) -> Option<u64> {
    let lots = size / LOT;
    (size.is_multiple_of(LOT) && lots <= MOST_LOTS as u128).then_some(lots as u64)
}
