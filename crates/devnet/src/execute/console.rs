//! What Solidity contracts say through `console.log`, of Hardhat and of Forge alike: calls to an address without code, which cost what
//! such a call costs.

use std::collections::HashMap;
use std::sync::LazyLock;

use alloy_primitives::{address, hex, keccak256, Address, I256, U256};

/// Where they go: `console.log` in letters.
pub(super) const CONSOLE: Address = address!("000000000000000000636F6e736F6c652e6c6f67");

/// Most arguments that `log` takes.
const MOST_ARGUMENTS: usize = 4;

/// The types of what `log` takes in any combination. Early versions hashed `uint`, which is no type of the ABI.
const COMBINED: [(&str, Kind); 5] = [
    ("uint256", Kind::Unsigned),
    ("uint", Kind::Unsigned),
    ("string", Kind::Text),
    ("bool", Kind::Truth),
    ("address", Kind::Address),
];

/// How an argument is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unsigned,
    Signed,
    Truth,
    Address,
    Text,
    Bytes,
    FixedBytes(usize),
}

/// The text of a call to the console; `None` for what it does not know.
pub(super) fn text(input: &[u8]) -> Option<String> {
    let (selector, arguments) = input.split_first_chunk()?;
    let kinds = METHODS.get(selector)?;
    let values: Option<Vec<Value>> = kinds
        .iter()
        .enumerate()
        .map(|(index, kind)| Value::read(*kind, arguments, index))
        .collect();
    Some(written(&values?))
}

static METHODS: LazyLock<HashMap<[u8; 4], Vec<Kind>>> = LazyLock::new(|| {
    let mut methods = HashMap::new();
    let mut add = |types: &[(&str, Kind)]| {
        let names: Vec<&str> = types.iter().map(|(name, _)| *name).collect();
        let signature = format!("log({})", names.join(","));
        let hash = keccak256(signature);
        let kinds = types.iter().map(|(_, kind)| *kind).collect();
        methods.insert([hash[0], hash[1], hash[2], hash[3]], kinds);
    };
    let mut combinations: Vec<Vec<(&str, Kind)>> = vec![Vec::new()];
    for _ in 0..=MOST_ARGUMENTS {
        for types in &combinations {
            add(types);
        }
        let longer = combinations.iter().flat_map(|types| {
            COMBINED
                .iter()
                .map(|last| types.iter().chain([last]).copied().collect())
        });
        combinations = longer.collect();
    }
    let signed = ("int256", Kind::Signed);
    add(&[("string", Kind::Text), signed]);
    let sized: Vec<String> = (1..=32).map(|size| format!("bytes{size}")).collect();
    let sized = (1..)
        .zip(&sized)
        .map(|(size, name)| (name.as_str(), Kind::FixedBytes(size)));
    let alone = [signed, ("int", Kind::Signed), ("bytes", Kind::Bytes)];
    for kind in alone.into_iter().chain(sized) {
        add(&[kind]);
    }
    methods
});

/// An argument.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Unsigned(U256),
    Signed(I256),
    Truth(bool),
    Address(Address),
    Text(String),
    Bytes(Vec<u8>),
}

impl Value {
    /// The argument at `index`, if it is there.
    fn read(kind: Kind, arguments: &[u8], index: usize) -> Option<Self> {
        let word = word_at(arguments, index.checked_mul(32)?)?;
        let number = U256::from_be_bytes(word);
        Some(match kind {
            Kind::Unsigned => Self::Unsigned(number),
            Kind::Signed => Self::Signed(I256::from_raw(number)),
            Kind::Truth => Self::Truth(!number.is_zero()),
            Kind::Address => Self::Address(Address::from_word(word.into())),
            Kind::FixedBytes(size) => Self::Bytes(word[..size].to_vec()),
            Kind::Text => {
                Self::Text(String::from_utf8_lossy(tail(arguments, number)?).into_owned())
            }
            Kind::Bytes => Self::Bytes(tail(arguments, number)?.to_vec()),
        })
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsigned(number) => write!(f, "{number}"),
            Self::Signed(number) => write!(f, "{number}"),
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Address(address) => write!(f, "{address}"),
            Self::Text(text) => f.write_str(text),
            Self::Bytes(bytes) => f.write_str(&hex::encode_prefixed(bytes)),
        }
    }
}

fn word_at(arguments: &[u8], start: usize) -> Option<[u8; 32]> {
    arguments.get(start..)?.first_chunk().copied()
}

/// What stands at an offset after its length.
fn tail(arguments: &[u8], offset: U256) -> Option<&[u8]> {
    let offset = usize::try_from(offset).ok()?;
    let length = U256::from_be_bytes(word_at(arguments, offset)?);
    let start = offset.checked_add(32)?;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    arguments.get(start..end)
}

/// The values beside each other; those for which the first one, a text, has a place (`%s`, `%d`, `%i`, `%o`, `%x`) go there.
fn written(values: &[Value]) -> String {
    let mut rest = values.iter();
    let mut text = match values.first() {
        Some(Value::Text(form)) => {
            rest.next();
            filled_in(form, &mut rest)
        }
        _ => String::new(),
    };
    let has_begun = rest.len() < values.len();
    for (index, value) in rest.enumerate() {
        if index > 0 || has_begun {
            text.push(' ');
        }
        text += &value.to_string();
    }
    text
}

fn filled_in<'a>(form: &str, values: &mut impl Iterator<Item = &'a Value>) -> String {
    let mut text = String::with_capacity(form.len());
    let mut letters = form.chars().peekable();
    while let Some(letter) = letters.next() {
        let place = letters
            .peek()
            .copied()
            .filter(|_| letter == '%')
            .unwrap_or(' ');
        let value = match place {
            '%' => Some("%".to_owned()),
            's' | 'd' | 'i' | 'o' => values.next().map(ToString::to_string),
            'x' => values.next().map(|value| match value {
                Value::Unsigned(number) => format!("{number:#x}"),
                other => other.to_string(),
            }),
            _ => None,
        };
        match value {
            Some(value) => {
                letters.next();
                text += &value;
            }
            None => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Selectors that are in the libraries' sources.
    #[test]
    fn methods_are_found_by_the_selectors_that_contracts_have() {
        for (selector, kinds) in [
            ([0x51, 0x97, 0x3e, 0xc9], vec![]),
            ([0xf8, 0x2c, 0x50, 0xf1], vec![Kind::Unsigned]),
            ([0xf5, 0xb1, 0xbb, 0xa9], vec![Kind::Unsigned]),
            ([0x41, 0x30, 0x4f, 0xac], vec![Kind::Text]),
            ([0x2d, 0x5b, 0x6c, 0xb9], vec![Kind::Signed]),
            ([0x3c, 0xa6, 0x26, 0x8e], vec![Kind::Text, Kind::Signed]),
            ([0xb6, 0x0e, 0x72, 0xcc], vec![Kind::Text, Kind::Unsigned]),
            ([0x0b, 0xe7, 0x7f, 0x56], vec![Kind::Bytes]),
            ([0x27, 0xb7, 0xcf, 0x85], vec![Kind::FixedBytes(32)]),
        ] {
            assert_eq!(METHODS.get(&selector), Some(&kinds), "{selector:02x?}");
        }
    }

    #[test]
    fn values_go_where_the_text_has_places() {
        let text = |text: &str| Value::Text(text.to_owned());
        let number = |number: u64| Value::Unsigned(U256::from(number));
        for (values, expected) in [
            (vec![], ""),
            (vec![number(7), Value::Truth(true)], "7 true"),
            (vec![text("a"), number(7), text("b")], "a 7 b"),
            (vec![text("a %s, %d"), number(7), number(8)], "a 7, 8"),
            (
                vec![text("%x %% %s %q"), number(255), text("b"), number(1)],
                "0xff % b %q 1",
            ),
            (vec![text("100%"), number(1)], "100% 1"),
            (vec![text("%s and %s"), number(1)], "1 and %s"),
            (vec![text(""), number(1)], " 1"),
        ] {
            assert_eq!(written(&values), expected, "{values:?}");
        }
    }

    #[test]
    fn what_does_not_hold_its_arguments_says_nothing() {
        let log = [0x41, 0x30, 0x4f, 0xac];
        let word = |number: u64| U256::from(number).to_be_bytes::<32>();
        let huge = U256::MAX.to_be_bytes::<32>();
        for arguments in [
            vec![],
            word(32).to_vec(),
            [word(32), word(1)].concat(),
            [word(32), huge].concat(),
            [huge, huge].concat(),
        ] {
            assert_eq!(text(&[&log[..], &arguments].concat()), None);
        }
        assert_eq!(text(&[1, 2, 3]), None);
        assert_eq!(text(&[1, 2, 3, 4]), None);
    }
}
