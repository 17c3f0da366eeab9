//! The pool as the engine sees it, built from the contract's views: to ask the engine what the contract doesn't say.

use alloy_primitives::{I256, U256};
use anyhow::{anyhow, Result};
use smirk_engine::assess::{assess, Asked};
use smirk_engine::series::{self, Series};
use smirk_engine::state::{
    Kind, Leg, Node, Parameters, Side, Slice, Snapshot, VenueReading, Written, LOT,
};
use smirk_world::abi::IPool;

use super::observe;
use super::stage::Stage;
use super::units::wad;

/// What an order would pay for capacity if there were no least charge: the interest on the tails it ties up, quote units.
///
/// The charge depends on the book, the surface and the pool's value alone, so the venue is one that costs nothing.
pub fn interest(stage: &mut Stage, order: &[(Series, Side, U256)]) -> Result<f64> {
    let mut book = Book::read(stage)?;
    let mut legs = Vec::new();
    for (series, side, size) in order {
        legs.push(Leg {
            node: book.place(series)?,
            kind: series.kind,
            side: *side,
            lots: (size / U256::from(LOT)).to(),
        });
    }
    let parameters = Parameters {
        capacity_minimum: 0,
        ..Parameters::DEFAULT
    };
    let spot = stage.world.feed_price()?.to::<u128>();
    let snapshot = Snapshot {
        spot,
        now: stage.world.chain.now(),
        slices: &book.slices,
        nodes: &book.nodes,
        cash: book.cash,
        hedge_position: book.hedge_position,
        can_borrow: true,
        venue: VenueReading {
            price: spot,
            before: spot,
            depth: u128::MAX >> 1,
            fee: 0,
            limit: 1_000_000_000_000_000_000,
        },
        flow_variance: 0,
        written: Written {
            nodes: &book.shorts,
            ..book.written
        },
        parameters: &parameters,
    };
    // An order that is refused pays nothing.
    Ok(assess(&snapshot, &legs, Asked::default())
        .map_or(0.0, |found| wad(U256::from(found.quote.capacity))))
}

/// Positions, surface and money.
struct Book {
    slices: Vec<Slice>,
    nodes: Vec<Node>,
    cash: i128,
    hedge_position: i128,
    written: Written<'static>,
    /// What accounts are short at each node, lots.
    shorts: Vec<u64>,
}

impl Book {
    fn read(stage: &mut Stage) -> Result<Self> {
        let slices = observe::slices(stage)?;
        let nav = stage.view(&IPool::navCall {})?;
        let all = stage.view(&IPool::accountsCall {})?;
        let written = |size: U256| (size / U256::from(LOT)).to::<u64>();
        let lots = |size: I256| -> Result<i64> { Ok(i64::try_from(size / I256::try_from(LOT)?)?) };
        let nodes = stage.view(&IPool::bookCall {})?;
        let nodes = nodes.iter().map(|node| {
            Ok(Node {
                slice: place(&slices, node.expiry.to())?,
                strike: node.strike.to(),
                calls: lots(node.calls)?,
                puts: lots(node.puts)?,
            })
        });
        let nodes = nodes.collect::<Result<Vec<Node>>>()?;
        let mut shorts = Vec::new();
        if !(all.calls + all.puts).is_zero() {
            for node in &nodes {
                let slice = &slices[usize::from(node.slice)];
                let mut short = U256::ZERO;
                for kind in [Kind::Call, Kind::Put] {
                    let series = Series {
                        kind,
                        strike: node.strike,
                        expiry: slice.expiry,
                    };
                    let id = U256::from_limbs(series::encode(&series));
                    short += stage.view(&IPool::interestCall { id })?.shorts;
                }
                shorts.push(written(short));
            }
        }
        let pair = &stage.world.pair;
        let scale = |decimals: u8| 10_i128.pow(18 - u32::from(decimals));
        let cash = (nav.cash + nav.supplied).to::<i128>() - nav.shortfall.to::<i128>();
        Ok(Self {
            nodes,
            slices,
            cash: cash * scale(pair.quote_decimals) - nav.unearned.to::<i128>(),
            hedge_position: (nav.base.to::<i128>() - nav.owed.to::<i128>())
                * scale(pair.base_decimals),
            written: Written {
                calls: written(all.calls),
                puts: written(all.puts),
                ..Written::default()
            },
            shorts,
        })
    }

    /// The node of a series, added empty when there is none.
    fn place(&mut self, series: &Series) -> Result<usize> {
        let slice = place(&self.slices, series.expiry)?;
        let is_it = |node: &Node| node.slice == slice && node.strike == series.strike;
        if let Some(index) = self.nodes.iter().position(is_it) {
            return Ok(index);
        }
        self.nodes.push(Node {
            slice,
            strike: series.strike,
            ..Node::default()
        });
        Ok(self.nodes.len() - 1)
    }
}

fn place(slices: &[Slice], expiry: u64) -> Result<u8> {
    let index = slices.iter().position(|slice| slice.expiry == expiry);
    let index = index.ok_or_else(|| anyhow!("the book has an expiry that is not listed"))?;
    Ok(u8::try_from(index)?)
}
