//! The engine's messages: answers are the formulas', every length but the right one is refused.

mod common;

use common::{slice, Pool, Rng, NOW, WAD};
use smirk_engine::assess::{assess, AssessError};
use smirk_engine::book::marks;
use smirk_engine::hedge::flow_variance;
use smirk_engine::program::{
    decode_check_anchor, decode_evaluation, decode_mark, encode_assess, encode_check_anchor,
    encode_marks, serve, ANSWER_SIZE, REQUEST_SIZE,
};
use smirk_engine::state::{Kind, Node, Order, Side, Slice, MAX_EXPIRIES, MAX_NODES};
use smirk_engine::surface::{MAX_ATM_VOL, MAX_SLOPE, MAX_WING, MIN_ATM_VOL, MIN_WING};
use smirk_engine::venue::{read, VenueState};

/// 3,000 of a six-decimal quote per eighteen-decimal base, base first: the root of 3e-9.
fn venue() -> VenueState {
    let root = (3e-9f64.sqrt() * 2f64.powi(96)) as u128;
    VenueState {
        sqrt_price: [root as u64, (root >> 64) as u64, 0],
        liquidity: 1_000_000_000_000_000_000,
        base_is_token0: true,
        quote_scale: 1_000_000_000_000,
        base_scale: 1,
    }
}

const ORDER: Order = Order {
    node: 20,
    kind: Kind::Put,
    side: Side::Buy,
    lots: 500_000,
};

#[test]
fn an_evaluation_is_the_assessment_at_the_venue_s_depth_and_the_decayed_flow() {
    let mut rng = Rng(1);
    let mut pool = Pool::short(&mut rng, 2.0);
    pool.flow_variance = 900 * WAD;
    pool.hedge_position = 4 * WAD as i128;
    let (mut request, mut answer) = (vec![0; REQUEST_SIZE], vec![0; ANSWER_SIZE]);
    let last_flow = NOW - 86_400;
    for order in [None, Some(&ORDER)] {
        let snapshot = pool.snapshot();
        let length =
            encode_assess(&venue(), last_flow, &snapshot, order, true, &mut request).unwrap();
        let written = serve(&request[..length], &mut answer);
        let found = decode_evaluation(&answer[..written]).unwrap();

        let mut seen = pool.clone();
        seen.venue_depth = read(&venue()).depth;
        seen.flow_variance = flow_variance(pool.flow_variance, 0, 86_400);
        let expected = assess(&seen.snapshot(), order, true).unwrap();
        assert_eq!(found.assessment, expected);
        assert_eq!(found.venue, read(&venue()));
        let after = flow_variance(seen.flow_variance, expected.quote.delta, 0);
        assert_eq!(found.flow_variance, after);
        assert!(found.venue.price.abs_diff(3_000 * WAD) < WAD / 1_000_000);
        // A time of the last flow in the future counts as none passed.
        let length =
            encode_assess(&venue(), NOW + 9, &snapshot, None, false, &mut request).unwrap();
        let written = serve(&request[..length], &mut answer);
        let found = decode_evaluation(&answer[..written]).unwrap();
        let kept = flow_variance(pool.flow_variance, 0, 0);
        assert_eq!(found.flow_variance, flow_variance(kept, 0, 0));
    }
}

#[test]
fn a_refused_order_comes_back_as_its_error() {
    let pool = Pool::listed();
    let (mut request, mut answer) = (vec![0; REQUEST_SIZE], vec![0; ANSWER_SIZE]);
    let order = Order { node: 99, ..ORDER };
    let length = encode_assess(
        &venue(),
        NOW,
        &pool.snapshot(),
        Some(&order),
        true,
        &mut request,
    )
    .unwrap();
    let written = serve(&request[..length], &mut answer);
    let expected = assess(&pool.snapshot(), Some(&order), true).unwrap_err();
    assert_eq!(decode_evaluation(&answer[..written]), Err(expected));
    for cut in [0, 47] {
        let malformed = AssessError::Malformed { length: cut };
        assert_eq!(decode_evaluation(&answer[..cut]), Err(malformed));
    }
}

#[test]
fn a_check_of_an_anchor_has_a_status_for_each_refusal() {
    let (mut request, mut answer) = ([0; 256], [0; 64]);
    let good = slice(20, 0.8, 0.4, 0.3);
    let early = slice(10, 0.8, 0.4, 0.3);
    let mut ask = |new: &Slice, previous: Option<&Slice>, next: Option<&Slice>| {
        let length = encode_check_anchor(new, previous, next, NOW, &mut request).unwrap();
        let written = serve(&request[..length], &mut answer);
        decode_check_anchor(&answer[..written]).unwrap()
    };
    assert_eq!(ask(&good, Some(&early), None), [0; 3]);
    assert_eq!(ask(&early, None, Some(&good)), [0; 3]);
    type Set = fn(u64) -> Slice;
    let vol: Set = |atm_vol| Slice {
        atm_vol,
        ..slice(20, 0.8, 0.4, 0.3)
    };
    let left: Set = |left_wing| Slice {
        left_wing,
        ..slice(20, 0.8, 0.4, 0.3)
    };
    let right: Set = |right_wing| Slice {
        right_wing,
        ..slice(20, 0.8, 0.4, 0.3)
    };
    for (set, status, value, bound) in [
        (vol, 1, MIN_ATM_VOL - 1, MIN_ATM_VOL),
        (vol, 1, MAX_ATM_VOL + 1, MAX_ATM_VOL),
        (left, 2, MIN_WING - 1, MIN_WING),
        (left, 2, MAX_WING + 1, MAX_WING),
        (right, 2, MIN_WING - 1, MIN_WING),
        (right, 2, MAX_WING + 1, MAX_WING),
    ] {
        assert_eq!(ask(&set(value), None, None), [status, value, bound]);
        assert_eq!(ask(&set(bound), None, None), [0; 3]);
    }
    let steep = ask(&slice(365, 2.5, 1.6, 0.3), None, None);
    assert_eq!((steep[0], steep[2]), (3, MAX_SLOPE));
    assert!(steep[1] > MAX_SLOPE);
    for (new, status) in [
        (slice(20, 0.5, 0.4, 0.3), 4),
        (slice(20, 0.8, 0.2, 0.3), 5),
        (slice(20, 0.8, 0.4, 0.2), 6),
        (slice(20, 0.8, 0.9, 0.6), 7),
    ] {
        let found = ask(&new, Some(&early), None);
        assert_eq!(found[0], status);
        assert_eq!(found[1] > found[2], status != 7, "{found:?}");
    }
    let expired = Slice {
        expiry: NOW,
        ..good
    };
    assert_eq!(ask(&expired, None, None), [8, NOW, NOW]);
}

#[test]
fn marks_are_those_of_the_nodes_in_order() {
    let mut rng = Rng(2);
    let pool = Pool::short(&mut rng, 2.0);
    let (mut request, mut answer) = (vec![0; REQUEST_SIZE], vec![0; ANSWER_SIZE]);
    let length = encode_marks(&pool.snapshot(), &mut request).unwrap();
    let written = serve(&request[..length], &mut answer);
    for (index, expected) in marks(&pool.snapshot()).enumerate() {
        assert_eq!(decode_mark(&answer[..written], index), Some(expected));
    }
    assert_eq!(
        decode_mark(&answer[..written], 30),
        None,
        "one past the last"
    );
    assert_eq!(decode_mark(&answer[..written], usize::MAX), None);
}

#[test]
fn a_full_book_fits_and_every_other_length_is_refused() {
    let mut pool = Pool::empty();
    pool.slices = (1..=MAX_EXPIRIES as u64)
        .map(|days| slice(days, 0.65, 0.4, 0.28))
        .collect();
    pool.nodes = vec![
        Node {
            slice: 3,
            strike: 3_000 * WAD,
            calls: -1,
            puts: 0
        };
        MAX_NODES
    ];
    let (mut request, mut answer) = (vec![0; REQUEST_SIZE + 8], vec![0; ANSWER_SIZE]);
    let snapshot = pool.snapshot();
    let length = encode_assess(&venue(), NOW, &snapshot, None, false, &mut request).unwrap();
    assert_eq!(length, REQUEST_SIZE);
    let short = &mut request.clone()[..REQUEST_SIZE - 1];
    assert_eq!(
        encode_assess(&venue(), NOW, &snapshot, None, false, short),
        None
    );
    assert!(serve(&request[..length], &mut answer) > 0);
    for wrong in [length - 8, length - 1, length + 1, length + 8] {
        let written = serve(&request[..wrong], &mut answer);
        assert!(matches!(
            decode_evaluation(&answer[..written]),
            Err(AssessError::Malformed { .. })
        ));
    }
    for wrong in [0, 7, 8, 79] {
        assert_eq!(serve(&request[..wrong], &mut answer), 0, "no header");
    }
    // No room for the answer.
    assert_eq!(serve(&request[..length], &mut answer[..47]), 0);

    let length = encode_marks(&snapshot, &mut request).unwrap();
    assert_eq!(serve(&request[..length], &mut answer), ANSWER_SIZE);
    assert_eq!(serve(&request[..length], &mut answer[..ANSWER_SIZE - 1]), 0);
    assert_eq!(serve(&request[..length - 1], &mut answer), 0);

    let good = slice(20, 0.8, 0.4, 0.3);
    let length = encode_check_anchor(&good, None, None, NOW, &mut request).unwrap();
    assert_eq!(
        encode_check_anchor(&good, None, None, NOW, &mut request[..length - 1]),
        None
    );
    assert_eq!(serve(&request[..length], &mut answer), 24);
    assert_eq!(decode_check_anchor(&answer[..23]), None);
    for wrong in [length - 1, length + 1] {
        assert_eq!(serve(&request[..wrong], &mut answer), 0);
    }
    assert_eq!(serve(&request[..length], &mut answer[..23]), 0);

    // The three questions are 0, 1 and 2.
    request[0] = 3;
    assert_eq!(serve(&request[..length], &mut answer), 0);
}

/// A mark's parts, a premium and a cash sum at the very end of their integers.
#[test]
fn the_largest_numbers_of_a_message_end_in_an_answer() {
    let mut pool = Pool::listed();
    let (mut request, mut answer) = (vec![0; REQUEST_SIZE], vec![0; ANSWER_SIZE]);
    for (spot, strike) in [
        (
            u128::MAX,
            (u64::MAX as u128) << 64 | 4_672_271_985_817_222_154,
        ),
        (u128::MAX, u128::MAX - (1 << 125)),
        (u128::MAX - (1 << 125), u128::MAX),
        (0, 1 << 127),
        (1, u128::MAX),
    ] {
        pool.spot = spot;
        for node in &mut pool.nodes {
            node.strike = strike;
        }
        let length = encode_marks(&pool.snapshot(), &mut request).unwrap();
        assert!(serve(&request[..length], &mut answer) > 0);
        for (side, kind) in [
            (Side::Sell, Kind::Put),
            (Side::Sell, Kind::Call),
            (Side::Buy, Kind::Put),
            (Side::Buy, Kind::Call),
        ] {
            let order = Order {
                side,
                kind,
                lots: 1_000_000,
                ..ORDER
            };
            let snapshot = pool.snapshot();
            let length =
                encode_assess(&venue(), NOW, &snapshot, Some(&order), true, &mut request).unwrap();
            assert!(serve(&request[..length], &mut answer) > 0);
        }
    }
}
