//! Posts of anchors, and what they have to be refused with.

use alloy_primitives::{I256, U256};
use smirk_engine::{state::Slice, surface};
use smirk_world::abi::IPool;

use crate::{
    common::WAD,
    state::{Book, Walk},
};

/// In what anchors are stored, WAD, and jumps.
const FINE: u64 = 1_000_000_000;
const COARSE: u64 = 2_000_000_000_000;
/// Least time between two posts of an expiry, seconds.
const INTERVAL: u64 = 300;
/// Greatest jump of a vol relative to it, and of carry times time, WAD.
const MOST_CARRY_JUMP: u64 = 50_000_000_000_000_000;

impl Walk {
    /// Posts an anchor with the wings in thousandths.
    pub fn post(&mut self, expiry: u64, vol: u64, [left, right]: [u64; 2], carry: i64) {
        const THOUSANDTH: u64 = 1_000_000_000_000_000;
        let fine = |wad: u64| wad / FINE * FINE;
        let posted = Slice {
            expiry,
            posted_at: self.now(),
            atm_vol: fine(vol),
            left_wing: left * THOUSANDTH,
            right_wing: right * THOUSANDTH,
            carry: carry / FINE as i64 * FINE as i64,
            ..Slice::default()
        };
        let refusal = self.post_refusal(posted);
        let keeper = self.market.world.actors.keeper.address;
        let call = IPool::postAnchorCall {
            expiry: U256::from(expiry),
            atmVol: U256::from(vol),
            leftWing: U256::from(posted.left_wing),
            rightWing: U256::from(posted.right_wing),
            carry: I256::try_from(carry).unwrap(),
        };
        let result = self.send(keeper, call);
        if self.judge("post", result, refusal).is_some() {
            self.check_stored(&posted);
        }
    }

    /// Why an anchor is not taken.
    fn post_refusal(&self, mut posted: Slice) -> Option<&'static str> {
        let (now, expiry) = (self.now(), posted.expiry);
        if expiry <= now {
            return Some("SeriesExpired");
        }
        let book = self.book();
        let Some(old) = book.slice(expiry) else {
            return Some("ExpiryNotListed");
        };
        if let Some(refusal) = self.feed.unreadable() {
            return Some(refusal);
        }
        posted.spot = self.spot().to::<u128>() / FINE as u128 * FINE as u128;
        let [before, after] = neighbours(&book, expiry, now);
        if surface::check_anchor(&posted, before.as_ref(), after.as_ref(), now).is_err() {
            return Some("AnchorRejected");
        }
        let end = |percent: u128| posted.spot * percent / 100;
        let jumps = |from: &Slice| surface::jump(from, &posted, now, end(40), end(250));
        let is_far = |from: &Slice, (vol, carry): (u64, u64)| {
            (vol > from.atm_vol / 2 || carry > MOST_CARRY_JUMP).then_some("AnchorJumpTooLarge")
        };
        // Without what is left of earlier jumps.
        let calm = |from: &Slice| Slice {
            expiry,
            vol_jump: 0,
            carry_jump: 0,
            ..*from
        };
        if old.atm_vol != 0 {
            if now < old.posted_at + INTERVAL {
                return Some("AnchorTooSoon");
            }
            let ((vol, carry), moved) = (jumps(old), jumps(&calm(old)));
            // A fifth of the most passes whatever is left.
            let fifth = |jump: u64, moved: u64| jump.min(moved.saturating_mul(5));
            return is_far(old, (fifth(vol, moved.0), fifth(carry, moved.1)));
        }
        // A first one may be as far from either neighbour's, whatever has moved those, once somebody has a share.
        let near = [before, after].into_iter().flatten();
        let mut refusals = near.filter_map(|near| is_far(&near, jumps(&calm(&near))));
        refusals.next().filter(|_| !self.supply().is_zero())
    }

    /// What was posted is there, and what is left of earlier jumps with it.
    fn check_stored(&self, posted: &Slice) {
        let book = self.book();
        let stored = book.slice(posted.expiry).expect("it is listed");
        let place = self.place();
        assert_eq!(
            (
                stored.posted_at,
                stored.atm_vol,
                stored.left_wing,
                stored.right_wing,
                stored.carry
            ),
            (
                posted.posted_at,
                posted.atm_vol,
                posted.left_wing,
                posted.right_wing,
                posted.carry
            ),
            "{place}: the anchor"
        );
        assert_eq!(
            U256::from(stored.spot),
            self.spot(),
            "{place}: the spot of a post"
        );
        assert!(
            U256::from(stored.vol_jump) <= WAD * U256::from(2),
            "{place}: the jump"
        );
        assert_eq!(stored.vol_jump % COARSE, 0, "{place}: the jump");
    }
}

/// The anchors before and after an expiry that have not passed.
fn neighbours(book: &Book, expiry: u64, now: u64) -> [Option<Slice>; 2] {
    let live = || {
        let slices = book.slices.iter().map(|(slice, _)| *slice);
        slices.filter(move |slice| slice.atm_vol != 0 && slice.expiry > now)
    };
    [
        live().rfind(|slice| slice.expiry < expiry),
        live().find(|slice| slice.expiry > expiry),
    ]
}
