//! Chains written down and read back.

use inkhorn_chain::{Address, Chain, ChainConfig, ChainDump, LoadError, Transaction, B256, U256};

use crate::common::modules::{self, bytes};
use crate::common::script::{interpreter, Script};
use crate::common::{chain_with, deploy, poke, program, ALICE};

/// A chain that has something of everything.
fn lived() -> (Chain, [Address; 3]) {
    let mut chain = chain_with(ChainConfig {
        chain_id: 77,
        ..ChainConfig::default()
    });
    let stylus = interpreter(&mut chain);
    let echo = program(&mut chain, &bytes(modules::ECHO));
    let counter = deploy(&mut chain, "5f 54 6001 01 80 5f 55 5f 52 6020 5f f3");
    chain.add_cache_manager(ALICE);
    chain.advance(86_400);
    chain.set_base_fee(20_000_000);
    for _ in 0..3 {
        assert!(poke(&mut chain, counter).is_success());
        let number = chain.block_number();
        chain.set_block_hash(number, B256::repeat_byte(number as u8));
    }
    let store = Script::new().store(1, 2).store(u64::MAX, 3).flush(true);
    assert!(chain
        .transact(Transaction::call(ALICE, stylus, store))
        .is_success());
    (chain, [stylus, echo, counter])
}

fn dumped(chain: &Chain) -> Vec<u8> {
    let mut bytes = Vec::new();
    chain.dump(&mut bytes).expect("memory takes everything");
    bytes
}

/// A life after the dump, as everything that can be seen of it.
fn future(chain: &mut Chain, [stylus, echo, counter]: [Address; 3]) -> String {
    let mut seen = Vec::new();
    let calls = [
        Transaction::call(ALICE, counter, vec![]),
        Transaction::call(ALICE, echo, vec![1, 2, 3]),
        Transaction::call(ALICE, stylus, Script::new().load(1).load(u64::MAX)),
        Transaction::create(ALICE, vec![0x00]),
    ];
    for tx in calls {
        seen.push(chain.call(tx.clone()));
        seen.push(chain.transact(tx.clone()));
        seen.extend(chain.transact_batch(vec![tx.clone(), tx]));
    }
    let hashes: Vec<_> = (0..10).map(|number| chain.block_hash(number)).collect();
    format!(
        "{seen:?} {hashes:?} {} {} {} {:?}",
        chain.now(),
        chain.block_number(),
        chain.l1_block_number(),
        chain.config()
    )
}

#[test]
fn a_loaded_chain_does_what_the_other_does() {
    let (mut chain, contracts) = lived();
    let dump = dumped(&chain);
    let mut loaded = Chain::load(&dump[..]).expect("a whole dump");
    assert_eq!(dumped(&loaded), dump);
    assert_eq!(
        future(&mut loaded, contracts),
        future(&mut chain, contracts)
    );
    assert_eq!(dumped(&loaded), dumped(&chain));
}

#[test]
fn programs_called_in_the_latest_block_are_kept() {
    let (mut chain, [_, echo, _]) = lived();
    let call = Transaction::call(ALICE, echo, vec![1]);
    chain.transact_batch(vec![call.clone(), call]);
    let loaded = Chain::load(&dumped(&chain)[..]).unwrap();
    assert_eq!(loaded.to_dump(), chain.to_dump());
    let text = String::from_utf8(dumped(&chain)).unwrap();
    let program = chain.code_hash(echo);
    assert!(text.contains(&format!("\"recent_programs\":[\"{program}\"]")));
}

#[test]
fn an_account_that_was_emptied_still_exists_after_loading() {
    let (mut chain, _) = lived();
    let funded = Address::repeat_byte(0x31);
    chain.fund(funded, U256::ZERO);
    let loaded = Chain::load(&dumped(&chain)[..]).unwrap();
    assert!(loaded.accounts().any(|account| account == funded));
    assert_eq!(loaded.code_hash(funded), chain.code_hash(funded));
}

#[test]
fn a_dump_fits_into_a_larger_file() {
    let (chain, _) = lived();
    let file = serde_json::to_string(&vec![chain.to_dump()]).unwrap();
    let [dump]: [ChainDump; 1] = serde_json::from_str(&file).unwrap();
    assert_eq!(dumped(&Chain::restore(dump).unwrap()), dumped(&chain));
}

#[test]
fn another_version_is_named() {
    let (chain, _) = lived();
    let text = String::from_utf8(dumped(&chain)).unwrap();
    for other in [1, 3] {
        let text = text.replacen("\"version\":2", &format!("\"version\":{other}"), 1);
        let error = Chain::load(text.as_bytes()).unwrap_err();
        assert!(
            matches!(error, LoadError::UnknownFormat { version, .. } if version == other),
            "{error}"
        );
    }
}

#[test]
fn an_edited_dump_is_refused() {
    let (chain, _) = lived();
    let text = String::from_utf8(dumped(&chain)).unwrap();
    for (from, to) in [
        ("\"time\":", "\"time\":1"),
        ("\"block_number\":", "\"block_number\":1"),
        ("\"chain_id\":77", "\"chain_id\":78"),
        ("\"nonce\":1", "\"nonce\":2"),
    ] {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text);
        let error = Chain::load(edited.as_bytes()).unwrap_err();
        assert!(matches!(error, LoadError::Altered), "{from}: {error}");
    }
}

#[test]
fn damage_anywhere_is_an_error() {
    let (mut chain, contracts) = lived();
    let whole = dumped(&chain);
    let expected = future(&mut chain, contracts);
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    for length in (0..300).map(|at| whole.len() * at / 300) {
        assert!(
            Chain::load(&whole[..length]).is_err(),
            "cut to {length} bytes"
        );
    }
    for _ in 0..1_500 {
        let mut damaged = whole.clone();
        let at = next(whole.len());
        match next(4) {
            0 => damaged[at] ^= 1 << next(8),
            1 => damaged[at] = b"0123456789abcdefx\",:{}[] \0\xff"[next(26)],
            2 => drop(damaged.drain(at..(at + 1 + next(40)).min(whole.len()))),
            _ => {
                let from = next(whole.len() - 40);
                let piece = whole[from..from + 1 + next(40)].to_vec();
                damaged.splice(at..at, piece);
            }
        }
        // What still loads means the same: a digit in upper case, a space.
        if let Ok(mut loaded) = Chain::load(&damaged[..]) {
            assert_eq!(dumped(&loaded), whole, "changed at {at}");
            assert_eq!(future(&mut loaded, contracts), expected);
        }
    }
}
