//! Text, for what wallets show. Its words are numbers in the code, because bytes would be data, which every call pays for.

use alloc::vec::Vec;

use alloy_primitives::Address;

use crate::scale::WAD;

/// ASCII text that grows.
#[derive(Default)]
pub struct Text(Vec<u8>);

/// Eight bytes of a literal from `start` on, the first lowest; zero beyond its end.
pub const fn chunk(bytes: &[u8], start: usize) -> u64 {
    let (mut chunk, mut index) = (0, 0);
    while index < 8 && start + index < bytes.len() {
        chunk |= (bytes[start + index] as u64) << (8 * index);
        index += 1;
    }
    chunk
}

/// `say!(text, "literal")`: appends a literal of at most 64 bytes without a zero byte.
macro_rules! say {
    ($text:expr, $literal:literal) => {{
        const BYTES: &[u8] = $literal.as_bytes();
        const { assert!(BYTES.len() <= 64) };
        $crate::io::text::say!(@ $text, BYTES, 0 8 16 24 32 40 48 56)
    }};
    (@ $text:expr, $bytes:ident, $($start:literal)*) => {{
        $(if $bytes.len() > $start {
            $text.chunk(const { $crate::io::text::chunk($bytes, $start) });
        })*
    }};
}
pub(crate) use say;

impl Text {
    /// Appends the bytes of a chunk up to its first zero, lowest first.
    #[inline(never)]
    pub fn chunk(&mut self, mut chunk: u64) {
        while chunk & 0xff != 0 {
            self.0.push(chunk as u8);
            chunk >>= 8;
        }
    }

    /// Appends what of some bytes is printable and needs no escape in JSON.
    #[inline(never)]
    pub fn printable(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if matches!(byte, 0x20..=0x7e) && !matches!(byte, b'"' | b'\\') {
                self.0.push(*byte);
            }
        }
    }

    /// Appends a number with at least so many digits.
    #[inline(never)]
    pub fn number(&mut self, number: u128, digits: u32) {
        let start = self.0.len();
        let mut left = number;
        while left != 0 || self.0.len() < start + digits as usize {
            self.0.push(b'0' + (left % 10) as u8);
            left /= 10;
        }
        self.0[start..].reverse();
    }

    /// Appends a WAD as a decimal number without zeros at its end.
    #[inline(never)]
    pub fn decimal(&mut self, wad: u128) {
        self.number(wad / WAD, 1);
        let mut rest = wad % WAD;
        if rest == 0 {
            return;
        }
        say!(self, ".");
        let mut digits = 18;
        while rest.is_multiple_of(10) {
            rest /= 10;
            digits -= 1;
        }
        self.number(rest, digits);
    }

    /// Appends an address in lower case.
    #[inline(never)]
    pub fn address(&mut self, address: Address) {
        say!(self, "0x");
        for byte in address {
            for nibble in [byte >> 4, byte & 15] {
                self.0
                    .push(nibble + if nibble < 10 { b'0' } else { b'a' - 10 });
            }
        }
    }

    /// Appends bytes in base64.
    #[inline(never)]
    pub fn base64(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(3) {
            let bits = part
                .iter()
                .fold(0u32, |bits, byte| bits << 8 | *byte as u32);
            let bits = bits << (8 * (3 - part.len()));
            for index in 0..4 {
                let value = (bits >> (18 - 6 * index)) as u8 & 63;
                let digit = match value {
                    0..26 => b'A' + value,
                    26..52 => b'a' + value - 26,
                    52..62 => b'0' + value - 52,
                    62 => b'+',
                    _ => b'/',
                };
                self.0.push(if index > part.len() { b'=' } else { digit });
            }
        }
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Text)) -> String {
        let mut text = Text::default();
        write(&mut text);
        String::from_utf8(text.0).unwrap()
    }

    #[test]
    fn literals_of_all_lengths_are_written_in_full() {
        assert_eq!(written(|text| say!(text, "")), "");
        assert_eq!(written(|text| say!(text, "a")), "a");
        assert_eq!(written(|text| say!(text, "eight by")), "eight by");
        assert_eq!(written(|text| say!(text, "nine byte")), "nine byte");
        let longest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        assert_eq!(
            written(|text| say!(
                text,
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
            )),
            longest
        );
    }

    #[test]
    fn decimals_have_no_zeros_at_the_end() {
        for (wad, expected) in [
            (0, "0"),
            (WAD, "1"),
            (3_000 * WAD, "3000"),
            (WAD / 2, "0.5"),
            (25 * WAD / 1_000 + 7 * WAD, "7.025"),
            (1, "0.000000000000000001"),
            (u128::MAX, "340282366920938463463.374607431768211455"),
        ] {
            assert_eq!(written(|text| text.decimal(wad)), expected);
        }
    }

    /// The vectors of RFC 4648, section 10.
    #[test]
    fn base64_is_that_of_the_standard() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(written(|text| text.base64(plain.as_bytes())), encoded);
        }
        let all: Vec<u8> = (0..=255).collect();
        let text = written(|text| text.base64(&all));
        assert!(text.contains("+/") || text.contains('+') && text.contains('/'));
    }

    #[test]
    fn what_json_would_escape_is_left_out() {
        let text = written(|text| text.printable(b"A\"B\\C\n\x00D\xc3\xa9 e"));
        assert_eq!(text, "ABCD e");
    }
}
