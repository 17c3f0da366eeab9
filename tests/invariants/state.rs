//! The walk's market, what the walk knows of it by itself, and cheap ways to read the pool.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{keccak256, Address, U256};
use smirk_engine::state::{Node, Slice, MAX_NODES};
use smirk_pool::storage::{charge::Charge, pack, slots, written};
use smirk_world::{Actor, World, WorldBuilder};

use crate::{
    accounts::Accounts,
    common::{rng::Rng, Market, WAD},
    feed::{Feed, Proposal},
    ledger::Ledger,
    tally::Tally,
};

/// 96 bits.
const MOST: U256 = U256::from_limbs([u64::MAX, u32::MAX as u64, 0, 0]);

/// Strikes are multiples of this, quote WAD.
pub const STRIKE_TICK: u128 = 25_000_000_000_000_000_000;
/// Where the tokens keep balances.
const TOKEN_BALANCES: u64 = 3;

/// Recorded money, atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money {
    pub cash: U256,
    pub base: U256,
    pub set_aside: U256,
    pub insurance: U256,
    pub shortfall: U256,
    /// Quote of accounts, and what of it the pool has lent.
    pub pot: U256,
    pub claim: U256,
}

/// The book as stored; a node's `calls` count its puts too.
pub struct Book {
    pub slices: Vec<(Slice, Charge)>,
    pub nodes: Vec<(Node, i64)>,
}

impl Book {
    pub fn slice(&self, expiry: u64) -> Option<&Slice> {
        let mut slices = self.slices.iter().map(|(slice, _)| slice);
        slices.find(|slice| slice.expiry == expiry)
    }

    /// The last expiry with positions.
    pub fn last_in_use(&self) -> Option<u64> {
        let last = self.nodes.iter().map(|(node, _)| node.slice as usize).max();
        last.map(|slice| self.slices[slice].0.expiry)
    }
}

/// Net asset value at the exit, the middle and the entry, and the supply.
pub type Worth = ([U256; 3], U256);

/// The state of the walk.
pub struct Walk {
    pub market: Market,
    pub rng: Rng,
    /// Which of the worlds this is.
    pub world_index: u64,
    pub seed: u64,
    pub step: u64,
    /// Everyone who may hold shares or positions for longer than a block.
    pub people: [Address; 4],
    /// Who comes, trades and is gone within a block.
    pub visitor: Address,
    pub feed: Feed,
    pub ledger: Ledger,
    /// Listed, unsettled expiries.
    pub listed: BTreeSet<u64>,
    pub proposals: BTreeMap<u64, Proposal>,
    /// Who holds what, by the pool's events.
    pub positions: BTreeMap<U256, BTreeMap<Address, U256>>,
    pub shares: BTreeMap<Address, U256>,
    /// The last price that the feed was given.
    pub price: U256,
    /// When the program was last activated.
    pub activated_at: u64,
    /// Whether people want calls and more calls.
    pub hungry: bool,
    /// The keeper's vol, WAD.
    pub vol: u64,
    /// Net asset value and supply before and after the last deposit, withdrawal or transfer of shares.
    pub share_worth: Option<[Worth; 2]>,
    /// Accounts, by the pool's events.
    pub accounts: Accounts,
    /// Whether a loan stood before the present operation.
    pub lent: bool,
    /// Whether the lender is not as it was.
    pub moody: bool,
    /// The name of the last refusal.
    pub last_refusal: String,
    /// Liquidity that people have placed at the venue: whose, the position's id, and how much.
    pub placed: Vec<(Address, U256, u128)>,
    /// Recorded money before the present operation.
    pub before: Money,
    pub tally: Tally,
}

impl Walk {
    /// A walk in a new world, with a pool of so many times the usual depth.
    pub fn new(world_index: u64, seed: u64, builder: WorldBuilder, depth: u64) -> Walk {
        let mut market = Market::with(builder, |arguments| {
            let parameters = &mut arguments.parameters;
            parameters.set("depth", parameters.get("depth") * U256::from(depth));
        });
        let actors = &market.world.actors;
        let people = [
            actors.alice.address,
            actors.bob.address,
            actors.carol.address,
            actors.provider.address,
        ];
        let provider = people[3];
        let feed = Feed::of(&mut market.world);
        let price = feed.rounds[&feed.latest].price;
        let scale = |decimals: u8| 10u128.pow(18 - decimals as u32);
        let mut walk = Walk {
            listed: market.expiries.into_iter().collect(),
            rng: Rng(seed),
            world_index,
            seed,
            step: 0,
            people,
            visitor: Actor::named("visitor").address,
            feed,
            ledger: Ledger {
                quote_scale: scale(market.world.pair.quote_decimals),
                base_scale: scale(market.world.pair.base_decimals),
                ..Ledger::default()
            },
            proposals: BTreeMap::new(),
            positions: BTreeMap::new(),
            shares: BTreeMap::new(),
            price,
            activated_at: market.world.chain.now(),
            hungry: false,
            vol: 700_000_000_000_000_000,
            share_worth: None,
            accounts: Accounts::default(),
            lent: false,
            moody: false,
            last_refusal: String::new(),
            placed: Vec::new(),
            before: Money::default(),
            tally: Tally::default(),
            market,
        };
        walk.ledger.cash = walk.money().cash.to::<u128>() as i128;
        walk.ledger.elsewhere = walk.ledger.cash;
        let first = walk.supply();
        walk.shares.insert(provider, first);
        walk.endow_visitor();
        walk
    }

    /// Where the walk is, to walk there again.
    pub fn place(&self) -> String {
        let Walk {
            world_index,
            seed,
            step,
            ..
        } = self;
        format!("world {world_index}, seed {seed}, step {step}")
    }

    pub fn now(&self) -> u64 {
        self.market.world.chain.now()
    }

    /// The last price that the feed was given.
    pub fn spot(&self) -> U256 {
        self.price
    }

    /// Quote atoms of a whole number of quote.
    pub fn quote_atoms(&self, quote: u64) -> U256 {
        U256::from(quote) * WAD / U256::from(self.ledger.quote_scale)
    }

    pub fn world(&mut self) -> &mut World {
        &mut self.market.world
    }
}

/// Storage.
impl Walk {
    /// A plain slot of the pool.
    pub fn slot(&self, slot: u64) -> U256 {
        let chain = &self.market.world.chain;
        chain.storage(self.market.pool.address, U256::from(slot))
    }

    /// An entry of a mapping.
    pub fn entry(&self, contract: Address, mapping: u64, keys: &[U256]) -> U256 {
        let slot = self.slot_of(mapping, keys);
        self.market.world.chain.storage(contract, slot)
    }

    /// Where an entry of a mapping is.
    pub fn slot_of(&self, mapping: u64, keys: &[U256]) -> U256 {
        keys.iter().fold(U256::from(mapping), |slot, key| {
            let preimage = [key.to_be_bytes::<32>(), slot.to_be_bytes::<32>()].concat();
            U256::from_be_bytes(keccak256(preimage).0)
        })
    }

    /// Whether an expiry was settled far from its last anchor.
    pub fn is_far(&self, expiry: u64) -> bool {
        let slot = self.slot_of(slots::SETTLEMENTS, &[U256::from(expiry)]) + U256::from(1);
        let pool = self.market.pool.address;
        self.market.world.chain.storage(pool, slot).as_limbs()[3] != 0
    }

    pub fn money(&self) -> Money {
        let money = self.slot(slots::MONEY);
        let (cash, base) = (money & MOST, money >> 96 & MOST);
        let (set_aside, insurance) = halves(self.slot(slots::RESERVES));
        let (pot, claim) = halves(self.slot(slots::POT));
        Money {
            cash,
            base,
            set_aside,
            insurance,
            shortfall: halves(self.slot(slots::SHORTFALL)).0,
            pot,
            claim,
        }
    }

    pub fn paused(&self) -> bool {
        self.slot(slots::HEAD).bit(2)
    }

    /// Since when the exposure has been outside its band; zero while it is inside.
    pub fn outside_since(&self) -> u64 {
        self.slot(slots::HEAD).as_limbs()[1] & 0xffff_ffff
    }

    pub fn supply(&self) -> U256 {
        self.slot(slots::SHARE_SUPPLY)
    }

    pub fn stored_shares_of(&self, holder: Address) -> U256 {
        let pool = self.market.pool.address;
        self.entry(pool, slots::SHARES, &[holder.into_word().into()])
    }

    pub fn stored_position_of(&self, holder: Address, id: U256) -> U256 {
        let pool = self.market.pool.address;
        self.entry(pool, slots::POSITIONS, &[holder.into_word().into(), id])
    }

    pub fn tokens_of(&self, token: Address, holder: Address) -> U256 {
        self.entry(token, TOKEN_BALANCES, &[holder.into_word().into()])
    }

    /// Quote atoms that somebody holds.
    pub fn cash_of(&self, who: Address) -> U256 {
        self.tokens_of(self.market.world.quote, who)
    }

    pub fn book(&self) -> Book {
        let [head, times, _, charge] = *self.slot(slots::HEAD).as_limbs();
        let (nodes, slices) = (head >> 8 & 0xff, head >> 16 & 0xf);
        let slices = (0..slices).map(|index| {
            let slot = slots::SLICES + 2 * index;
            let words = [self.slot(slot), self.slot(slot + 1)];
            let (slice, own) = pack::unpack_slice(words, STRIKE_TICK);
            // Of the expiry that was last charged for it stands in the head word.
            let stands_in_head = charge & 0xf == index && charge >> 4 != 0;
            let in_head = Charge {
                amount: charge >> 4,
                since: times >> 32,
            };
            (slice, if stands_in_head { in_head } else { own })
        });
        let lane =
            |first: u64, index: u64| self.slot(first + index / 4).as_limbs()[index as usize % 4];
        let nodes = (0..nodes).map(|index| {
            let node = pack::unpack_node(lane(slots::NODES, index), STRIKE_TICK);
            (node, lane(slots::NODE_PUTS, index) as i64)
        });
        Book {
            slices: slices.collect(),
            nodes: nodes.collect(),
        }
    }
}

impl Walk {
    /// What accounts are short at each node by its note, lots, and zeros.
    pub fn shorts_noted(&self) -> [u64; MAX_NODES] {
        let mut noted = [0; MAX_NODES];
        for (index, nodes) in noted.chunks_mut(32).enumerate() {
            written::unpack(&self.slot(slots::NODE_SHORTS + index as u64), nodes);
        }
        noted
    }
}

/// Holdings, by the pool's events.
impl Walk {
    pub fn shares_of(&self, holder: Address) -> U256 {
        self.shares.get(&holder).copied().unwrap_or_default()
    }

    pub fn position_of(&self, holder: Address, id: U256) -> U256 {
        let holders = self.positions.get(&id);
        holders
            .and_then(|holders| holders.get(&holder))
            .copied()
            .unwrap_or_default()
    }

    /// What all holders have of a series.
    pub fn held(&self, id: U256) -> U256 {
        let holders = self.positions.get(&id);
        holders.map_or(U256::ZERO, |holders| holders.values().sum())
    }
}

/// The id of a call (0) or a put (1).
pub fn series(kind: u64, expiry: u64, strike: U256) -> U256 {
    strike | (U256::from(expiry) << 128) | (U256::from(kind) << 192)
}

/// The expiry in a series id.
pub fn expiry_of(id: U256) -> u64 {
    id.as_limbs()[2]
}

/// The strike in a series id, WAD.
pub fn strike_of(id: U256) -> U256 {
    let limbs = id.as_limbs();
    U256::from_limbs([limbs[0], limbs[1], 0, 0])
}

/// What a size of a series pays at a settlement price, WAD, times WAD.
pub fn payoff(id: U256, price: U256, size: U256) -> U256 {
    let strike = strike_of(id);
    let each = match id.as_limbs()[3] {
        0 => price.saturating_sub(strike),
        _ => strike.saturating_sub(price),
    };
    size * each
}

/// The lower and the upper half of a word.
pub fn halves(word: U256) -> (U256, U256) {
    (word & U256::from(u128::MAX), word >> 128)
}
