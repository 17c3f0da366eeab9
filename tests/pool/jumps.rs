//! Days of jumps through the program: accounts that have their maintenance requirement and nothing more, judged every hour by a
//! liquidator who closes what may be closed. How many can't pay what they owe, and what that takes from the insurance.

use alloy_primitives::{keccak256, Address, U256};
use smirk_pool::storage::slots;
use smirk_world::{abi::IPool, price::wad, Actor};

use crate::common::{call, orders::on_account, put, rng::Rng, Market, DAY};

const ACCOUNTS: usize = 12;
/// Books of accounts, and days that each lives through.
const STAGES: u64 = 8;
const DAYS: usize = 25;
const HOURS: usize = 24;
const VOL: f64 = 0.7;

/// Accounts of one to four legs, each with what it needs to stay.
struct Stage {
    market: Market,
    owners: Vec<Address>,
    expiries: Vec<u64>,
}

/// What days did to accounts.
#[derive(Debug, Default)]
struct Found {
    cases: usize,
    /// Accounts of which something was closed.
    closed: usize,
    /// Accounts that owed more than they had, on how many days, and the least move of an hour in which that came out.
    short: usize,
    days: usize,
    least_move: f64,
    /// What the insurance and the pool paid for these, atoms.
    insured: U256,
    borne: U256,
    /// What liquidations brought the insurance, atoms.
    premiums: U256,
}

fn uniform(rng: &mut Rng) -> f64 {
    (rng.below(1 << 53) as f64 + 0.5) / (1u64 << 53) as f64
}

/// Box and Muller.
fn normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * uniform(rng).ln()).sqrt();
    radius * (std::f64::consts::TAU * uniform(rng)).cos()
}

impl Stage {
    fn new(rng: &mut Rng) -> Stage {
        let mut market = Market::new();
        let soon = market.expiries[0] - 5 * DAY;
        market.list(soon, "0.76");
        let mut expiries = vec![soon];
        expiries.extend(market.expiries);
        let mut stage = Stage {
            market,
            owners: Vec::new(),
            expiries,
        };
        for index in 0..ACCOUNTS {
            stage.open(rng, index);
        }
        stage
    }

    /// Opens an account and leaves it what it needs to stay.
    fn open(&mut self, rng: &mut Rng, index: usize) {
        let owner = Actor::named(&format!("writer {index}")).address;
        let (pool, quote) = (self.market.pool.address, self.market.world.quote);
        let amount = self.market.world.quote_units("20000");
        let world = &mut self.market.world;
        world.chain.fund(owner, wad("1"));
        world.mint(quote, owner, amount).unwrap();
        world.approve(quote, owner, pool, U256::MAX).unwrap();
        self.market.deposit_margin(owner, "20000");
        loop {
            let count = [1, 1, 2, 4][rng.below(4) as usize];
            let sizes = ["-1", "1"];
            let legs: Vec<(U256, &str)> = (0..count)
                .map(|leg| (self.series(rng), sizes[leg % 2]))
                .collect();
            if self.market.send(owner, on_account(&legs, owner)).is_ok() {
                break;
            }
        }
        self.take_what_is_spare(owner);
        self.owners.push(owner);
    }

    fn series(&self, rng: &mut Rng) -> U256 {
        let expiry = self.expiries[rng.below(4) as usize];
        let strike = (2_500.0 * (0.4 * uniform(rng) - 0.2).exp()) as u64 / 25 * 25;
        let series = if rng.one_in(2) { call } else { put };
        series(expiry, &strike.to_string())
    }

    /// No owner can take out what is between the requirements, so that is written away.
    fn take_what_is_spare(&mut self, owner: Address) {
        let state = self.market.account(owner);
        let maintenance = crate::checks::signed(state.maintenance);
        let spare = (state.value - maintenance).into_raw() / U256::from(1_000_000_000_000u64);
        let key = [
            owner.into_word().0,
            U256::from(slots::ACCOUNTS).to_be_bytes(),
        ]
        .concat();
        let account = U256::from_be_bytes(keccak256(key).0);
        let pool = self.market.pool.address;
        let chain = &mut self.market.world.chain;
        for slot in [account, U256::from(slots::POT)] {
            let word = chain.storage(pool, slot);
            let low = U256::from(u128::MAX);
            let left = (word & low).wrapping_sub(spare) & low;
            chain.set_storage(pool, slot, word & !low | left);
        }
        let state = self.market.account(owner);
        let over = (state.value - maintenance).into_raw();
        assert!(over < wad("0.000001"), "{state:?}");
    }

    /// A day of hours, from this stage on.
    fn live(&self, rng: &mut Rng, found: &mut Found) {
        let mut market = self.market.clone();
        let (mut price, mut more) = (2_500.0, 0.0);
        let mut fell = vec![[false; 2]; self.owners.len()];
        let step = 1.0 / (365.0 * HOURS as f64);
        for _ in 0..HOURS {
            let mut log_move = VOL * step.sqrt() * normal(rng) - VOL * VOL / 2.0 * step;
            if uniform(rng) < 30.0 * step {
                let jump = 0.08 * normal(rng);
                log_move += jump;
                more += 0.5 * jump.abs();
            }
            price *= log_move.exp();
            let short = |fell: &[[bool; 2]]| fell.iter().filter(|[_, short]| *short).count();
            let before = short(&fell);
            market.world.chain.advance(3_600);
            market.world.set_price(wad(&format!("{price:.6}"))).unwrap();
            for (expiry, vol) in self.expiries.iter().zip([0.76, 0.75, 0.70, 0.68]) {
                market.post(*expiry, &format!("{:.6}", vol + more)).unwrap();
            }
            for (owner, fell) in self.owners.iter().zip(&mut fell) {
                self.close(&mut market, *owner, fell, found);
            }
            if short(&fell) > before {
                found.least_move = found.least_move.min(log_move.abs());
            }
        }
        found.cases += self.owners.len();
        found.closed += fell.iter().filter(|[closed, _]| *closed).count();
        let short = fell.iter().filter(|[_, short]| *short).count();
        found.short += short;
        found.days += (short > 0) as usize;
        // One fund for all days, which began with nothing.
        let lost = found.insured + found.borne;
        assert!(found.premiums > lost, "the fund is empty: {found:?}");
    }

    /// Closes as much of an account as may be.
    fn close(&self, market: &mut Market, owner: Address, fell: &mut [bool; 2], found: &mut Found) {
        let receiver = market.world.actors.bob.address;
        let account_ = owner;
        loop {
            let call = IPool::liquidateCall { account_, receiver };
            let receipt = match market.send(receiver, call) {
                Ok(receipt) => receipt,
                Err(refusal) => {
                    assert!(refusal.is::<IPool::AccountHealthy>(), "{refusal}");
                    return;
                }
            };
            fell[0] = true;
            let closed: IPool::Liquidated = market.event(&receipt);
            found.premiums += closed.insurance;
            for covered in receipt.events::<IPool::DebtCovered>(market.pool.address) {
                fell[1] = true;
                found.insured += covered.insurance;
                found.borne += covered.pool;
            }
        }
    }
}

#[test]
fn two_hundred_days_of_jumps_leave_the_insurance_positive() {
    let mut found = Found {
        least_move: f64::INFINITY,
        ..Found::default()
    };
    for seed in 1..=STAGES {
        let mut rng = Rng(seed);
        let stage = Stage::new(&mut rng);
        for _ in 0..DAYS {
            stage.live(&mut rng, &mut found);
        }
    }
    println!(
        "{:.3} % of accounts short: {found:?}",
        100.0 * found.short as f64 / found.cases as f64
    );
    assert_eq!(found.cases, STAGES as usize * DAYS * ACCOUNTS);
    assert!(found.closed * 2 > found.cases, "{found:?}");
    assert!(found.short * 1_000 <= found.cases, "{found:?}");
    // One jump falls on all accounts of its day: who is short was where the grid of maintenance ends, and such days are one in a
    // hundred at most.
    assert!(found.days * 100 <= STAGES as usize * DAYS, "{found:?}");
    assert!(found.least_move > 0.12, "{found:?}");
    assert!(
        found.premiums > U256::from(5) * (found.insured + found.borne),
        "{found:?}"
    );
}
