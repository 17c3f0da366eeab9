//! Everything that stands before the first tick: chain, venue, programs, pool, people with money.

use alloy_primitives::U256;
use anyhow::{Context, Result};
use inkhorn_chain::{ChainConfig, ProgramCode};
use smirk_world::abi::IPool;
use smirk_world::{program, Actor, Pool, World};

use super::people::{Holdings, Trader};
use super::stage::Stage;
use super::units::{to_atoms, to_wad, wad};
use super::writers::{Habit, Writer};
use super::Scene;
use crate::market::Market;
use crate::report::number;

/// What the first provider puts in, quote units.
pub const FIRST_DEPOSIT: f64 = 1_000_000.0;
/// Worth of the base in the venue's full-range position, quote units: moving the venue up by one per cent costs about
/// 850,000 quote, within what Arbitrum's WETH/USDC pool has shown.
const VENUE_DEPTH: f64 = 171_400_000.0;
/// The price at which people ask for the sizes below. At another they ask for as much notional when the market starts.
const USUAL_PRICE: f64 = 2_448.64;
/// Quote units each person starts with.
const POCKETS: f64 = 5_000_000.0;

/// Who acts, beside the world's arbitrageur and oracle.
pub struct Cast {
    /// Posts anchors and pokes.
    pub keeper: Actor,
    /// Settles expiries.
    pub settler: Actor,
    /// Provide liquidity; the first opens the pool.
    pub providers: Vec<Actor>,
    /// Trade.
    pub traders: Vec<Trader>,
    /// Write options on margin accounts.
    pub writers: Vec<Writer>,
    /// Flags and liquidates accounts, and lets them meet what is settled.
    pub liquidator: Actor,
}

impl Cast {
    /// Everybody of it.
    pub fn people(&self) -> impl Iterator<Item = &Actor> {
        let traders = self.traders.iter().map(|trader| &trader.actor);
        let writers = self.writers.iter().map(|writer| &writer.actor);
        [&self.keeper, &self.settler, &self.liquidator]
            .into_iter()
            .chain(&self.providers)
            .chain(traders)
            .chain(writers)
    }
}

/// What was deployed and with what, for the reader: (name, value).
pub type About = Vec<(String, String)>;

/// Deploys the world and the pool, and gives everybody money. The last value describes it all.
pub fn deploy(
    market: &Market,
    scene: &Scene,
    say: &mut dyn FnMut(&str),
) -> Result<(Stage, Cast, About)> {
    let start = market.surfaces[0].time;
    let config = ChainConfig {
        start_time: start - 1,
        ..scene.chain.clone()
    };
    let price = market.spot(start);
    let depth = (VENUE_DEPTH / price).round();
    let mut builder = World::builder()
        .chain(config)
        .price(to_wad(price, 8))
        .depth(to_wad(depth, 0))
        .with_lender();
    if scene.keep_history {
        builder = builder.keep_history();
    }
    let mut world = builder.build()?;
    say(&format!(
        "chain started, Aave v3 and Uniswap v3 deployed, with {} base around {}",
        number(depth, 0),
        number(price, 2)
    ));
    let pool = Pool::deploy(&mut world)?;
    pool.open_account(&mut world)?;
    let size = number(ProgramCode::new(&program("pool")?).size() as f64, 0);
    say(&format!("program on chain and cached: {size} bytes"));
    let mut about = vec![("Program on chain".to_owned(), format!("{size} bytes"))];
    let mut stage = Stage::new(world, pool.address);
    let cast = cast(&mut stage, USUAL_PRICE / price)?;
    about.extend(described(&mut stage)?);
    about.push((
        "Venue".to_owned(),
        format!("{} base, full range", number(depth, 0)),
    ));
    about.push((
        "Lender".to_owned(),
        "Aave v3 with Arbitrum One's terms".to_owned(),
    ));
    Ok((stage, cast, about))
}

/// `unit` is how many options stand for one of the sizes here.
fn cast(stage: &mut Stage, unit: f64) -> Result<Cast> {
    let trader = |name: &str, calls: f64, mean_size: f64| Trader {
        actor: Actor::named(name),
        calls,
        only: None,
        unit,
        mean_size,
        holdings: Holdings::default(),
    };
    let writer = |name: &str, habit, mean_size: f64, cushion: f64, tops_up| {
        Writer::new(name, habit, [unit, mean_size], cushion, tops_up)
    };
    let cast = Cast {
        keeper: stage.world.actors.keeper.clone(),
        settler: Actor::named("settler"),
        providers: vec![
            Actor::named("provider one"),
            Actor::named("provider two"),
            Actor::named("provider three"),
        ],
        traders: vec![
            trader("alice", 0.9, 1.6),
            trader("bob", 0.35, 2.0),
            trader("carol", 0.75, 1.0),
            trader("dave", 0.85, 2.4),
            trader("erin", 0.6, 0.8),
            trader("frank", 0.65, 1.4),
        ],
        writers: vec![
            writer("grace", Habit::Calls, 2.4, 1.1, true),
            writer("heidi", Habit::Puts, 2.0, 1.08, true),
            writer("ivan", Habit::Puts, 2.6, 1.04, false),
            writer("judy", Habit::Strangles, 1.6, 1.1, true),
            writer("karl", Habit::Strangles, 1.8, 1.05, false),
            writer("laura", Habit::CallSpreads, 2.2, 1.1, true),
            writer("mike", Habit::PutSpreads, 2.4, 1.1, false),
            writer("nina", Habit::Calls, 1.8, 1.05, false),
        ],
        liquidator: Actor::named("liquidator"),
    };
    let people: Vec<Actor> = cast.people().cloned().collect();
    for person in people.iter().filter(|person| **person != cast.keeper) {
        stage.world.chain.fund(person.address, to_wad(1_000.0, 0));
        let quote = stage.world.quote;
        let amount = to_atoms(POCKETS, stage.quote_decimals);
        stage
            .world
            .mint(quote, person.address, amount)
            .context("giving people money")?;
        stage
            .world
            .approve(quote, person.address, stage.pool, U256::MAX)
            .context("approving the pool")?;
    }
    Ok(cast)
}

/// The parameters worth a reader's while, as the pool has them.
fn described(stage: &mut Stage) -> Result<About> {
    let parameters = stage.view(&IPool::parametersCall {})?;
    let hours = |value: U256| format!("{} h", number(f64::from(value) / 3_600.0, 0));
    let percent = |value: U256, decimals| format!("{} %", number(wad(value) * 100.0, decimals));
    let listed = [
        (
            "Depth of the inventory potential",
            number(wad(parameters.depth), 0),
        ),
        (
            "Half-spread",
            format!(
                "{} vol points",
                number(wad(parameters.halfSpread) * 100.0, 1)
            ),
        ),
        (
            "Half-spread per 1 % that spot leaves the anchor behind",
            format!("{} vol points", number(wad(parameters.spotLag), 1)),
        ),
        (
            "Interest on capacity in full use",
            format!("{} a year", percent(parameters.capacityRate, 0)),
        ),
        (
            "Least charge for capacity",
            format!(
                "{} bp of what it ties up",
                number(wad(parameters.capacityMinimum) * 1e4, 1)
            ),
        ),
        (
            "Rent of a node in an empty book",
            format!("{} a year", number(wad(parameters.nodeRent), 2)),
        ),
        (
            "Risk aversion over equity",
            number(f64::from(parameters.riskAversion), 0),
        ),
        (
            "Exposure limit",
            format!("{} of equity", percent(parameters.exposureCap, 0)),
        ),
        ("Equity floor", percent(parameters.equityFloor, 0)),
        (
            "Most that posts move an anchor's vols in half an hour",
            format!("{} of them", percent(parameters.anchorJump, 0)),
        ),
        ("Anchor goes stale after", hours(parameters.anchorLimit)),
    ];
    Ok(listed
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect())
}
