//! One assessment, in this program or across the wire.

mod common;

use common::{Float, Pool, Rng, NOW, WAD};
use smirk_engine::assess::{assess, AssessError, Assessment};
use smirk_engine::book::mark;
use smirk_engine::hedge::plan;
use smirk_engine::quote::{quote, QuoteError};
use smirk_engine::state::{BookMark, Kind, Node, Order, Quote, Side, Slice, Snapshot, Stress};
use smirk_engine::stress::stress;
use smirk_engine::wire::{decode_answer, encode_request, request_size, serve, ANSWER_SIZE};

fn random_order(rng: &mut Rng) -> Order {
    Order {
        node: rng.below(30),
        kind: [Kind::Call, Kind::Put][rng.below(2)],
        side: [Side::Buy, Side::Sell][rng.below(2)],
        lots: 1 + rng.bits() % 3_000_000,
    }
}

/// The same question asked over the wire.
fn remote(
    snapshot: &Snapshot,
    order: Option<&Order>,
    gate: bool,
) -> Result<Assessment, AssessError> {
    let mut request = vec![0; request_size(snapshot.slices.len(), snapshot.nodes.len())];
    let length = encode_request(snapshot, order, gate, &mut request).unwrap();
    assert_eq!(length, request.len());
    let mut answer = [0; ANSWER_SIZE];
    let length = serve(&request, &mut answer);
    decode_answer(&answer[..length])
}

fn busy_pool(rng: &mut Rng) -> Pool {
    let mut pool = Pool::short(rng, 4.0);
    pool.hedge_position = 30 * WAD as i128;
    pool.flow_variance = 5_000 * WAD;
    pool
}

#[test]
fn the_answer_is_the_same_across_the_wire() {
    let mut rng = Rng(1);
    for round in 0..300 {
        let pool = busy_pool(&mut rng);
        let order = random_order(&mut rng);
        let order = (round % 3 != 0).then_some(&order);
        let snapshot = pool.snapshot();
        let here = assess(&snapshot, order, round % 2 == 0).unwrap();
        assert_eq!(remote(&snapshot, order, round % 2 == 0).unwrap(), here);
    }
}

#[test]
fn an_assessment_is_its_parts() {
    let mut rng = Rng(2);
    for _ in 0..100 {
        let pool = busy_pool(&mut rng);
        let order = random_order(&mut rng);
        let found = assess(&pool.snapshot(), Some(&order), true).unwrap();
        assert_eq!(found.before, mark(&pool.snapshot()));
        assert_eq!(found.quote, quote(&pool.snapshot(), &order).unwrap());
        let mut after = pool.clone();
        let node = &mut after.nodes[order.node];
        let (premium, fee) = (found.quote.premium as i128, found.quote.fee as i128);
        let lots = order.lots as i64;
        let (sign, received) = match order.side {
            Side::Buy => (-1, premium + fee),
            Side::Sell => (1, fee - premium),
        };
        match order.kind {
            Kind::Call => node.calls += sign * lots,
            Kind::Put => node.puts += sign * lots,
        }
        after.cash += received;
        assert_close(&found.after, &mark(&after.snapshot()));
        assert_eq!(found.hedge, plan(&after.snapshot(), &found.after));
        let expected = stress(&after.snapshot(), &found.after);
        let (loss, at_zero) = (found.stress.worst_loss, found.stress.value_at_zero);
        common::close(loss.float(), expected.worst_loss.float(), 1e-12);
        common::close(at_zero.float(), expected.value_at_zero.float(), 1e-12);
        assert_eq!(
            found.stress,
            Stress {
                worst_loss: loss,
                value_at_zero: at_zero,
                ..expected
            }
        );
    }
}

/// Equal but for the last bits of a different order of summation.
fn assert_close(found: &BookMark, expected: &BookMark) {
    for (found, expected) in [
        (found.value, expected.value),
        (found.net_delta, expected.net_delta),
        (found.net_gamma, expected.net_gamma),
        (found.net_vega, expected.net_vega),
        (found.net_theta, expected.net_theta),
        (found.nav, expected.nav),
        (found.nav_low, expected.nav_low),
        (found.nav_high, expected.nav_high),
    ] {
        common::close(
            found.float(),
            expected.float(),
            1e-15 * (1.0 + expected.float().abs()),
        );
    }
}

#[test]
fn without_an_order_nothing_changes_hands() {
    let mut rng = Rng(3);
    let pool = busy_pool(&mut rng);
    let found = assess(&pool.snapshot(), None, false).unwrap();
    assert_eq!(
        (found.quote, found.stress),
        (Quote::default(), Stress::default())
    );
    assert_eq!(found.after, found.before);
    assert_eq!(found.hedge, plan(&pool.snapshot(), &found.before));
}

#[test]
fn a_pool_with_nothing_listed_can_be_assessed() {
    let pool = Pool::empty();
    let found = remote(&pool.snapshot(), None, true).unwrap();
    assert_eq!((found.before.nav, found.hedge.trade), (pool.cash, 0));
    assert_eq!(found.stress.equity, pool.cash);
}

#[test]
fn each_error_crosses_the_wire_with_its_numbers() {
    let mut pool = Pool::listed();
    let order = Order {
        node: 20,
        kind: Kind::Call,
        side: Side::Buy,
        lots: 1,
    };
    let mut errors = vec![
        assess(&pool.snapshot(), Some(&Order { node: 77, ..order }), false),
        assess(
            &pool.snapshot(),
            Some(&Order {
                lots: 250_000_000,
                ..order
            }),
            false,
        ),
        assess(
            &pool.snapshot(),
            Some(&Order {
                lots: 10_000_000_000,
                ..order
            }),
            false,
        ),
    ];
    assert_eq!(
        errors[0],
        Err(AssessError::Quote(QuoteError::UnknownNode {
            node: 77,
            count: 30
        }))
    );
    for (error, order) in errors.iter().zip([
        Order { node: 77, ..order },
        Order {
            lots: 250_000_000,
            ..order
        },
        Order {
            lots: 10_000_000_000,
            ..order
        },
    ]) {
        assert!(matches!(error, Err(AssessError::Quote(_))), "{error:?}");
        assert_eq!(&remote(&pool.snapshot(), Some(&order), false), error);
    }
    pool.nodes[20].calls = i64::MIN;
    errors.push(remote(&pool.snapshot(), Some(&order), false));
    let overflow = QuoteError::PositionOverflow {
        position: i64::MIN,
        lots: 1,
    };
    assert_eq!(errors[3], Err(AssessError::Quote(overflow)));
    pool.now = pool.slices[4].expiry;
    let expired = QuoteError::Expired {
        expiry: pool.slices[3].expiry,
        now: pool.now,
    };
    assert_eq!(
        remote(&pool.snapshot(), Some(&order), false),
        Err(AssessError::Quote(expired))
    );

    let mut large = Pool::empty();
    large.nodes = vec![Node::default(); 129];
    let error = Err(AssessError::BookTooLarge {
        nodes: 129,
        slices: 0,
    });
    assert_eq!(assess(&large.snapshot(), None, false), error);
    assert_eq!(remote(&large.snapshot(), None, false), error);
    large.nodes.clear();
    large.slices = vec![
        Slice {
            expiry: NOW + 1,
            ..Slice::default()
        };
        13
    ];
    let error = Err(AssessError::BookTooLarge {
        nodes: 0,
        slices: 13,
    });
    assert_eq!(remote(&large.snapshot(), None, false), error);
}

#[test]
fn a_message_of_the_wrong_length_is_malformed() {
    let mut rng = Rng(4);
    let pool = busy_pool(&mut rng);
    let size = request_size(5, 30);
    let mut request = vec![0; size + 1];
    assert_eq!(
        encode_request(&pool.snapshot(), None, false, &mut request[..size - 1]),
        None
    );
    encode_request(&pool.snapshot(), None, false, &mut request).unwrap();
    let mut answer = [0; ANSWER_SIZE];
    for length in [0, 7, size - 8, size - 1, size + 1] {
        let written = serve(&request[..length], &mut answer);
        assert_eq!(
            decode_answer(&answer[..written]),
            Err(AssessError::Malformed { length })
        );
    }
    assert_eq!(serve(&request[..size], &mut answer), ANSWER_SIZE);
    for length in [0, 31, 32, ANSWER_SIZE - 1] {
        assert_eq!(
            decode_answer(&answer[..length]),
            Err(AssessError::Malformed { length })
        );
    }
    let mut unknown = answer;
    unknown[0] = 99;
    let error = Err(AssessError::Malformed {
        length: ANSWER_SIZE,
    });
    assert_eq!(decode_answer(&unknown), error);
    // An answer buffer that is too short is left to the caller.
    assert_eq!(serve(&request[..size], &mut answer[..ANSWER_SIZE - 1]), 0);
    assert_eq!(serve(&[], &mut answer[..31]), 0);
}

/// Anything within the bounds of anchors and positions, however far apart strikes, times and sizes are.
fn wild_pool(rng: &mut Rng) -> Pool {
    let mut pool = Pool::empty();
    let log = |rng: &mut Rng, low: f64, high: f64| rng.real(low.ln(), high.ln()).exp();
    let spot = log(rng, 1e-6, 1e9);
    pool.spot = common::wad_wide(spot);
    pool.cash = common::wad_wide(log(rng, 1e-3, 1e12)) as i128;
    pool.hedge_position = common::wad_wide(log(rng, 1e-9, 1e9)) as i128;
    pool.venue_depth = common::wad_wide(log(rng, 1.0, 1e12));
    pool.flow_variance = common::wad_wide(log(rng, 1e-6, 1e12));
    pool.parameters.depth = common::wad_wide(log(rng, 1.0, 1e9));
    pool.parameters.coupling = common::wad(log(rng, 0.05, 5.0));
    pool.parameters.wing_depth = common::wad(log(rng, 0.01, 4.0));
    pool.parameters.short_term = common::wad(rng.real(0.0, 4.0));
    let mut expiry = NOW - 1_000;
    for index in 0..1 + rng.below(12) {
        expiry += log(rng, 1.0, 2e7) as u64;
        pool.slices.push(Slice {
            expiry,
            atm_vol: common::wad(log(rng, 0.15, 3.0)),
            left_wing: common::wad(log(rng, 0.05, 1.6)),
            right_wing: common::wad(log(rng, 0.05, 1.6)),
            posted_at: NOW - rng.bits() % 100_000,
        });
        for _ in 0..1 + rng.below(9) {
            let lots = log(rng, 1.0, 1e10) as i64;
            pool.nodes.push(Node {
                slice: index as u8,
                strike: common::wad_wide(spot * log(rng, 1e-3, 1e3)),
                calls: -(rng.bits() as i64 % lots).abs(),
                puts: rng.bits() as i64 % lots,
            });
        }
    }
    pool
}

#[test]
fn no_pool_within_the_bounds_overflows_or_breaks_an_order_of_values() {
    let mut rng = Rng(5);
    let (mut quoted, mut refused) = (0, 0);
    for _ in 0..4_000 {
        let pool = wild_pool(&mut rng);
        let order = Order {
            node: rng.below(pool.nodes.len()),
            lots: 1 + rng.bits() % 10_000_000,
            ..random_order(&mut rng)
        };
        let Ok(found) = assess(&pool.snapshot(), Some(&order), true) else {
            refused += 1;
            continue;
        };
        quoted += 1;
        let (quote, after) = (found.quote, found.after);
        assert!(after.nav_low <= after.nav && after.nav <= after.nav_high);
        assert!(order.side == Side::Buy || quote.fee <= quote.premium);
        assert!(found.hedge.band <= found.hedge.limit);
        assert!(pool.hedge_position + found.hedge.trade >= 0);
        // Not above the forward or the strike, but for the potential's own precision.
        let node = &pool.nodes[order.node];
        let bound = match order.kind {
            Kind::Call => pool.spot,
            Kind::Put => node.strike,
        };
        let (premium, bound) = (
            quote.premium.float(),
            bound.float() * common::lots(order.lots as i64),
        );
        let noise = pool.parameters.depth.float() * 1e-14;
        assert!(
            premium <= bound * (1.0 + 1e-9) + noise,
            "{premium} {bound} {noise}"
        );
    }
    assert!(quoted > 500 && refused > 500, "{quoted} {refused}");
}
