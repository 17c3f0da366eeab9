//! What wallets and indexers read of a series: names, terms, how much of it there is; and of the domain of signatures.

use alloy_primitives::{fixed_bytes, Address, B256, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::{
    common::{call, put, Market, DAY},
    writing,
};

#[test]
fn series_have_names_that_say_what_they_are() {
    let mut market = Market::new();
    // 2026-12-25 08:00:00 UTC.
    let christmas = 1_798_185_600;
    for (id, name, symbol) in [
        (
            call(christmas, "3000"),
            "ETH 2026-12-25 3000 Call",
            "ETH 2026-12-25 3000 C",
        ),
        (
            put(christmas, "2512.5"),
            "ETH 2026-12-25 2512.5 Put",
            "ETH 2026-12-25 2512.5 P",
        ),
        (
            put(christmas + 8 * 3_600, "1800"),
            "ETH 2026-12-25 16:00 1800 Put",
            "ETH 2026-12-25 16:00 1800 P",
        ),
        (
            call(christmas + 67 * DAY + 59, "0.05"),
            "ETH 2027-03-02 08:00:59 0.05 Call",
            "ETH 2027-03-02 08:00:59 0.05 C",
        ),
    ] {
        assert_eq!(market.view(IPool::name_1Call { id }).unwrap(), name);
        assert_eq!(market.view(IPool::symbol_1Call { id }).unwrap(), symbol);
        assert_eq!(market.view(IPool::decimals_1Call { id }).unwrap(), 18);
    }
    let id = U256::from(1) << 200;
    let error = IPool::InvalidId { id };
    market.view_refuses(IPool::name_1Call { id }, error.clone());
    market.view_refuses(IPool::symbol_1Call { id }, error.clone());
    market.view_refuses(IPool::decimals_1Call { id }, error.clone());
    market.view_refuses(IPool::tokenURICall { id }, error.clone());
    market.view_refuses(IPool::totalSupply_1Call { id }, error);
}

/// Bytes of base64.
fn decoded(text: &str) -> String {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let letters: Vec<u8> = text.bytes().filter(|letter| *letter != b'=').collect();
    let bytes = letters.chunks(4).flat_map(|part| {
        let bits = (0..4).fold(0u32, |bits, index| {
            bits << 6 | part.get(index).map_or(0, |letter| value(*letter) as u32)
        });
        bits.to_be_bytes()[1..part.len()].to_vec()
    });
    String::from_utf8(bytes.collect()).unwrap()
}

fn document(uri: &str) -> serde_json::Value {
    let text = uri.strip_prefix("data:application/json;base64,").unwrap();
    serde_json::from_str(&decoded(text)).unwrap()
}

#[test]
fn the_terms_of_a_series_are_a_document() {
    let mut market = Market::new();
    let id = put(1_798_185_600, "2512.5");
    let uri = market.view(IPool::tokenURICall { id }).unwrap();
    let address = |address: Address| format!("{address:#x}");
    let (base, quote) = (address(market.world.base), address(market.world.quote));
    assert_eq!(
        document(&uri),
        serde_json::json!({
            "name": "ETH 2026-12-25 2512.5 Put",
            "symbol": "ETH 2026-12-25 2512.5 P",
            "decimals": 18,
            "properties": {
                "kind": "put",
                "style": "european",
                "settlement": "cash",
                "strike": "2512.5",
                "expiry": 1_798_185_600,
                "base": base,
                "quote": quote,
            },
        })
    );
    let collection = market.view(IPool::contractURICall {}).unwrap();
    assert_eq!(
        document(&collection),
        serde_json::json!({ "name": "Smirk ETH options" })
    );
}

#[test]
fn the_supply_of_a_series_is_what_its_holders_have() {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let [week, month, _] = market.expiries;
    let (a_call, a_put, other) = (call(week, "2500"), put(week, "2500"), call(month, "2500"));
    let supply = |market: &mut Market, id| market.view(IPool::totalSupply_1Call { id }).unwrap();
    assert_eq!(supply(&mut market, a_call), U256::ZERO);
    market.buy(alice, a_call, "2").unwrap();
    market.buy(bob, a_call, "1.5").unwrap();
    market.buy(bob, a_put, "4").unwrap();
    market.buy(bob, other, "7").unwrap();
    market.sell(alice, a_call, "0.25").unwrap();
    let transfer = IPool::transfer_1Call {
        receiver: bob,
        id: a_call,
        amount: wad("1"),
    };
    market.send(alice, transfer).unwrap();
    for (id, expected) in [(a_call, "3.25"), (a_put, "4"), (other, "7")] {
        assert_eq!(supply(&mut market, id), wad(expected));
        let held = market.position_of(alice, id) + market.position_of(bob, id);
        assert_eq!(held, wad(expected));
    }
    assert_eq!(supply(&mut market, put(month, "2500")), U256::ZERO);
    assert_eq!(supply(&mut market, call(week + 1, "2500")), U256::ZERO);
    let round = market.expire(week + 10, "2550");
    assert_eq!(supply(&mut market, a_call), wad("3.25"));
    market.settle(week, round);
    let expiry = U256::from(week);
    market.view_refuses(
        IPool::totalSupply_1Call { id: a_call },
        IPool::AlreadySettled { expiry },
    );
    assert_eq!(supply(&mut market, other), wad("7"));
}

#[test]
fn the_supply_of_a_series_is_what_wallets_hold_whatever_stands_on_accounts() {
    let (mut market, alice, bob) = writing::start();
    let id = put(market.expiries[1], "2300");
    let supply = |market: &mut Market| market.view(IPool::totalSupply_1Call { id }).unwrap();
    market.trade_on_account(alice, &[(id, "-3")]).unwrap();
    assert_eq!(supply(&mut market), U256::ZERO, "the pool is long");
    market.buy(bob, id, "3").unwrap();
    assert_eq!(supply(&mut market), wad("3"), "the pool is flat");
    market.buy(bob, id, "1").unwrap();
    let deposit = IPool::depositPositionCall {
        id,
        size: wad("2.5"),
    };
    market.send(bob, deposit).unwrap();
    assert_eq!(supply(&mut market), wad("1.5"));
    assert_eq!(market.position_of(bob, id), wad("1.5"));
    market.trade_on_account(alice, &[(id, "1")]).unwrap();
    assert_eq!(supply(&mut market), wad("1.5"));
}

#[test]
fn the_domain_of_signatures_is_told_as_erc_5267_has_it() {
    let mut market = Market::new();
    let domain = market.view(IPool::eip712DomainCall {}).unwrap();
    assert_eq!(domain.fields, fixed_bytes!("0f"));
    assert_eq!(domain.name_, "Smirk Pool Share");
    assert_eq!(domain.version, "1");
    assert_eq!(domain.verifyingContract, market.pool.address);
    assert_eq!(domain.salt, B256::ZERO);
    assert!(domain.extensions.is_empty());
    let separator = alloy_sol_types::Eip712Domain::new(
        Some(domain.name_.into()),
        Some(domain.version.into()),
        Some(domain.chainId),
        Some(domain.verifyingContract),
        None,
    )
    .separator();
    let own = market.view(IPool::DOMAIN_SEPARATORCall {}).unwrap();
    assert_eq!(separator, own);
}
