//! Recovery of the account that signed, over the curve y² = x³ + 7, by the textbook.

use crate::keccak::keccak256;
use crate::word::{add_modulo, divide, multiply_modulo, of, subtract};
use crate::world::Word;

/// 2^256 less this is the field's prime.
const FIELD_GAP: u128 = (1 << 32) + 977;
/// Number of points.
const ORDER: Word = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
    0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
];
/// Abscissa of the generator, whose ordinate is even.
const GENERATOR: Word = [
    0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07,
    0x02, 0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98,
];
const ZERO: Word = [0; 32];

/// A point other than the one at infinity.
#[derive(Clone, Copy)]
struct Point {
    x: Word,
    y: Word,
    /// The true coordinates are x / z² and y / z³.
    z: Word,
}

fn prime() -> Word {
    subtract(&ZERO, &of(FIELD_GAP))
}

/// Arithmetic modulo a prime.
struct Field(Word);

impl Field {
    fn add(&self, a: &Word, b: &Word) -> Word {
        add_modulo(a, b, &self.0)
    }

    fn sub(&self, a: &Word, b: &Word) -> Word {
        self.add(a, &subtract(&self.0, b))
    }

    fn mul(&self, a: &Word, b: &Word) -> Word {
        multiply_modulo(a, b, &self.0)
    }

    fn power(&self, base: &Word, exponent: &Word) -> Word {
        let mut result = of(1);
        for bit in bits(exponent) {
            result = self.mul(&result, &result);
            if bit {
                result = self.mul(&result, base);
            }
        }
        result
    }

    /// The inverse, by Fermat.
    fn inverse(&self, a: &Word) -> Word {
        self.power(a, &subtract(&self.0, &of(2)))
    }
}

/// Bits of a number, the highest first.
fn bits(number: &Word) -> impl Iterator<Item = bool> + '_ {
    number
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
}

fn double(field: &Field, p: &Point) -> Point {
    let squared = field.mul(&p.y, &p.y);
    let s = field.mul(&of(4), &field.mul(&p.x, &squared));
    let m = field.mul(&of(3), &field.mul(&p.x, &p.x));
    let x = field.sub(&field.mul(&m, &m), &field.add(&s, &s));
    let fourth = field.mul(&of(8), &field.mul(&squared, &squared));
    Point {
        x,
        y: field.sub(&field.mul(&m, &field.sub(&s, &x)), &fourth),
        z: field.mul(&of(2), &field.mul(&p.y, &p.z)),
    }
}

fn add(field: &Field, p: Option<Point>, q: Option<Point>) -> Option<Point> {
    let (Some(p), Some(q)) = (p, q) else {
        return p.or(q);
    };
    let (pz, qz) = (field.mul(&p.z, &p.z), field.mul(&q.z, &q.z));
    let (px, qx) = (field.mul(&p.x, &qz), field.mul(&q.x, &pz));
    let py = field.mul(&p.y, &field.mul(&qz, &q.z));
    let qy = field.mul(&q.y, &field.mul(&pz, &p.z));
    let (run, rise) = (field.sub(&qx, &px), field.sub(&qy, &py));
    if run == ZERO {
        return (rise == ZERO).then(|| double(field, &p));
    }
    let squared = field.mul(&run, &run);
    let cubed = field.mul(&squared, &run);
    let v = field.mul(&px, &squared);
    let x = field.sub(
        &field.sub(&field.mul(&rise, &rise), &cubed),
        &field.add(&v, &v),
    );
    Some(Point {
        x,
        y: field.sub(
            &field.mul(&rise, &field.sub(&v, &x)),
            &field.mul(&py, &cubed),
        ),
        z: field.mul(&run, &field.mul(&p.z, &q.z)),
    })
}

fn multiply(field: &Field, point: &Point, factor: &Word) -> Option<Point> {
    let mut sum = None;
    for bit in bits(factor) {
        sum = sum.map(|sum| double(field, &sum));
        if bit {
            sum = add(field, sum, Some(*point));
        }
    }
    sum
}

/// The point with this abscissa and an odd or even ordinate.
fn lift(field: &Field, x: &Word, odd: bool) -> Option<Point> {
    let cube = field.mul(x, &field.mul(x, x));
    let square = field.add(&cube, &of(7));
    // The prime is three more than a multiple of four.
    let quarter = divide(&subtract(&field.0, &of(3)), &of(4));
    let root = field.mul(&field.power(&square, &quarter), &square);
    if field.mul(&root, &root) != square {
        return None;
    }
    let y = if (root[31] & 1 == 1) == odd {
        root
    } else {
        subtract(&field.0, &root)
    };
    Some(Point { x: *x, y, z: of(1) })
}

/// Account that signed, as the precompile gives it, for hash, v, r and s, a word each; none if nobody can have.
pub(crate) fn recover(input: &[u8]) -> Option<Vec<u8>> {
    let mut padded = input.to_vec();
    padded.resize(128.max(padded.len()), 0);
    let part = |at: usize| -> Word { padded[32 * at..32 * at + 32].try_into().expect("a word") };
    let [hash, v, r, s] = [part(0), part(1), part(2), part(3)];
    let odd = match v {
        v if v == of(27) => false,
        v if v == of(28) => true,
        _ => return None,
    };
    if [r, s].iter().any(|part| *part == ZERO || *part >= ORDER) {
        return None;
    }
    let (field, scalars) = (Field(prime()), Field(ORDER));
    let base = lift(&field, &r, odd)?;
    let generator = lift(&field, &GENERATOR, false).expect("it is on the curve");
    let inverse = scalars.inverse(&r);
    let hash = scalars.mul(&hash, &inverse);
    let first = multiply(&field, &generator, &scalars.sub(&ZERO, &hash));
    let second = multiply(&field, &base, &scalars.mul(&s, &inverse));
    let key = add(&field, first, second)?;
    let inverse = field.inverse(&key.z);
    let squared = field.mul(&inverse, &inverse);
    let x = field.mul(&key.x, &squared);
    let y = field.mul(&key.y, &field.mul(&squared, &inverse));
    let mut account = keccak256(&[x, y].concat()).to_vec();
    account[..12].fill(0);
    Some(account)
}

#[cfg(test)]
mod tests {
    use super::recover;

    fn bytes(digits: &str) -> Vec<u8> {
        let pair = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hex");
        (0..digits.len()).step_by(2).map(pair).collect()
    }

    #[test]
    fn known_signer() {
        let input = bytes(
            "456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3\
             000000000000000000000000000000000000000000000000000000000000001c\
             9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac8038825608\
             4f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada",
        );
        let account = recover(&input).expect("somebody");
        assert_eq!(
            account[12..],
            bytes("7156526fbd7a3c72969b54f64e42c10fbb768c8a")
        );
        assert_eq!(recover(&input[..96]), None);
    }
}
