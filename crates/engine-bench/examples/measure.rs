//! Prints what the engine's arithmetic costs on the devnet: gas of the benchmark program's own frame, from its entry
//! point, host functions and decimal conversions included. Takes the path of the program's processed WASM.

use smirk_devnet::{Address, Chain, ChainConfig, Transaction, U256};
use smirk_engine_bench::Case;

const WAD: u128 = 1_000_000_000_000_000_000;

/// Spot, strike, seconds, vol, rate: the last three in days, per cent and per cent.
const CONTRACTS: [(u128, u128, u64, u64, i64); 8] = [
    (3000, 3000, 7, 80, 0),
    (3000, 3300, 30, 65, 0),
    (3000, 2500, 30, 65, 0),
    (3000, 3300, 30, 65, 5),
    (3000, 2500, 30, 65, 5),
    (60_000, 90_000, 90, 55, 3),
    (3000, 6000, 365, 120, 3),
    (100, 50, 730, 30, 0),
];

fn main() {
    let path = std::env::args().nth(1).expect("path of the program's WASM");
    let wasm = std::fs::read(path).expect("readable WASM");
    let mut chain = Chain::new(ChainConfig::default());
    let owner = Address::repeat_byte(0xa1);
    chain.fund(owner, U256::from(10).pow(U256::from(20)));
    let program = chain.deploy_program(owner, &wasm).expect("deployment");
    chain.activate(owner, program).expect("activation");
    chain.cache_program(program);
    let mut run = |input: Vec<u8>| {
        let outcome = chain.call(Transaction::call(owner, program, input));
        assert!(outcome.is_success(), "{outcome:?}");
        let frame = &outcome.frames[0];
        (outcome.output, frame.ink_used, frame.entry_gas)
    };
    println!(
        "{:40} {:>8} {:>8} {:>8} {:>8}",
        "contract", "nothing", "prices", "greeks", "implied"
    );
    let mut totals = [0f64; 4];
    let mut entry = 0;
    for (spot, strike, days, vol, rate) in CONTRACTS {
        let mut price = [0u8; 16];
        let mut line = format!("S {spot} K {strike} {days} d vol {vol} % rate {rate} %");
        line = format!("{line:40}");
        for (index, case) in Case::ALL.into_iter().enumerate() {
            let mut input = (index as u64).to_le_bytes().to_vec();
            input.extend((spot * WAD + 12_345_678_901).to_le_bytes());
            input.extend(
                (strike * WAD
                    + if spot == strike {
                        12_345_678_901
                    } else {
                        987_654_321
                    })
                .to_le_bytes(),
            );
            input.extend((days * 86_400).to_le_bytes());
            input.extend((vol * 10_000_000_000_000_000).to_le_bytes());
            input.extend((rate * 10_000_000_000_000_000).to_le_bytes());
            input.extend(price);
            let (output, ink, entry_gas) = run(input);
            if case == Case::Prices {
                price.copy_from_slice(&output[..16]);
            }
            let gas = ink as f64 / 10_000.0;
            totals[index] += gas / CONTRACTS.len() as f64;
            entry = entry_gas;
            line += &format!(" {gas:8.2}");
        }
        println!("{line}");
    }
    println!(
        "{:40} {:8.2} {:8.2} {:8.2} {:8.2}",
        "mean", totals[0], totals[1], totals[2], totals[3]
    );
    println!("entering the cached program: {entry} gas");
}
