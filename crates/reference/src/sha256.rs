//! SHA-256. Its constants are the first bits of the roots of the first primes, which integers are enough to find.

/// Some primes, from the first on.
fn primes(count: usize) -> Vec<u128> {
    let is_prime = |number: &u128| (2..*number).all(|divisor| !number.is_multiple_of(divisor));
    (2..).filter(is_prime).take(count).collect()
}

/// First 32 bits after the point of the n-th root of a small number.
fn fraction(number: u128, root: u32) -> u32 {
    // The largest x whose power is at most the number moved up by 32 bits for each factor.
    let target = number << (32 * root);
    let (mut below, mut above) = (0_u128, 1 << 36);
    while below + 1 < above {
        let middle = (below + above) / 2;
        match middle
            .checked_pow(root)
            .is_some_and(|power| power <= target)
        {
            true => below = middle,
            false => above = middle,
        }
    }
    below as u32
}

/// Hash of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let rounds: Vec<u32> = primes(64).into_iter().map(|p| fraction(p, 3)).collect();
    let mut state: Vec<u32> = primes(8).into_iter().map(|p| fraction(p, 2)).collect();
    let mut padded = bytes.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((bytes.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        compress(&mut state, block, &rounds);
    }
    let mut hash = [0; 32];
    for (place, word) in hash.chunks_mut(4).zip(state) {
        place.copy_from_slice(&word.to_be_bytes());
    }
    hash
}

fn compress(state: &mut [u32], block: &[u8], rounds: &[u32]) {
    let mut schedule: Vec<u32> = (block.chunks(4))
        .map(|bytes| u32::from_be_bytes(bytes.try_into().expect("four bytes")))
        .collect();
    for at in 16..64 {
        let (early, late) = (schedule[at - 15], schedule[at - 2]);
        let first = early.rotate_right(7) ^ early.rotate_right(18) ^ (early >> 3);
        let second = late.rotate_right(17) ^ late.rotate_right(19) ^ (late >> 10);
        let sum = schedule[at - 16]
            .wrapping_add(first)
            .wrapping_add(schedule[at - 7])
            .wrapping_add(second);
        schedule.push(sum);
    }
    let mut turned = state.to_vec();
    for (word, round) in schedule.iter().zip(rounds) {
        let [a, b, c, e] = [turned[0], turned[1], turned[2], turned[4]];
        let chosen = (e & turned[5]) ^ (!e & turned[6]);
        let mixed = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let first = turned[7]
            .wrapping_add(mixed)
            .wrapping_add(chosen)
            .wrapping_add(*round)
            .wrapping_add(*word);
        let most = (a & b) ^ (a & c) ^ (b & c);
        let mixed = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        turned.rotate_right(1);
        turned[0] = first.wrapping_add(mixed.wrapping_add(most));
        turned[4] = turned[4].wrapping_add(first);
    }
    for (word, turned) in state.iter_mut().zip(turned) {
        *word = word.wrapping_add(turned);
    }
}

#[cfg(test)]
mod tests {
    use super::sha256;

    #[test]
    fn known_hashes() {
        assert_eq!(sha256(b"")[..4], [0xe3, 0xb0, 0xc4, 0x42]);
        assert_eq!(sha256(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(sha256(&[0x61; 200])[..], sha256(&[b'a'; 200])[..]);
    }
}
