//! Runs the benchmark programs and the harnesses of published Solidity libraries on one chain, over the same inputs, and
//! prints what each run cost and answered; `scripts/vectors/peers.py` makes the inputs and judges the answers.
//!
//! Usage: peers CONTRACTS INPUTS ENGINE_WASM SPECIAL_WASM. INPUTS holds `options`, `implied`, `distribution`, `exp`, `ln`
//! and `sqrt`: one input a line, in decimal words. A line of output: library, contract, input, gas of a first and of a
//! second call from another contract, gas of the program's own frame (`-` for EVM code) and the answer's words, or `none`.
//! The words of a native answer are not decimal and nobody reads them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use inkhorn_chain::{Address, Bytes, Chain, ChainConfig, Transaction, U256};
use smirk_engine::black_scholes::years;
use smirk_engine::real::Real;
use smirk_engine_bench::Case;
use smirk_special_bench::Function;

type Inputs = BTreeMap<&'static str, Vec<Vec<i128>>>;

const INPUT_FILES: [&str; 6] = ["options", "implied", "distribution", "exp", "ln", "sqrt"];

struct Bench {
    chain: Chain,
    owner: Address,
    caller: Address,
}

/// What two calls in a row from another contract cost, and what the second answered.
struct Called {
    first: U256,
    second: U256,
    answer: Option<Bytes>,
}

impl Bench {
    fn new(contracts: &Path) -> Self {
        let mut chain = Chain::new(ChainConfig::default());
        let owner = Address::repeat_byte(0xa1);
        chain.fund(owner, U256::from(10).pow(U256::from(20)));
        let code = creation_code(&contracts.join("Caller.Caller.hex"));
        let caller = chain.deploy(owner, code).expect("deployment");
        Self {
            chain,
            owner,
            caller,
        }
    }

    fn deploy_program(&mut self, path: &Path) -> Address {
        let wasm = std::fs::read(path).expect("readable WASM");
        let program = self
            .chain
            .deploy_program(self.owner, &wasm)
            .expect("deployment");
        self.chain
            .activate(self.owner, program)
            .expect("activation");
        self.chain.cache_program(program);
        program
    }

    fn call(&mut self, target: Address, data: &[u8]) -> Called {
        let mut input = target.into_word().to_vec();
        input.extend(data);
        let outcome = self
            .chain
            .call(Transaction::call(self.owner, self.caller, input));
        assert!(outcome.is_success(), "{outcome:?}");
        let word = |index: usize| U256::from_be_slice(&outcome.output[32 * index..][..32]);
        Called {
            first: word(0),
            second: word(1),
            answer: (!word(2).is_zero()).then(|| outcome.output.slice(96..)),
        }
    }

    /// Gas of the program's own frame, and of entering it, when the transaction calls it directly.
    fn frame_gas(&mut self, program: Address, data: &[u8]) -> (f64, u64) {
        let call = Transaction::call(self.owner, program, data.to_vec());
        let frame = &self.chain.call(call).frames[0];
        (frame.ink_used as f64 / 10_000.0, frame.entry_gas)
    }

    fn print(&mut self, name: &str, index: usize, target: Address, data: &[u8], is_program: bool) {
        let called = self.call(target, data);
        let own = match is_program {
            true => format!("{:.4}", self.frame_gas(target, data).0),
            false => "-".to_string(),
        };
        let answer = match called.answer {
            None => "none".to_string(),
            Some(bytes) if is_program => words(&bytes, 16, little_endian),
            Some(bytes) => words(&bytes, 32, big_endian),
        };
        println!(
            "{name} {index} {} {} {own} {answer}",
            called.first, called.second
        );
    }
}

fn words(bytes: &[u8], size: usize, decode: fn(&[u8]) -> i128) -> String {
    let words = bytes.chunks(size).map(|word| decode(word).to_string());
    words.collect::<Vec<_>>().join(" ")
}

fn little_endian(word: &[u8]) -> i128 {
    i128::from_le_bytes(word.try_into().expect("16 bytes"))
}

/// The low half of a signed word; every value here fits.
fn big_endian(word: &[u8]) -> i128 {
    i128::from_be_bytes(word[16..].try_into().expect("16 bytes"))
}

fn creation_code(path: &Path) -> Bytes {
    let text = std::fs::read_to_string(path).expect("readable creation code");
    let bytes = (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16));
    bytes.collect::<Result<Vec<_>, _>>().expect("hex").into()
}

fn read_inputs(folder: &Path) -> Inputs {
    let read = |name| {
        let text = std::fs::read_to_string(folder.join(name)).expect("readable inputs");
        let line = |line: &str| {
            line.split(' ')
                .map(|word| word.parse().expect("word"))
                .collect()
        };
        (name, text.lines().map(line).collect())
    };
    INPUT_FILES.into_iter().map(read).collect()
}

/// The inputs that a contract of a harness is run over, and whether it takes an option.
fn inputs_of(contract: &str) -> (&'static str, bool) {
    match contract {
        "ImpliedVol" => ("implied", true),
        "Distribution" => ("distribution", false),
        "Exp" => ("exp", false),
        "Ln" => ("ln", false),
        "Sqrt" => ("sqrt", false),
        "NothingOfNumber" => ("distribution", false),
        _ => ("options", true),
    }
}

/// First four bytes of the hashes of `run(uint128,uint128,uint32,uint64,uint64,uint128)` and `run(int256)`.
const RUN_OPTION: [u8; 4] = [0xad, 0x40, 0x3d, 0xaa];
const RUN_NUMBER: [u8; 4] = [0x61, 0xa4, 0x77, 0x06];

fn calldata(words: &[i128], is_option: bool) -> Vec<u8> {
    let mut data = if is_option { RUN_OPTION } else { RUN_NUMBER }.to_vec();
    for word in words {
        data.extend(if *word < 0 { [0xff; 16] } else { [0; 16] });
        data.extend(word.to_be_bytes());
    }
    data
}

fn run_contracts(bench: &mut Bench, contracts: &Path, inputs: &Inputs) {
    let entries = std::fs::read_dir(contracts).expect("folder of contracts");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("entry").path()).collect();
    paths.sort();
    for path in paths {
        let stem = path
            .file_stem()
            .expect("name")
            .to_string_lossy()
            .into_owned();
        let (library, contract) = stem.split_once('.').expect("LIBRARY.CONTRACT.hex");
        if library == "Caller" {
            continue;
        }
        let address = bench
            .chain
            .deploy(bench.owner, creation_code(&path))
            .expect("deployment");
        let (file, is_option) = inputs_of(contract);
        for (index, words) in inputs[file].iter().enumerate() {
            let data = calldata(words, is_option);
            bench.print(
                &format!("{library} {contract}"),
                index,
                address,
                &data,
                false,
            );
        }
    }
}

/// What is measured of the engine: its name in the report, the case, and whether that takes native numbers. A contract's
/// ABI is decimal, so the decimal cases are what stands beside the libraries.
const CASES: [(&str, Case, bool); 8] = [
    ("Nothing", Case::DecimalNothing, false),
    ("Prices", Case::DecimalPrices, false),
    ("Greeks", Case::DecimalGreeks, false),
    ("ImpliedVol", Case::DecimalImpliedVol, false),
    ("NativeNothing", Case::Nothing, true),
    ("NativePrices", Case::Prices, true),
    ("NativeGreeks", Case::Greeks, true),
    ("NativeImpliedVol", Case::ImpliedVol, true),
];

fn option_request(case: Case, words: &[i128], is_native: bool) -> Vec<u8> {
    let [spot, strike, seconds, vol, rate, price] = *words else {
        panic!("an option has six words: {words:?}");
    };
    let mut data = (case as u64).to_le_bytes().to_vec();
    if is_native {
        let tau = years(seconds as u64);
        let wad = Real::from_wad_i128;
        for number in [wad(spot), wad(strike), tau, wad(vol), wad(rate), wad(price)] {
            data.extend(number.to_words().map(u64::to_le_bytes).concat());
        }
        return data;
    }
    data.extend(spot.to_le_bytes());
    data.extend(strike.to_le_bytes());
    for word in [seconds, vol, rate] {
        data.extend((word as u64).to_le_bytes());
    }
    data.extend(price.to_le_bytes());
    data
}

fn run_programs(bench: &mut Bench, engine: &Path, special: &Path, inputs: &Inputs) {
    let program = bench.deploy_program(engine);
    for (name, case, is_native) in CASES {
        let file = inputs_of(name.trim_start_matches("Native")).0;
        for (index, words) in inputs[file].iter().enumerate() {
            let data = option_request(case, words, is_native);
            bench.print(&format!("Smirk {name}"), index, program, &data, true);
        }
    }
    let nothing = option_request(Case::DecimalNothing, &inputs["options"][0], false);
    println!("Smirk entry {}", bench.frame_gas(program, &nothing).1);

    let program = bench.deploy_program(special);
    for (position, function) in Function::ALL.into_iter().enumerate() {
        let name = match function {
            Function::Nothing => "NothingOfNumber".to_string(),
            _ => format!("{function:?}"),
        };
        for (index, words) in inputs[inputs_of(&name).0].iter().enumerate() {
            let mut data = (position as u64).to_le_bytes().to_vec();
            data.extend(words[0].to_le_bytes());
            bench.print(&format!("Smirk {name}"), index, program, &data, true);
        }
    }
}

fn main() {
    let arguments: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    let [contracts, inputs, engine, special] = &arguments[..] else {
        panic!("usage: peers CONTRACTS INPUTS ENGINE_WASM SPECIAL_WASM");
    };
    let inputs = read_inputs(inputs);
    let mut bench = Bench::new(contracts);
    run_programs(&mut bench, engine, special, &inputs);
    run_contracts(&mut bench, contracts, &inputs);
}
