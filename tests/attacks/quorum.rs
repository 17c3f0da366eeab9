//! A quorum attacked from inside: what a minority of signers moves, what whoever carries reports chooses, and what a majority
//! earns before the guardian pauses.

use alloy_primitives::{Address, U256};
use smirk_world::{abi::IPool, price::wad, Actor};

use crate::common::{call, quorum::*, Market};

/// Threshold and number of signers.
const QUORUM: (u64, usize) = (5, 7);

/// Vols of honest signers, half a point around 70 %.
const HONEST: [f64; 5] = [0.697, 0.70, 0.702, 0.704, 0.699];

fn start() -> (Market, Vec<Actor>) {
    let mut market = Market::new();
    let signers = market.appoint(QUORUM.0, QUORUM.1);
    market.world.chain.advance(600);
    (market, signers)
}

/// An honest surface: 0.75, 0.70 and 0.68 and what a signer sees differently.
fn honest(market: &Market, vol: f64) -> Vec<Anchor> {
    market.usual(vol + 0.05)
}

/// The sum of ATM variances, by which a bent surface hides.
fn variance(surface: &[Anchor], now: u64) -> f64 {
    let total = |anchor: &Anchor| anchor.atm_vol.powi(2) * (anchor.expiry - now) as f64;
    surface.iter().map(total).sum()
}

/// Posts these surfaces, of the first signers, and returns what counts.
fn posted(market: &mut Market, signers: &[Actor], surfaces: &[Vec<Anchor>]) -> Vec<f64> {
    let reports = signers
        .iter()
        .zip(surfaces)
        .map(|(signer, surface)| market.sign(signer, market.report(surface)))
        .collect();
    let carrier = market.world.actors.bob.address;
    market.send(carrier, post(reports)).expect("posted");
    let surface = market.view(IPool::surfaceCall {}).unwrap();
    surface.iter().map(|anchor| float(anchor.atmVol)).collect()
}

fn float(wad: U256) -> f64 {
    wad.to::<u128>() as f64 / 1e18
}

/// Two of five are false: whatever they say, alike or not, no vol leaves what honest signers say by more than they differ.
/// The surface of the median sum of variances would have been the bent one.
#[test]
fn a_minority_does_not_move_the_surface() {
    let (market, signers) = start();
    let now = market.world.chain.now();
    let honest_ones: Vec<_> = HONEST[..3]
        .iter()
        .map(|vol| honest(&market, *vol))
        .collect();
    let spread = 0.702 - 0.697;
    let level = |vol: f64| honest(&market, vol);
    // As much total variance as the middle of the honest, but ten points in the week bought with some in the quarter.
    let bent = |more: f64| {
        let mut surface = level(0.70);
        let wanted = variance(&surface, now);
        surface[0].atm_vol += more;
        let over = variance(&surface, now) - wanted;
        let far = &mut surface[2];
        let time = (far.expiry - now) as f64;
        far.atm_vol = (far.atm_vol.powi(2) - over / time).sqrt();
        surface
    };
    let winged = || {
        let mut surface = level(0.70);
        surface.iter_mut().for_each(|anchor| anchor.left_wing = 0.6);
        surface
    };
    let carried = || {
        let mut surface = level(0.70);
        surface.iter_mut().for_each(|anchor| anchor.carry = 0.25);
        surface
    };
    let pairs = [
        ("both low", level(0.45), level(0.45)),
        ("both high", level(0.95), level(0.95)),
        ("one each way", level(0.45), level(0.95)),
        ("bent alike", bent(0.10), bent(0.10)),
        ("bent against each other", bent(0.10), bent(-0.10)),
        ("other wings", winged(), winged()),
        ("another carry", carried(), carried()),
        ("a little high", level(0.708), level(0.708)),
    ];
    for (name, one, other) in pairs {
        let mut surfaces = honest_ones.clone();
        surfaces.extend([one, other]);
        let mut sums: Vec<(f64, usize)> = surfaces
            .iter()
            .enumerate()
            .map(|(index, surface)| (variance(surface, now), index))
            .collect();
        sums.sort_by(|a, b| a.0.total_cmp(&b.0));
        if name == "bent alike" {
            assert!(sums[2].1 >= 3, "the sum is no defence here: {sums:?}");
        }
        let mut market = market.clone();
        let vols = posted(&mut market, &signers, &surfaces);
        for (index, vol) in vols.iter().enumerate() {
            let said = honest_ones.iter().map(|surface| surface[index].atm_vol);
            let (low, high) = said.fold((f64::MAX, f64::MIN), |(low, high), vol| {
                (low.min(vol), high.max(vol))
            });
            let beyond = (low - vol).max(vol - high).max(0.0);
            println!(
                "{name}, expiry {index}: {:.2} points beyond the honest",
                100.0 * beyond
            );
            assert!(beyond <= 2.0 * spread, "{name}: {vol} of {low} to {high}");
        }
        let surface = market.view(IPool::surfaceCall {}).unwrap();
        for anchor in surface {
            assert!(anchor.leftWing <= wad("0.41") && anchor.carry.unsigned_abs() <= wad("0.01"));
        }
    }
}

/// Who carries chooses among honest reports: buys under the lowest that it can have posted and sells, once that has melted,
/// under the highest. It loses, as long as honest signers differ by no more than the spread.
#[test]
fn whoever_carries_gains_nothing_by_choosing() {
    let (mut market, signers) = start();
    let bob = market.world.actors.bob.address;
    let id = call(market.expiries[1], "2500");
    let before = market.quote_of_wallet(bob);
    let surfaces: Vec<_> = HONEST.iter().map(|vol| honest(&market, *vol)).collect();
    // All five have to sign, of seven: the lowest choice has two higher ones at the top, the highest two lower ones.
    let low: Vec<_> = [0, 0, 0, 1, 4]
        .map(|index: usize| surfaces[index].clone())
        .to_vec();
    let high: Vec<_> = [3, 3, 3, 2, 1]
        .map(|index: usize| surfaces[index].clone())
        .to_vec();
    posted(&mut market, &signers, &low);
    market.buy(bob, id, "20").unwrap();
    let mut jumps = Vec::new();
    for round in 0..4 {
        market.world.chain.advance(600);
        market.refresh_price();
        let surfaces = if round % 2 == 0 { &high } else { &low };
        posted(&mut market, &signers, surfaces);
        let surface = market.view(IPool::surfaceCall {}).unwrap();
        jumps.push(float(surface[1].volJump));
    }
    market.world.chain.advance(1_800);
    market.refresh_price();
    posted(&mut market, &signers, &high);
    market.world.chain.advance(1_800);
    market.refresh_price();
    market.sell(bob, id, "20").unwrap();
    let after = market.quote_of_wallet(bob);
    let profit = after - before;
    let widest = jumps.iter().copied().fold(0.0, f64::max);
    println!(
        "profit of choosing: {profit:.2}; jump at most {:.2} points",
        100.0 * widest
    );
    assert!(profit < 0.0, "{profit}");
    // A flip of 0.7 points every ten minutes leaves less than three times that.
    assert!(widest < 0.021, "{widest}");
}

/// All signers are false. They nearly halve every vol, and friends buy in every expiry as long as the next ten options are worth
/// more than they cost; or they raise every vol by half, and friends sell what they had bought before. Nothing is gained at once,
/// because the jump is in the spread; what it comes to later is what the guardian has to be quicker than.
#[test]
fn a_majority_gains_nothing_at_once_and_a_bounded_sum_before_the_guardian_pauses() {
    let (mut market, signers) = start();
    let bob = market.world.actors.bob.address;
    let truth = honest(&market, 0.70);
    posted(&mut market, &signers, &vec![truth.clone(); 5]);
    market.world.chain.advance(1_900);
    market.refresh_price();
    let all = |factor: f64| -> Vec<Anchor> {
        let change = |anchor: &Anchor| Anchor {
            atm_vol: anchor.atm_vol * factor,
            ..anchor.clone()
        };
        truth.iter().map(change).collect()
    };
    // At the limit of half the vol, a hair inside: the ends of the range move by more than the middle.
    let (low, high) = (all(0.56), all(1.44));
    let ids = market.expiries.map(|expiry| call(expiry, "2500"));
    let worth = ids.map(|id| float(market.clone().quote_buy(id, "1").unwrap().mark));
    let mut bought = Vec::new();
    let mut sold = Vec::new();
    for minutes in [0u64, 1, 5, 10, 15, 30] {
        let later = |market: &Market, surface: &Vec<Anchor>| {
            let mut market = market.clone();
            posted(&mut market, &signers, &vec![surface.clone(); 5]);
            market.world.chain.advance(60 * minutes);
            market.refresh_price();
            market
        };
        let mut cheap = later(&market, &low);
        let mut gain = 0.0;
        for (id, worth) in ids.into_iter().zip(worth) {
            while let Ok(quote) = cheap.quote_buy(id, "10") {
                let profit = 10.0 * worth - quote.total.to::<u128>() as f64 / 1e6;
                if profit <= 0.0 || cheap.buy(bob, id, "10").is_err() {
                    break;
                }
                gain += profit;
            }
        }
        bought.push(gain);
        // Counted from the purchase at true vols.
        let mut best = f64::MIN;
        for size in ["20", "40", "80", "160", "320"] {
            let mut dear = market.clone();
            let before = dear.quote_of_wallet(bob);
            let bought = ids.map(|id| dear.buy(bob, id, size).is_ok());
            let mut dear = later(&dear, &high);
            for (id, bought) in ids.into_iter().zip(bought) {
                if bought {
                    dear.sell(bob, id, size).unwrap();
                }
            }
            best = best.max(dear.quote_of_wallet(bob) - before);
        }
        sold.push(best);
        println!(
            "{minutes} minutes: {gain:.0} bought, {:.0} sold, of 1,000,000",
            sold[sold.len() - 1]
        );
    }
    assert!(bought[0] == 0.0 && sold[0] <= 0.0, "nothing at once");
    for gains in [&bought, &sold] {
        for (gain, bound) in gains.iter().zip(BOUNDS) {
            assert!(*gain <= bound, "{gains:?}");
        }
    }
    // The pause ends purchases and posts.
    posted(&mut market, &signers, &vec![low.clone(); 5]);
    market.world.chain.advance(600);
    market.refresh_price();
    let guardian = market.world.actors.guardian.address;
    market.send(guardian, IPool::pauseCall {}).unwrap();
    let refused = |failure: smirk_world::CallFailure| {
        assert!(failure.error::<IPool::PoolPaused>().is_some(), "{failure}");
    };
    refused(market.buy(bob, ids[1], "1").unwrap_err());
    let reports = signers[..5]
        .iter()
        .map(|signer| market.sign(signer, market.report(&low)))
        .collect();
    refused(market.send(bob, post(reports)).unwrap_err());
}

/// What a majority may gain of a pool of 1,000,000 within 0, 1, 5, 10, 15 and 30 minutes of a false post, quote.
const BOUNDS: [f64; 6] = [0.0, 0.0, 500.0, 5_000.0, 10_000.0, 30_000.0];

impl Market {
    fn quote_of_wallet(&mut self, holder: Address) -> f64 {
        let atoms = self.world.balance_of(self.world.quote, holder).unwrap();
        atoms.to::<u128>() as f64 / 1e6
    }

    fn refresh_price(&mut self) {
        self.world.push_price(wad("2500")).unwrap();
    }
}
