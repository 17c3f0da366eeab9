//! What a forced closing charges is the pool's only as far as the account is worth it: beyond that it would be a debt, which others pay at
//! once for what the pool has earned at the expiry alone, and who leaves in between would be paid for it.

use alloy_primitives::{Address, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::{
    actions::*,
    common::{call, orders::on_account, put, Market},
};

/// Sizes of one structure by series of the quarter.
type Structure = [(bool, &'static str, f64); 4];

/// Worth 100 an option at the expiry, whatever happens.
const BOX: Structure = [
    (true, "2450", 1.0),
    (true, "2550", -1.0),
    (false, "2550", 1.0),
    (false, "2450", -1.0),
];
/// Owes at most 200 an option.
const CONDOR: Structure = [
    (true, "2700", -1.0),
    (true, "2900", 1.0),
    (false, "2300", -1.0),
    (false, "2100", 1.0),
];

#[derive(Clone)]
struct Scene {
    market: Market,
    owner: Address,
    other: Address,
}

impl Scene {
    /// Somebody who also provides so much has an account.
    fn bare(provided: f64) -> Scene {
        let mut market = market("400000", &[]);
        let actors = &market.world.actors;
        let (owner, other) = (actors.alice.address, actors.bob.address);
        market.enrich(owner);
        if provided > 0.0 {
            market.deposit(owner, provided).unwrap();
        }
        Scene {
            market,
            owner,
            other,
        }
    }

    /// The account has so many of a structure and no more margin than it takes.
    fn new(structure: &Structure, size: f64, provided: f64) -> Scene {
        let mut scene = Scene::bare(provided);
        let quarter = scene.market.expiries[2];
        let legs = structure.map(|(is_call, strike, part)| {
            let kind = if is_call { call } else { put };
            (kind(quarter, strike), part * size)
        });
        scene.hold(&legs, 10);
        scene.market.pass(1_900);
        scene
    }

    /// Opens these legs in so many orders, with no more margin than they take in the end.
    fn hold(&mut self, legs: &[(U256, f64)], orders: usize) {
        let spare = self.clone().open(legs, orders, 1e6);
        self.open(legs, orders, 1e6 - spare + 1.0);
    }

    /// Opens them with so much quote in the account. Returns what is there beyond what is needed.
    fn open(&mut self, legs: &[(U256, f64)], orders: usize, quote: f64) -> f64 {
        let (owner, market) = (self.owner, &mut self.market);
        market.fund_account(owner, &format!("{quote:.6}"));
        let part = |(id, size): &(U256, f64)| (*id, format!("{:.6}", size / orders as f64));
        let parts: Vec<_> = legs.iter().map(part).collect();
        let order: Vec<_> = parts
            .iter()
            .map(|(id, size)| (*id, size.as_str()))
            .collect();
        for _ in 0..orders {
            market.send(owner, on_account(&order, owner)).unwrap();
            market.push(self.other, 2_500.0);
        }
        let state = market.state_of(owner);
        signed(state.value) - float(state.initial)
    }

    /// Closes the account by force. Returns the part that was closed and the debt that others paid.
    fn liquidate(&mut self) -> (f64, f64) {
        let (account_, receiver) = (self.owner, self.other);
        let call = IPool::liquidateCall { account_, receiver };
        let receipt = self.market.send(receiver, call).unwrap();
        let pool = self.market.pool.address;
        let closed: Vec<IPool::Liquidated> = receipt.events(pool);
        let debts: Vec<IPool::DebtCovered> = receipt.events(pool);
        let paid = |debt: &IPool::DebtCovered| debt.insurance + debt.pool;
        let debt = debts
            .iter()
            .map(|debt| paid(debt).to::<u128>() as f64 / 1e6);
        (float(closed[0].part), debt.sum::<f64>().abs())
    }
}

#[test]
fn a_box_that_can_owe_nothing_is_closed_without_a_debt() {
    for (rise, whole) in [(1.002, false), (1.02, true), (1.04, true)] {
        let mut scene = Scene::new(&BOX, 50.0, 0.0);
        let price = 2_500.0 * rise;
        scene.market.world.set_price(fixed(price)).unwrap();
        scene.market.push(scene.other, price);
        scene.market.world.chain.advance(30);
        let before = signed(scene.market.nav().mid);
        let (part, debt) = scene.liquidate();
        let lost = before - signed(scene.market.nav().mid);
        println!("box at {rise}: {part:.3} closed, {debt:.2} of debt, {lost:+.2} for the pool");
        assert_eq!(part == 1.0, whole, "{part} was closed");
        assert_eq!(debt, 0.0);
        // The insurance fund's part of earlier charges moves out then.
        assert!(lost < 150.0, "{lost}");
    }
}

/// Most of the pool leaves, its own account is closed for charges that it can't pay, and it comes back.
#[test]
fn who_leaves_before_its_own_account_is_closed_is_not_paid_by_those_who_stay() {
    for (size, vols) in [(200.0, 1.1), (400.0, 1.1), (400.0, 1.2)] {
        let mut scene = Scene::new(&CONDOR, size, 9e6);
        let owner = scene.owner;
        scene.market.scale_vols(vols).unwrap();
        let price = |market: &mut Market| {
            let supply = float(market.view(IPool::totalSupply_0Call {}).unwrap());
            signed(market.nav().mid) / supply
        };
        let before = price(&mut scene.market);
        let shares = scene.market.most_shares_out(owner);
        assert!(shares > U256::ZERO);
        scene.market.redeem(owner, shares).unwrap();
        let left = price(&mut scene.market);
        let (part, debt) = scene.liquidate();
        let after = price(&mut scene.market);
        println!(
            "{size} condors at {vols}: {part:.3} closed, {debt:.2} of debt, a share {:+.3} % and {:+.3} %",
            (left / before - 1.0) * 100.0,
            (after / left - 1.0) * 100.0
        );
        assert!(part > 0.5, "{part} was closed");
        assert_eq!(debt, 0.0);
        let least = wad("0.999");
        assert!(after / left > float(least), "{left} to {after}");
    }
}

/// An account is long of three months and short of a week, and vols fall: what closing brings by the potential is not the charges' to take twice.
#[test]
fn a_closing_that_brings_more_than_marks_restores_what_opening_needs() {
    for others in [0, 18] {
        let mut scene = Scene::bare(0.0);
        let [week, _, quarter] = scene.market.expiries;
        let calendar = [(call(quarter, "2500"), 40.0), (call(week, "2200"), -40.0)];
        scene.hold(&calendar, 1);
        let other = scene.other;
        scene.market.fund_account(other, "2000000");
        for index in 0..others {
            let kind = if index % 2 == 0 { call } else { put };
            let order = on_account(&[(kind(quarter, "2500"), "10")], other);
            if scene.market.send(other, order).is_err() {
                break;
            }
            scene.market.push(other, 2_500.0);
        }
        scene.market.world.chain.advance(400);
        scene.market.world.refresh_feed().unwrap();
        scene.market.post(quarter, "0.45").unwrap();
        let (part, debt) = scene.liquidate();
        let state = scene.market.state_of(scene.owner);
        println!("{others} purchases before: {part:.3} closed, {debt:.2} of debt");
        assert_eq!(debt, 0.0);
        let restored = signed(state.value) >= float(state.initial);
        assert!(state.legs.is_empty() || restored, "{part} was closed");
    }
}
