//! The quorum: who signs, whose surface counts, and every report that is refused.

use alloy_primitives::{keccak256, Address, B256, I256, U256};
use alloy_sol_types::{sol, SolStruct};
use smirk_world::{abi::IPool, price::wad, Actor};

use crate::common::{quorum::*, Market, DAY};

sol! {
    /// As wallets hash it.
    struct SurfaceReport {
        uint256 time;
        uint256 spot;
        uint256[12] slices;
    }
}

/// Three of five signers.
fn start() -> (Market, Vec<Actor>) {
    let mut market = Market::new();
    let signers = market.appoint(3, 5);
    market.world.chain.advance(600);
    (market, signers)
}

fn rejected(report: u64, check: u64, value: U256, limit: U256) -> IPool::ReportRejected {
    IPool::ReportRejected {
        report: U256::from(report),
        check: U256::from(check),
        value,
        limit,
    }
}

fn word(address: Address) -> U256 {
    U256::from_be_bytes(address.into_word().0)
}

#[test]
fn the_surface_of_the_median_signer_is_posted_whole() {
    let (mut market, signers) = start();
    let carol = market.world.actors.carol.address;
    let spots = ["2498", "2500", "2503"];
    let vols = [0.72, 0.71, 0.78];
    let mut reports = Vec::new();
    for ((signer, spot), vol) in signers.iter().zip(spots).zip(vols) {
        let mut report = market.report(&market.usual(vol));
        report.spot = wad(spot);
        // The median one is the oldest.
        report.time -= U256::from(7 * u64::from(vol == 0.72));
        reports.push(market.sign(signer, report));
    }
    let time = reports[0].time;
    let receipt = market.send(carol, post(reports)).unwrap();
    let event: IPool::SurfacePosted = market.event(&receipt);
    assert_eq!(
        (event.signer, event.time, event.newest, event.reports),
        (
            signers[0].address,
            time,
            time + U256::from(7),
            U256::from(3)
        ),
        "0.72 is in the middle"
    );
    let now = U256::from(market.world.chain.now());
    let surface = market.view(IPool::surfaceCall {}).unwrap();
    for (posted, signed) in surface.iter().zip(market.usual(0.72)) {
        let known = (posted.atmVol, posted.leftWing, posted.rightWing);
        assert_eq!(posted.expiry, U256::from(signed.expiry));
        assert_eq!(
            known,
            (
                fine(signed.atm_vol),
                fine(signed.left_wing),
                fine(signed.right_wing)
            )
        );
        assert_eq!((posted.postedAt, posted.spot), (now, wad("2498")));
        assert!(posted.volJump > U256::ZERO);
    }
    let events: Vec<IPool::AnchorPosted> = receipt.events(market.pool.address);
    assert_eq!(events.len(), surface.len());
    for (event, stored) in events.iter().zip(&surface) {
        // Stored in steps of 2e-6, rounded up.
        let more = stored.volJump - event.volJump;
        assert!(more < wad("0.000002"), "{more}");
    }
    let quorum = market.view(IPool::signersCall {}).unwrap();
    assert_eq!(
        (quorum.threshold, quorum.newest),
        (U256::from(3), event.newest)
    );
    assert_eq!(
        quorum.signers_[..5],
        signers.iter().map(|s| s.address).collect::<Vec<_>>()[..]
    );
    assert_eq!(quorum.signers_[5..], [Address::ZERO; 3]);
}

#[test]
fn a_report_is_hashed_as_wallets_do() {
    let (mut market, signers) = start();
    let report = market.report(&market.usual(0.7));
    let separator = market.view(IPool::DOMAIN_SEPARATORCall {}).unwrap();
    let typed = SurfaceReport {
        time: report.time,
        spot: report.spot,
        slices: report.slices,
    };
    let mut message = vec![0x19, 0x01];
    message.extend(separator);
    message.extend(typed.eip712_hash_struct());
    let signature = signers[0].sign(keccak256(message));
    let ours = market.sign(&signers[0], report);
    assert_eq!(
        (ours.v, ours.r, ours.s),
        (signature.v, signature.r, signature.s)
    );
}

#[test]
fn a_quorum_of_one_is_a_keeper() {
    let mut market = Market::new();
    let signers = market.appoint(1, 1);
    market.world.chain.advance(600);
    let reports = market.reports(&signers, &[0.71]);
    let anyone = market.world.actors.bob.address;
    market.send(anyone, post(reports)).unwrap();
    let surface = market.view(IPool::surfaceCall {}).unwrap();
    assert_eq!(surface[0].atmVol, wad("0.71"));
}

#[test]
fn nobody_posts_alone_beside_a_quorum_until_the_owner_gives_the_surface_back() {
    let (mut market, _) = start();
    let caller = market.world.actors.keeper.address;
    let month = market.expiries[1];
    let alone = IPool::postAnchorCall {
        expiry: U256::from(month),
        atmVol: wad("0.71"),
        leftWing: wad("0.40"),
        rightWing: wad("0.28"),
        carry: I256::ZERO,
    };
    let required = Address::ZERO;
    market.refuses(
        caller,
        alone.clone(),
        IPool::NotAuthorised { caller, required },
    );
    // It lists as before.
    let expiry = U256::from(month + DAY);
    market
        .send(caller, IPool::listExpiryCall { expiry })
        .unwrap();
    market.appoint(0, 0);
    market.send(caller, alone).unwrap();
}

#[test]
fn too_few_or_too_many_reports_are_refused() {
    let (mut market, signers) = start();
    let bob = market.world.actors.bob.address;
    for count in [0, 2, 6] {
        let mut reports = market.reports(&signers, &vec![0.71; count.min(5)]);
        reports.resize(
            count,
            market.sign(&signers[4], market.report(&market.usual(0.71))),
        );
        market.refuses(
            bob,
            post(reports),
            IPool::ReportCountInvalid {
                count: U256::from(count),
                threshold: U256::from(3),
                signers: U256::from(5),
            },
        );
    }
    let nine = vec![market.sign(&signers[0], market.report(&market.usual(0.7))); 9];
    let index = U256::from(1);
    market.refuses(bob, post(nine), IPool::ArgumentInvalid { index });
    // A pool without signers takes none.
    let mut market = Market::new();
    let reports = market.reports(&signers, &[0.71]);
    let none = U256::ZERO;
    market.refuses(
        bob,
        post(reports),
        IPool::ReportCountInvalid {
            count: U256::from(1),
            threshold: none,
            signers: none,
        },
    );
}

#[test]
fn nobody_signs_twice_out_of_order_or_from_outside() {
    let (mut market, signers) = start();
    let bob = market.world.actors.bob.address;
    let order = |market: &mut Market, order: [usize; 3]| {
        let signed = order.map(|signer| signers[signer].clone());
        market.reports(&signed, &[0.71; 3])
    };
    let twice = order(&mut market, [0, 1, 1]);
    let second = word(signers[1].address);
    market.refuses(bob, post(twice), rejected(2, 1, second, U256::ZERO));
    let backwards = order(&mut market, [0, 2, 1]);
    market.refuses(bob, post(backwards), rejected(2, 1, second, U256::ZERO));
    let stranger = market.world.actors.bob.clone();
    let outside = market.reports(
        &[signers[0].clone(), stranger, signers[2].clone()],
        &[0.71; 3],
    );
    market.refuses(bob, post(outside), rejected(1, 1, word(bob), U256::ZERO));
}

#[test]
fn a_twin_of_a_signature_or_a_changed_report_is_nobodys() {
    let (mut market, signers) = start();
    let bob = market.world.actors.bob.address;
    let good = market.reports(&signers[..3], &[0.71; 3]);
    let order = U256::from_str_radix(
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        16,
    )
    .unwrap();
    let mut twin = good.clone();
    twin[1].v = 55 - twin[1].v;
    twin[1].s = B256::from(order - U256::from_be_bytes(twin[1].s.0));
    market.refuses(bob, post(twin), rejected(1, 1, U256::ZERO, U256::ZERO));
    for change in [
        |report: &mut IPool::SurfaceReport| report.spot += U256::from(1),
        |report: &mut IPool::SurfaceReport| report.time -= U256::from(1),
        |report: &mut IPool::SurfaceReport| report.slices[0] += U256::from(1) << 64,
        |report: &mut IPool::SurfaceReport| report.slices[11] += U256::from(1) << 64,
    ] {
        let mut changed = good.clone();
        change(&mut changed[1]);
        let error: IPool::ReportRejected = market.refusal(bob, post(changed));
        assert_eq!((error.report, error.check), (U256::from(1), U256::from(1)));
        assert_ne!(error.value, word(signers[1].address));
    }
    market.send(bob, post(good)).unwrap();
}

#[test]
fn a_report_for_another_pool_or_chain_is_nobodys() {
    let (mut market, signers) = start();
    let bob = market.world.actors.bob.address;
    for (chain, pool) in [(0, Some(bob)), (1, None)] {
        let mut reports = market.reports(&signers[..3], &[0.71; 3]);
        let domain = market.domain(chain, pool);
        reports[2] = sign_in(domain, &signers[2], market.report(&market.usual(0.71)));
        let error: IPool::ReportRejected = market.refusal(bob, post(reports));
        assert_eq!((error.report, error.check), (U256::from(2), U256::from(1)));
    }
    let domain = market.domain(0, None);
    let separator = market.view(IPool::DOMAIN_SEPARATORCall {}).unwrap();
    assert_eq!(domain, separator, "which is what the pool's own is made of");
}

#[test]
fn a_report_is_posted_once_and_never_after_a_newer_one() {
    let (mut market, signers) = start();
    let bob = market.world.actors.bob.address;
    market.set_parameter("anchorInterval", U256::from(1));
    let old = market.reports(&signers[..3], &[0.71; 3]);
    market.world.chain.advance(10);
    let mut mixed = market.reports(&signers[..3], &[0.71; 3]);
    market.send(bob, post(mixed.clone())).unwrap();
    let newest = mixed[0].time;
    market.world.chain.advance(10);
    for again in [&old, &mixed] {
        let error = rejected(0, 2, again[0].time, newest + U256::from(1));
        market.refuses(bob, post(again.clone()), error);
    }
    // Nor may one of the last post's fill up a new one.
    let fresh = market.reports(&signers[..3], &[0.71; 3]);
    mixed[..2].clone_from_slice(&fresh[..2]);
    let error = rejected(2, 2, newest, newest + U256::from(1));
    market.refuses(bob, post(mixed), error);
    market.send(bob, post(fresh)).unwrap();
}

#[test]
fn a_report_of_the_future_or_of_five_minutes_ago_is_refused() {
    let (mut market, signers) = start();
    let bob = market.world.actors.bob.address;
    let at = |market: &mut Market, time: u64| {
        let mut reports = market.reports(&signers[..3], &[0.71; 3]);
        let mut report = market.report(&market.usual(0.71));
        report.time = U256::from(time);
        reports[1] = market.sign(&signers[1], report);
        reports
    };
    let now = market.world.chain.now();
    let late = at(&mut market, now + 60);
    let error: IPool::ReportRejected = market.refusal(bob, post(late));
    assert_eq!((error.report, error.check), (U256::from(1), U256::from(3)));
    assert_eq!(
        (error.value, error.limit < error.value),
        (U256::from(now + 60), true)
    );
    let early = at(&mut market, now - 310);
    let error: IPool::ReportRejected = market.refusal(bob, post(early));
    assert_eq!((error.report, error.check), (U256::from(1), U256::from(2)));
    assert_eq!(error.limit, U256::from(market.world.chain.now() - 300));
    let fitting = at(&mut market, now - 200);
    market.send(bob, post(fitting)).unwrap();
}

#[test]
fn a_spot_one_per_cent_from_the_feed_is_refused() {
    let (mut market, signers) = start();
    let bob = market.world.actors.bob.address;
    for (spot, is_good) in [("2474.9", false), ("2525.1", false), ("2525", true)] {
        let mut reports = market.reports(&signers[..3], &[0.71; 3]);
        let mut report = market.report(&market.usual(0.71));
        report.spot = wad(spot);
        reports[2] = market.sign(&signers[2], report);
        if is_good {
            market.send(bob, post(reports)).unwrap();
        } else {
            market.refuses(bob, post(reports), rejected(2, 4, wad(spot), wad("2500")));
        }
    }
    market.world.chain.advance(600);
    let mut reports = market.reports(&signers[..3], &[0.71; 3]);
    let mut report = market.report(&market.usual(0.71));
    report.spot = U256::MAX;
    reports[0] = market.sign(&signers[0], report);
    market.refuses(bob, post(reports), rejected(0, 4, U256::MAX, wad("2500")));
}

#[test]
fn a_partial_surface_or_one_out_of_order_is_refused() {
    let (mut market, signers) = start();
    let bob = market.world.actors.bob.address;
    let whole = market.usual(0.71);
    let [week, month, quarter] = market.expiries;
    let mut unlisted = whole.clone();
    unlisted[1].expiry = month + 1;
    let mut twice = whole.clone();
    twice.push(whole[2].clone());
    let mut backwards = whole.clone();
    backwards.swap(1, 2);
    for (surface, expiry) in [
        (whole[1..].to_vec(), week),
        (whole[..2].to_vec(), quarter),
        (unlisted, month),
        (twice, quarter),
        (backwards, month),
        (Vec::new(), week),
    ] {
        for place in [0, 2] {
            let mut reports = market.reports(&signers[..3], &[0.71; 3]);
            reports[place] = market.sign(&signers[place], market.report(&surface));
            let error = rejected(place as u64, 5, U256::from(expiry), U256::ZERO);
            market.refuses(bob, post(reports), error);
        }
    }
    // A bit where none belongs is no expiry of the pool's.
    for bit in [40, 200] {
        let mut report = market.report(&whole);
        report.slices[0] |= U256::from(1) << bit;
        let mut reports = market.reports(&signers[..3], &[0.71; 3]);
        reports[1] = market.sign(&signers[1], report);
        market.refuses(
            bob,
            post(reports),
            rejected(1, 5, U256::from(week), U256::ZERO),
        );
    }
}

#[test]
fn an_expiry_without_an_anchor_is_in_all_reports_or_in_none() {
    let (mut market, signers) = start();
    let (bob, keeper) = (
        market.world.actors.bob.address,
        market.world.actors.keeper.address,
    );
    let listed = market.expiries[0] + 7 * DAY;
    let expiry = U256::from(listed);
    market
        .send(keeper, IPool::listExpiryCall { expiry })
        .unwrap();
    market.set_parameter("anchorInterval", U256::from(1));
    let without = market.reports(&signers[..3], &[0.71; 3]);
    market.send(bob, post(without)).unwrap();
    market.world.chain.advance(60);
    let mut wider = market.usual(0.71);
    wider.insert(
        1,
        Anchor {
            expiry: listed,
            ..wider[1].clone()
        },
    );
    let mut reports = market.reports(&signers[..3], &[0.71; 3]);
    reports[2] = market.sign(&signers[2], market.report(&wider));
    market.refuses(bob, post(reports), rejected(2, 5, expiry, U256::ZERO));
    let all = signers[..3]
        .iter()
        .map(|signer| market.sign(signer, market.report(&wider)))
        .collect();
    market.send(bob, post(all)).unwrap();
    let surface = market.view(IPool::surfaceCall {}).unwrap();
    assert_eq!(surface[1].expiry, expiry);
    // Nothing but its neighbours vouches for it yet.
    assert!(surface[1].volJump >= wad("0.33"), "{}", surface[1].volJump);
    assert!(surface[1].atmVol > U256::ZERO);
}

#[test]
fn an_expiry_that_has_passed_is_passed_over() {
    let (mut market, signers) = start();
    let bob = market.world.actors.bob.address;
    let [week, month, _] = market.expiries;
    market.world.chain.set_time(week - 20);
    market.world.push_price(wad("2500")).unwrap();
    let reports = market.reports(&signers[..3], &[0.71; 3]);
    market.world.chain.set_time(week + 20);
    let receipt = market.send(bob, post(reports)).unwrap();
    let events: Vec<IPool::AnchorPosted> = receipt.events(market.pool.address);
    assert_eq!((events.len(), events[0].expiry), (2, month));
}

#[test]
fn every_report_passes_the_checks_of_an_anchor_and_the_post_its_limits() {
    let (mut market, signers) = start();
    let bob = market.world.actors.bob.address;
    let bent = |market: &Market, change: fn(&mut Vec<Anchor>)| {
        let mut surface = market.usual(0.71);
        change(&mut surface);
        market.report(&surface)
    };
    for (check, change) in [
        (
            1,
            (|surface| surface[0].atm_vol = 4.0) as fn(&mut Vec<Anchor>),
        ),
        (2, |surface| surface[2].right_wing = 2.0),
        (4, |surface| surface[1].atm_vol = 0.3),
        (5, |surface| surface[1].left_wing = 0.1),
        (8, |surface| surface[0].carry = -0.11),
    ] {
        let mut reports = market.reports(&signers[..3], &[0.71; 3]);
        let report = bent(&market, change);
        reports[1] = market.sign(&signers[1], report);
        let error: IPool::AnchorRejected = market.refusal(bob, post(reports));
        assert_eq!(error.check, U256::from(check), "{error:?}");
    }
    let far = market.reports(&signers[..3], &[1.4; 3]);
    let error: IPool::AnchorJumpTooLarge = market.refusal(bob, post(far));
    assert_eq!(error.limit, wad("0.375"));
    let near = market.reports(&signers[..3], &[0.72; 3]);
    market.send(bob, post(near)).unwrap();
    market.world.chain.advance(60);
    let soon = market.reports(&signers[..3], &[0.72; 3]);
    let error: IPool::AnchorTooSoon = market.refusal(bob, post(soon));
    assert_eq!(
        error.earliest,
        U256::from(market.world.chain.now()) + U256::from(240)
    );
}

#[test]
fn nothing_is_posted_while_the_pool_is_paused() {
    let (mut market, signers) = start();
    let bob = market.world.actors.bob.address;
    market.pause();
    let reports = market.reports(&signers[..3], &[0.71; 3]);
    market.refuses(bob, post(reports), IPool::PoolPaused {});
}

#[test]
fn signers_change_a_day_after_the_owner_said_so() {
    let (mut market, signers) = start();
    let owner = market.world.actors.owner.address;
    let bob = market.world.actors.bob.address;
    let fresh = [signers[0].address, signers[4].address];
    let (threshold, newSigners) = (U256::from(2), padded(&fresh));
    let propose = IPool::proposeSignersCall {
        threshold,
        newSigners,
    };
    let accept = IPool::acceptSignersCall {
        threshold,
        newSigners,
    };
    let (caller, required) = (bob, owner);
    market.refuses(
        bob,
        propose.clone(),
        IPool::NotAuthorised { caller, required },
    );
    let error: IPool::SignersNotDue = market.refusal(bob, accept.clone());
    assert_eq!(error.acceptableAt, U256::ZERO);

    let receipt = market.send(owner, propose).unwrap();
    let event: IPool::SignersProposed = market.event(&receipt);
    let at = U256::from(market.world.chain.now() + DAY);
    assert_eq!(
        (event.threshold, event.signers, event.acceptableAt),
        (threshold, newSigners, at)
    );
    assert_eq!(market.view(IPool::signersCall {}).unwrap().acceptableAt, at);
    let error: IPool::SignersNotDue = market.refusal(bob, accept.clone());
    assert_eq!(error.acceptableAt, at);
    // Until then the old ones are in charge.
    let reports = market.reports(&signers[1..4], &[0.71; 3]);
    market.send(bob, post(reports)).unwrap();

    market.world.chain.set_time(at.to());
    market.world.push_price(wad("2500")).unwrap();
    let other = IPool::acceptSignersCall {
        threshold: U256::from(1),
        newSigners,
    };
    let error: IPool::SignersNotDue = market.refusal(bob, other);
    assert_eq!(error.acceptableAt, U256::ZERO);
    // What an owner proposed is gone with it.
    let mut handed = market.clone();
    let offer = IPool::transferOwnershipCall { newOwner: bob };
    handed.send(owner, offer).unwrap();
    handed.send(bob, IPool::acceptOwnershipCall {}).unwrap();
    let error: IPool::SignersNotDue = handed.refusal(bob, accept.clone());
    assert_eq!(error.acceptableAt, U256::ZERO);
    let receipt = market.send(bob, accept.clone()).unwrap();
    let event: IPool::SignersChanged = market.event(&receipt);
    assert_eq!((event.threshold, event.signers), (threshold, newSigners));
    let error: IPool::SignersNotDue = market.refusal(bob, accept);
    assert_eq!(
        error.acceptableAt,
        U256::ZERO,
        "a proposal is accepted once"
    );

    // Who left signs no more, and two are enough.
    let reports = market.reports(&[signers[0].clone(), signers[1].clone()], &[0.71; 2]);
    let left = word(signers[1].address);
    market.refuses(bob, post(reports), rejected(1, 1, left, U256::ZERO));
    let reports = market.reports(&[signers[0].clone(), signers[4].clone()], &[0.71; 2]);
    market.send(bob, post(reports)).unwrap();
    // A new keeper changes nothing of it.
    market
        .send(owner, IPool::setKeeperCall { newKeeper: bob })
        .unwrap();
    assert_eq!(market.view(IPool::keeperCall {}).unwrap(), bob);
    assert_eq!(
        market.view(IPool::signersCall {}).unwrap().threshold,
        threshold
    );
}

#[test]
fn signers_out_of_order_or_too_few_for_the_threshold_are_refused() {
    let (mut market, signers) = start();
    let owner = market.world.actors.owner.address;
    let [a, b, c] = [0, 1, 2].map(|place: usize| signers[place].address);
    let zero = Address::ZERO;
    for (threshold, list, count) in [
        (1, vec![b, a], 2),
        (1, vec![a, a], 2),
        (1, vec![a, zero, c], 2),
        (1, vec![zero, a], 1),
        (3, vec![a, b], 2),
        (0, vec![a], 1),
        (1, vec![], 0),
    ] {
        let threshold = U256::from(threshold);
        let newSigners = padded(&list);
        let count = U256::from(count);
        market.refuses(
            owner,
            IPool::proposeSignersCall {
                threshold,
                newSigners,
            },
            IPool::SignersInvalid { threshold, count },
        );
    }
}
