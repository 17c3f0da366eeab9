//! Slices and nodes as words and back. [`super::slots`] draws the fields.

use alloy_primitives::U256;
use smirk_engine::state::{Node, Slice};

use super::charge::Charge;

/// Bits of a node's position.
pub const NET_BITS: u32 = 40;
const TICK_BITS: u32 = 20;
/// The greatest strike, in ticks.
pub const MOST_TICKS: u128 = (1 << TICK_BITS) - 1;
/// WAD per stored unit of a vol, a wing, a carry and a spot.
pub const FINE: u64 = 1_000_000_000;
/// WAD per stored unit of a jump.
pub const COARSE: u64 = 2_000_000_000_000;
const JUMP_BITS: u32 = 20;
const JUMP_MASK: u64 = (1 << JUMP_BITS) - 1;

/// A jump in stored units, rounded up, at most what fits.
fn coarse_up(jump: u64) -> u64 {
    jump.div_ceil(COARSE).min(JUMP_MASK)
}

/// The two words of a slice. Vols, wings and carry have to be multiples of [`FINE`], which posting sees to.
pub fn pack_slice(slice: &Slice, charge: &Charge, strike_tick: u128) -> [U256; 2] {
    let fine = |wad: u64| wad / FINE;
    let carry = (slice.carry / FINE as i64) as u32 as u64;
    let first = [
        slice.expiry | slice.posted_at << 32,
        fine(slice.atm_vol) | fine(slice.left_wing) << 32,
        fine(slice.right_wing) | carry << 32,
        (slice.spot / FINE as u128) as u64,
    ];
    let strikes = slice.put_strikes / strike_tick as i128;
    // 48 bits of puts, 72 of strikes, 64 of charge, 32 of time, twice 20 of jumps.
    let jumps = coarse_up(slice.vol_jump) | coarse_up(slice.carry_jump) << JUMP_BITS;
    let puts = slice.puts as u64 & ((1 << 48) - 1);
    let low = puts as u128 | (strikes as u128) << 48;
    let second = [
        low as u64,
        (low >> 64) as u64 & ((1 << 56) - 1) | charge.amount << 56,
        charge.amount >> 8 | charge.since << 56,
        charge.since >> 8 & 0xff_ffff | jumps << 24,
    ];
    [U256::from_limbs(first), U256::from_limbs(second)]
}

/// A slice and its charge from their two words.
pub fn unpack_slice([first, second]: [U256; 2], strike_tick: u128) -> (Slice, Charge) {
    const LOW: u64 = 0xffff_ffff;
    let [times, vols, wing, spot] = *first.as_limbs();
    let [s0, s1, s2, s3] = *second.as_limbs();
    let wad = |fine: u64| (fine & LOW) * FINE;
    let strikes = (s0 >> 48) as u128 | ((s1 & ((1 << 56) - 1)) as u128) << 16;
    let strikes = (strikes << 56) as i128 >> 56;
    let jumps = s3 >> 24;
    let slice = Slice {
        expiry: times & LOW,
        posted_at: times >> 32,
        atm_vol: wad(vols),
        left_wing: wad(vols >> 32),
        right_wing: wad(wing),
        carry: (wing >> 32) as u32 as i32 as i64 * FINE as i64,
        spot: spot as u128 * FINE as u128,
        vol_jump: (jumps & JUMP_MASK) * COARSE,
        carry_jump: (jumps >> JUMP_BITS) * COARSE,
        puts: (s0 << 16) as i64 >> 16,
        put_strikes: strikes * strike_tick as i128,
    };
    let charge = Charge {
        amount: s1 >> 56 | s2 << 8,
        since: s2 >> 56 | (s3 & 0xff_ffff) << 8,
    };
    (slice, charge)
}

/// A node's 64 bits.
pub fn pack_node(node: &Node, strike_tick: u128) -> u64 {
    let net = node.calls as u64 & ((1 << NET_BITS) - 1);
    let ticks = (node.strike / strike_tick) as u64;
    net | ticks << NET_BITS | (node.slice as u64) << (NET_BITS + TICK_BITS)
}

/// Ticks times the tick, WAD, of factors below 2^20 and 2^80: two products of words are cheaper than one of double words.
fn strike(ticks: u64, strike_tick: u128) -> u128 {
    const LOW: u32 = 40;
    let (low, high) = (
        strike_tick as u64 & ((1 << LOW) - 1),
        (strike_tick >> LOW) as u64,
    );
    (((high * ticks) as u128) << LOW) + (low * ticks) as u128
}

/// A node from its 64 bits.
pub fn unpack_node(bits: u64, strike_tick: u128) -> Node {
    let ticks = bits >> NET_BITS & MOST_TICKS as u64;
    Node {
        slice: (bits >> (NET_BITS + TICK_BITS)) as u8,
        strike: strike(ticks, strike_tick),
        calls: (bits << (64 - NET_BITS)) as i64 >> (64 - NET_BITS),
        puts: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slice_survives_its_words_at_both_ends_of_every_field() {
        for sign in [1, -1] {
            let slice = Slice {
                expiry: u32::MAX as u64,
                posted_at: u32::MAX as u64 - 1,
                atm_vol: 3 * FINE * FINE,
                left_wing: FINE,
                right_wing: u32::MAX as u64 * FINE,
                carry: sign * 300_000_000 * FINE as i64,
                spot: u64::MAX as u128 * FINE as u128,
                vol_jump: JUMP_MASK * COARSE,
                carry_jump: COARSE,
                puts: sign * ((1 << 47) - 1),
                put_strikes: sign as i128 * ((1 << 71) - 1) * 25_000_000_000,
            };
            let charge = Charge {
                amount: u64::MAX,
                since: u32::MAX as u64,
            };
            let tick = 25_000_000_000;
            let words = pack_slice(&slice, &charge, tick);
            assert_eq!(unpack_slice(words, tick), (slice, charge));
        }
    }

    #[test]
    fn jumps_are_stored_rounded_up_and_at_most_what_fits() {
        let slice = Slice {
            vol_jump: COARSE + 1,
            carry_jump: u64::MAX,
            ..Slice::default()
        };
        let (stored, _) = unpack_slice(pack_slice(&slice, &Charge::default(), 1), 1);
        assert_eq!(stored.vol_jump, 2 * COARSE);
        assert_eq!(stored.carry_jump, JUMP_MASK * COARSE);
    }

    #[test]
    fn node_survives_its_bits_at_both_ends() {
        for net in [-(1i64 << 39) + 1, -1, 0, (1 << 39) - 1] {
            let node = Node {
                slice: 11,
                strike: MOST_TICKS * 25,
                calls: net,
                puts: 0,
            };
            assert_eq!(unpack_node(pack_node(&node, 25), 25), node);
        }
    }
}
