//! How fast the chain is: what activation, a cold start, quotes and purchases take, each with its bar. Nothing is asserted: what a clock
//! shows depends on the machine and on what else it does.
//!
//! ```sh
//! scripts/bench --speed
//! ```

mod activation;
mod client;
mod load;
mod start;
mod took;

use std::path::PathBuf;

use load::Load;
use start::{can_pin, Devnet};
use took::Took;

const HELP: &str = "\
scripts/bench --speed [--core N] [--rounds N]

Prints what the chain takes, beside its bars:
  activation of the pool's program, which is larger than the 60 kB that the bar is for   1 s
  cold start of smirk devnet --with-pool, to its first answer                            0.5 s
  quoteBuy over HTTP, median of 2,000                                                    0.5 ms
  signed purchases in a second, 1,000 one after the other, the devnet on one core        800
  --core N     the core that the devnet under load keeps to (0; needs taskset)
  --rounds N   activations and starts, of which the median is printed (5)
The programs are those of the tests' profile. Other work on the machine shows in all of it but the processor time, which is that of all
cores together.";

/// Activation and cold start in seconds, a quote in milliseconds.
const BARS: [f64; 3] = [1.0, 0.5, 0.5];
const PURCHASES_BAR: f64 = 800.0;

struct Options {
    core: String,
    rounds: u8,
}

impl Options {
    /// What the command line asks for; `None` for help.
    fn read() -> Result<Option<Self>, String> {
        let mut options = Self {
            core: "0".to_owned(),
            rounds: 5,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{name} needs a number"));
            match name.as_str() {
                "--help" | "-h" => return Ok(None),
                "--core" => options.core = value()?,
                "--rounds" => {
                    let rounds = value()?.parse().ok().filter(|rounds| *rounds > 0);
                    options.rounds = rounds.ok_or("--rounds is 1 to 255")?;
                }
                _ => return Err(format!("{name} is not known to --speed")),
            }
        }
        Ok(Some(options))
    }
}

fn main() {
    match Options::read() {
        Ok(Some(options)) => measure(&options),
        Ok(None) => println!("{HELP}"),
        Err(error) => {
            eprintln!("bench: {error}");
            std::process::exit(2);
        }
    }
}

fn measure(options: &Options) {
    let wasm =
        std::fs::read("artifacts/pool.wasm").expect("artifacts/pool.wasm: run scripts/build");
    let activations = activation::measure(&wasm, options.rounds);
    let what = format!("activation of {} bytes", activations.compressed);
    print(&what, activations.took, BARS[0]);
    let starts = (0..options.rounds).map(|_| Devnet::start(&smirk(), None).took);
    print("cold start with the pool", starts.collect(), BARS[1]);
    let core = can_pin(&options.core).then_some(options.core.as_str());
    if core.is_none() {
        println!("There is no taskset here: the devnet under load takes whatever cores it likes.");
    }
    let devnet = Devnet::start(&smirk(), core);
    let mut load = Load::connect(&devnet.book);
    let [median, rest] = load.quote().map(|time| time.as_secs_f64() * 1e3);
    let (bar, met) = (BARS[2], verdict(median <= BARS[2]));
    println!("quoteBuy over HTTP: median {median:.3} ms, 99 in 100 below {rest:.3} ms (bar {bar} ms: {met})");
    let purchases = load.buy();
    let met = verdict(purchases.a_second >= PURCHASES_BAR);
    println!(
        "signed purchases of {} gas: {:.0} a second (bar {PURCHASES_BAR}: {met})",
        purchases.gas, purchases.a_second
    );
}

/// Prints what several rounds took.
fn print(what: &str, mut rounds: Vec<Took>, bar: f64) {
    rounds.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    let (middle, last) = (&rounds[rounds.len() / 2], &rounds[rounds.len() - 1]);
    let met = verdict(middle.seconds <= bar);
    let processor = match middle.processor {
        Some(seconds) => format!(", {seconds:.2} s of it processor time"),
        None => String::new(),
    };
    println!(
        "{what}: median {:.3} s{processor}, at most {:.3} s (bar {bar} s: {met})",
        middle.seconds, last.seconds
    );
}

fn verdict(is_met: bool) -> &'static str {
    match is_met {
        true => "met",
        false => "not met",
    }
}

/// The command beside this one.
fn smirk() -> PathBuf {
    let own = std::env::current_exe().expect("a path");
    let folder = own.parent().and_then(|examples| examples.parent());
    folder.expect("the profile's folder").join("smirk")
}
