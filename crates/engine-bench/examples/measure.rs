//! Prints what the engine's arithmetic costs on the devnet: gas of the benchmark program's own frame, cached, from its entry
//! point, host functions included. Takes the path of the processed WASM of the benchmark program.
//!
//! The bars are for native numbers, in which the engine's formulas pass values to each other; the same in decimals, as at
//! a contract's ABI, stands beside. Means are over contracts that have a value to compute: what lies 16 deviations from
//! the money is cheaper. The worst is over all.

use inkhorn_chain::{Address, Chain, ChainConfig, Transaction, U256};
use smirk_engine::real::Real;
use smirk_engine::state::{Node, Slice, MAX_EXPIRIES, MAX_NODES};
use smirk_engine_bench::{book, Case};

const WAD: u128 = 1_000_000_000_000_000_000;
const PER_CENT: u64 = 10_000_000_000_000_000;
const SPOTS: [u128; 3] = [100, 3_000, 60_000];
/// Strike over spot, per cent.
const MONEYNESS: [u128; 11] = [30, 50, 70, 85, 95, 100, 105, 120, 150, 200, 300];
const HOURS: [u64; 6] = [1, 24, 24 * 7, 24 * 30, 24 * 182, 24 * 730];
/// Per cent.
const VOLS: [u64; 5] = [10, 30, 60, 120, 300];
/// Per cent.
const RATES: [i64; 3] = [0, 5, -2];

/// A contract in decimals and hours; vol and rate in WAD.
#[derive(Clone, Copy)]
struct Contract {
    spot: u128,
    strike: u128,
    hours: u64,
    vol: u64,
    rate: i64,
}

impl Contract {
    /// All of the grid, at prices that are no round numbers but for those at the money.
    fn all() -> impl Iterator<Item = Contract> {
        let pairs = SPOTS.into_iter().flat_map(|spot| {
            MONEYNESS.into_iter().map(move |per_cent| {
                let spot = spot * WAD + 12_345_678_901;
                let odd = if per_cent == 100 { 0 } else { 987_654_321 };
                (
                    spot,
                    spot / 100 * per_cent + spot % 100 * per_cent / 100 + odd,
                )
            })
        });
        pairs.flat_map(|(spot, strike)| {
            HOURS.into_iter().flat_map(move |hours| {
                VOLS.into_iter().flat_map(move |vol| {
                    RATES.into_iter().map(move |rate| Contract {
                        spot,
                        strike,
                        hours,
                        vol: vol * PER_CENT,
                        rate: rate * PER_CENT as i64,
                    })
                })
            })
        })
    }

    fn words(&self, case: Case, price: &[u8]) -> Vec<u8> {
        let mut request = (case as u64).to_le_bytes().to_vec();
        let is_decimal = matches!(
            case,
            Case::DecimalPrices | Case::DecimalGreeks | Case::DecimalImpliedVol
        );
        if is_decimal {
            request.extend(self.spot.to_le_bytes());
            request.extend(self.strike.to_le_bytes());
            request.extend((self.hours * 3_600).to_le_bytes());
            request.extend(self.vol.to_le_bytes());
            request.extend(self.rate.to_le_bytes());
        } else {
            let terms = [
                Real::from_wad_u128(self.spot),
                Real::from_wad_u128(self.strike),
                Real::from_ratio(self.hours, 8_760),
                Real::from_wad_u64(self.vol),
                Real::from_wad_i128(self.rate as i128),
            ];
            for word in terms.into_iter().flat_map(Real::to_words) {
                request.extend(word.to_le_bytes());
            }
        }
        request.extend(price);
        request
    }

    fn d1(&self) -> f64 {
        let (vol, rate) = (self.vol as f64 / WAD as f64, self.rate as f64 / WAD as f64);
        let tau = self.hours as f64 / 8_760.0;
        let total_vol = vol * tau.sqrt();
        ((self.spot as f64 / self.strike as f64).ln() + rate * tau) / total_vol + total_vol / 2.0
    }
}

/// The value of two words of an answer.
fn native(answer: &[u8], index: usize) -> f64 {
    let word = |at: usize| u64::from_le_bytes(answer[8 * at..8 * at + 8].try_into().expect("8"));
    let (mantissa, scale) = (word(2 * index), word(2 * index + 1) as i32);
    let size = mantissa as f64 * 2f64.powi(scale >> 1);
    if scale & 1 == 1 {
        -size
    } else {
        size
    }
}

/// Mean and worst of one column.
#[derive(Default)]
struct Cost {
    sum: f64,
    count: usize,
    worst: f64,
}

impl Cost {
    fn add(&mut self, gas: f64, counts: bool) {
        if counts {
            self.sum += gas;
            self.count += 1;
        }
        self.worst = self.worst.max(gas);
    }

    fn show(&self) -> String {
        format!("{:8.1} {:8.1}", self.sum / self.count as f64, self.worst)
    }
}

/// One line of the table: at a rate of zero, and at others.
#[derive(Default)]
struct Row([Cost; 2]);

impl Row {
    fn add(&mut self, contract: &Contract, gas: f64, counts: bool) {
        self.0[(contract.rate != 0) as usize].add(gas, counts);
    }

    fn print(&self, name: &str, bar: &str) {
        println!(
            "{name:44} {} {} {bar:>8}",
            self.0[0].show(),
            self.0[1].show()
        );
    }
}

struct Bench {
    chain: Chain,
    owner: Address,
    program: Address,
    entry_gas: u64,
}

impl Bench {
    fn new(wasm: &[u8]) -> Bench {
        let mut chain = Chain::new(ChainConfig::default());
        let owner = Address::repeat_byte(0xa1);
        chain.fund(owner, U256::from(10).pow(U256::from(20)));
        let program = chain.deploy_program(owner, wasm).expect("deployment");
        chain.activate(owner, program).expect("activation");
        chain.cache_program(program);
        Bench {
            chain,
            owner,
            program,
            entry_gas: 0,
        }
    }

    /// The answer and its gas.
    fn run(&mut self, request: Vec<u8>) -> (Vec<u8>, f64) {
        let call = Transaction::call(self.owner, self.program, request);
        let outcome = self.chain.call(call);
        assert!(outcome.is_success(), "{outcome:?}");
        let frame = &outcome.frames[0];
        self.entry_gas = frame.entry_gas;
        (outcome.output.to_vec(), frame.ink_used as f64 / 10_000.0)
    }
}

/// Days to the expiries of a book: up to a year, and all within the week in which every strike is a spot of the gate.
const YEAR: [u64; MAX_EXPIRIES] = [1, 2, 3, 7, 14, 21, 28, 56, 91, 182, 273, 364];
const WEEK: [u64; MAX_EXPIRIES] = [1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7];

/// A question about a book of `node_count` nodes over 12 expiries with positions of both signs in all of them; the order is
/// for ten calls of its middle node. Carries differ by expiry.
fn request(case: Case, node_count: usize, days: [u64; MAX_EXPIRIES]) -> Vec<u8> {
    let now = 1_760_000_000;
    let mut expiry = now;
    let mut carry = -2 * PER_CENT as i64;
    let mut slices = days.map(|days| {
        expiry = (now + 86_400 * days).max(expiry + 3_600);
        carry += PER_CENT as i64;
        Slice {
            expiry,
            atm_vol: 65 * PER_CENT,
            left_wing: 30 * PER_CENT,
            right_wing: 20 * PER_CENT,
            carry,
            ..Slice::default()
        }
    });
    let nodes: [Node; MAX_NODES] = std::array::from_fn(|index| {
        let slice = index % MAX_EXPIRIES;
        let deviations = (index / MAX_EXPIRIES) as f64 / 2.0 - 2.5;
        let width = 0.65 * (days[slice] as f64 / 365.0).sqrt();
        let strike = (3_000.0 * (deviations * width).exp()).round() as u128;
        let puts = 700_000 * (index as i64 % 7 - 3);
        if index < node_count {
            slices[slice].puts += puts;
            slices[slice].put_strikes += puts as i128 * (strike * WAD) as i128;
        }
        Node {
            slice: slice as u8,
            strike: strike * WAD,
            calls: 1_000_000 * (index as i64 % 5 - 3) + puts,
            puts: 0,
        }
    });
    let spot = 3_000 * WAD + 12_345_678_901;
    let order = (node_count / 2, 10_000_000);
    let words = book::words(spot, now, &slices, &nodes[..node_count], order);
    let words = [case as u64].into_iter().chain(words);
    words.flat_map(u64::to_le_bytes).collect()
}

fn main() {
    let path = std::env::args().nth(1);
    let path = path.expect("the path of the WASM of the benchmark program");
    let mut bench = Bench::new(&std::fs::read(path).expect("readable WASM"));
    let [mut prices, mut greeks, mut implied, mut decimal_prices, mut decimal_greeks, mut decimal_implied] =
        std::array::from_fn(|_| Row::default());
    let (mut contracts, mut solved) = (0, 0);
    let mut nothing = 0.0;
    for contract in Contract::all() {
        contracts += 1;
        let (valuation, gas) = bench.run(contract.words(Case::Greeks, &[]));
        let has_value = native(&valuation, 4) > 0.0;
        greeks.add(&contract, gas, has_value);
        let (native_price, gas) = bench.run(contract.words(Case::Prices, &[]));
        prices.add(&contract, gas, has_value);
        let (decimal_price, gas) = bench.run(contract.words(Case::DecimalPrices, &[]));
        decimal_prices.add(&contract, gas, has_value);
        let (_, gas) = bench.run(contract.words(Case::DecimalGreeks, &[]));
        decimal_greeks.add(&contract, gas, has_value);
        if contract.d1().abs() < 3.0 {
            solved += 1;
            let price = &native_price[..16];
            nothing = bench.run(contract.words(Case::Nothing, price)).1;
            let (vol, gas) = bench.run(contract.words(Case::ImpliedVol, price));
            let expected = contract.vol as f64 / WAD as f64;
            assert!((native(&vol, 0) / expected - 1.0).abs() < 1e-9);
            implied.add(&contract, gas, true);
            let request = contract.words(Case::DecimalImpliedVol, &decimal_price[..16]);
            decimal_implied.add(&contract, bench.run(request).1, true);
        }
    }
    println!(
        "gas from the entry point; {contracts} contracts, {solved} with |d1| < 3, all implied vols found\n\
         entering the cached program costs {} gas more; reading and writing alone {nothing:.1}\n",
        bench.entry_gas
    );
    println!(
        "{:44} {:^17} {:^17} {:>8}\n{:44} {:>8} {:>8} {:>8} {:>8}",
        "", "rate 0", "rate 5 %, -2 %", "bar", "", "mean", "worst", "mean", "worst"
    );
    prices.print("native: call + put", "40");
    greeks.print("native: call, put and all greeks", "60");
    implied.print("native: implied vol, |d1| < 3", "150");
    decimal_prices.print("decimal: call + put", "");
    decimal_greeks.print("decimal: call, put and all greeks", "");
    decimal_implied.print("decimal: implied vol, |d1| < 3", "");
    print_books(&mut bench);
}

/// What the pool asks of the engine about books, as differences between questions that ask for one thing more.
fn print_books(bench: &mut Bench) {
    println!(
        "\n{:44} {:>8} {:>8} {:>8} {:>17}",
        "books of 12 expiries within a year, a week", "nodes", "year", "week", "bar"
    );
    for (node_count, bars) in [
        (32, ["", "", "20,000", "60,000"]),
        (MAX_NODES, ["", "10,000", "80,000", "250,000"]),
    ] {
        let costs = [YEAR, WEEK].map(|days| {
            let mut gas = |case: Case| bench.run(request(case, node_count, days)).1;
            let (read, marked) = (gas(Case::ReadBook), gas(Case::MarkBook));
            let plain = gas(Case::AssessBook);
            let (quoted, stressed) = (gas(Case::QuoteOrder), gas(Case::GateOrder));
            [read, marked - read, quoted - plain, stressed - quoted]
        });
        let names = [
            "reading it from a message",
            "mark: values and all greeks",
            "quote with all charges",
            "scenario gate",
        ];
        for (index, (name, bar)) in names.into_iter().zip(bars).enumerate() {
            let (year, week) = (costs[0][index], costs[1][index]);
            println!("{name:44} {node_count:>8} {year:8.0} {week:8.0} {bar:>17}");
        }
    }
}
