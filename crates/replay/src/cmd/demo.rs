//! `smirk demo`: a market week replayed on the embedded chain.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use anyhow::{anyhow, Context, Result};
use clap::Args;
use inkhorn_chain::THREAD_STACK;
use smirk_engine::state::Kind;

use crate::cmd::report::write_page;
use crate::market::Market;
use crate::replay::{replay, Flow};
use crate::report::{
    attribution, gas_kinds, hedge_error, mean_vegas, number, signed, Charges, Ordinary, Replay,
    Step, FLAT_FEE, ORDINARY,
};
use crate::time::format_utc;

/// Replay a market week on the embedded chain and write a report.
///
/// Starts a chain in this process, deploys Uniswap v3, Aave v3 and the pool from their compiled programs, and lives
/// through the market folder: the feed follows the index, arbitrageurs keep Uniswap near it, a keeper posts vols and
/// carry and pokes the hedge, seeded traders and providers come and go, expiries settle and holders claim. Every figure
/// printed and drawn is read from the chain.
#[derive(Args)]
pub struct Demo {
    /// Market folder to replay (`smirk market` makes one) [default: demo/week of this repository].
    #[arg(long, value_name = "DIR")]
    market: Option<PathBuf>,
    /// The HTML report to write.
    #[arg(long, default_value = "report/index.html", value_name = "FILE")]
    report: PathBuf,
    /// Seed of the traders and providers.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Let everybody trade calls alone, or puts.
    #[arg(long, value_name = "KIND", value_parser = ["calls", "puts"])]
    only: Option<String>,
    /// Save everything the report shows here as well, as JSON for `smirk report`.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

impl Demo {
    /// Replays, prints, writes.
    pub fn run(self) -> Result<()> {
        let begun = Instant::now();
        let root = smirk_world::find_workspace_root()
            .context("the pool's program is read from the project's folder: run this in it, or where it was built")?;
        let folder = self.market.unwrap_or_else(|| root.join("demo/week"));
        let market = Market::read(&folder)?;
        println!(
            "{} from {} to {}: {} observations, {} fitted surfaces",
            market.currency,
            format_utc(market.surfaces[0].time),
            format_utc(market.surfaces[market.surfaces.len() - 1].time),
            market.index.len(),
            market.surfaces.len()
        );
        let flow = match self.only.as_deref() {
            None => Flow::TWO_SIDED,
            Some("calls") => Flow::only(Kind::Call),
            Some(_) => Flow::only(Kind::Put),
        };
        let replay = replays(&market, self.seed, flow)?;
        print_result(&replay);
        print_charges(&replay);
        print_settlements(&replay);
        print_accounts(&replay);
        print_band(&replay);
        print_gas(&replay);
        print_refusals(&replay);
        println!();
        write_page(&replay, &self.report)?;
        if let Some(path) = &self.record {
            save(&replay, path)?;
        }
        println!("replayed in {:.1} s", begun.elapsed().as_secs_f64());
        Ok(())
    }
}

/// The replay, and beside it in another thread the same week without those who write, whose vega the report compares.
fn replays(market: &Market, seed: u64, flow: Flow) -> Result<Replay> {
    thread::scope(|scope| {
        let start = |flow, mut say: fn(&str)| {
            let thread = thread::Builder::new().stack_size(THREAD_STACK);
            thread.spawn_scoped(scope, move || replay(market, seed, flow, &mut say))
        };
        let all = start(flow, |line| println!("{line}"))?;
        let alone = flow.writers.then(|| start(Flow::TAKERS, |_| ()));
        let mut record = joined(all)?;
        if let Some(alone) = alone {
            record.takers_alone = vegas(&joined(alone?)?);
        }
        Ok(record)
    })
}

fn joined(thread: ScopedJoinHandle<Result<Replay>>) -> Result<Replay> {
    thread.join().map_err(|_| anyhow!("a replay panicked"))?
}

fn vegas(replay: &Replay) -> Vec<(u64, f64)> {
    let steps = replay.steps.iter();
    steps.map(|step| (step.time, step.net_vega)).collect()
}

fn save(replay: &Replay, path: &Path) -> Result<()> {
    let text = serde_json::to_string(replay)?;
    std::fs::write(path, text).with_context(|| format!("{}", path.display()))?;
    println!("record written to {}", path.display());
    Ok(())
}

fn print_result(replay: &Replay) {
    let parts = attribution(replay);
    let line = |name: &str, value: f64| println!("  {name:<44}{:>16}", signed(value, 2));
    println!("\nResult for the shares, {}", replay.quote);
    line("premium received less paid", parts.premium);
    line("set aside for holders at settlement", parts.payouts);
    line("value of the positions still open", parts.book);
    line("spread and surcharge", parts.fees);
    line("capacity", parts.capacity);
    line("of charges not earned yet", parts.unearned);
    line("price gain of the hedge", parts.hedge_price);
    line("hedge cost: venue fee and slippage", parts.hedge_cost);
    line("interest at the lender", parts.interest);
    line("part of the fees, to the insurance fund", parts.insured);
    line("debts of accounts borne", parts.bad_debt);
    line("rounding and rewards for pokes", parts.residue());
    line("total", parts.total);
    if let (Some(first), Some(last)) = (replay.steps.first(), replay.steps.last()) {
        println!(
            "  share price {:.6} to {:.6}",
            first.share_price, last.share_price
        );
    }
    let error = hedge_error(replay);
    println!(
        "  hedge error: {} of the book's {} from hour to hour, {} %; {} of what the band lets pass, {} beyond it",
        number(error.left, 0),
        number(error.book, 0),
        number(error.part() * 100.0, 1),
        number(error.of_band(), 2),
        number(error.beyond, 0)
    );
    let lent = replay.hedges.iter().filter(|hedge| hedge.lent).count();
    println!(
        "  {} hedges, of which {lent} called the lender; most owed {} {}, least health {}",
        replay.hedges.len(),
        number(most_owed(replay), 2),
        replay.base,
        least_health(replay).map_or("none".to_owned(), |health| number(health, 2))
    );
}

fn most_owed(replay: &Replay) -> f64 {
    replay
        .steps
        .iter()
        .map(|step| step.owed)
        .fold(0.0, f64::max)
}

/// Of the hours in which something was owed.
fn least_health(replay: &Replay) -> Option<f64> {
    let owing = replay.steps.iter().filter(|step| step.owed > 0.0);
    owing.map(|step| step.health).min_by(f64::total_cmp)
}

fn print_charges(replay: &Replay) {
    let sum = Charges::of(replay.takers());
    let flat = FLAT_FEE.charges(replay.takers());
    println!(
        "\n{:<28}{:>12}{:>12}{:>12}{:>12}",
        "Beyond the anchor's mark", "sum", "per order", "vol points", "bp of spot"
    );
    let line = |name: &str, of: &Charges, amount: f64| {
        println!(
            "{name:<28}{:>12}{:>12}{:>12}{:>12}",
            number(amount, 2),
            number(of.per_fill(amount), 3),
            number(of.vol_points(amount), 3),
            number(of.basis_points(amount), 2)
        );
    };
    line("spread", &sum, sum.spread);
    line("surcharge for the venue", &sum, sum.surcharge);
    line("capacity: interest", &sum, sum.interest);
    line("capacity: minimum", &sum, sum.capacity - sum.interest);
    line("rent", &sum, sum.rent);
    line("together", &sum, sum.total());
    line("a flat fee, the same orders", &flat, flat.total());
    let accounts = Charges::of(replay.orders());
    if accounts.fills > 0 {
        let all = Charges::of(replay.fills.iter());
        line("orders on accounts, beside", &accounts, accounts.total());
        line("both", &all, all.total());
        println!(
            "Beyond the flat fee: {} % for these, {} % with orders on accounts",
            signed(100.0 * sum.beyond(&flat), 1),
            signed(100.0 * all.beyond(&flat), 1)
        );
    }
    let taken = Ordinary::of(replay.takers());
    println!(
        "of {} orders up to {ORDINARY} options {} paid more for capacity than their spread",
        taken.orders, taken.noticed
    );
    let on_accounts = Ordinary::of(replay.orders());
    if on_accounts.orders > 0 {
        println!(
            "of {} on accounts {}, most of them for their part of what accounts may be short of together",
            on_accounts.orders, on_accounts.noticed
        );
    }
}

fn print_settlements(replay: &Replay) {
    println!(
        "\n{:<18}{:>12}{:>10}{:>16}{:>16}{:>16}",
        "Settled", "price", "held", "set aside", "claimed", "from accounts"
    );
    for settled in &replay.settlements {
        let held: f64 = settled.series.iter().map(|series| series.size).sum();
        println!(
            "{:<18}{:>12}{:>10}{:>16}{:>16}{:>16}",
            &format_utc(settled.expiry)[..16],
            number(settled.price, 2),
            number(held, 2),
            number(settled.reserved, 2),
            number(settled.claimed, 2),
            number(settled.from_accounts, 2)
        );
    }
}

fn print_accounts(replay: &Replay) {
    if replay.accounts.is_empty() {
        return;
    }
    println!(
        "\n{:<10}{:<14}{:>8}{:>12}{:>12}{:>8}{:>12}{:>12}{:>12}",
        "Account",
        "sells",
        "orders",
        "paid in",
        "taken out",
        "closed",
        "penalties",
        "worth",
        "result"
    );
    for account in &replay.accounts {
        println!(
            "{:<10}{:<14}{:>8}{:>12}{:>12}{:>8}{:>12}{:>12}{:>12}",
            account.name,
            account.sells,
            account.orders,
            number(account.paid_in, 0),
            number(account.taken_out, 0),
            account.liquidations,
            number(account.penalties, 2),
            number(account.value, 2),
            signed(account.result(), 2)
        );
    }
    let most = |of: fn(&Step) -> f64| replay.steps.iter().map(of).fold(0.0, f64::max);
    println!(
        "  at most {} accounts open, {} written, {} worth against {} required",
        number(most(|step| step.accounts.open as f64), 0),
        number(most(Step::written), 0),
        number(most(|step| step.accounts.value), 0),
        number(most(|step| step.accounts.maintenance), 0)
    );
    let Some(last) = replay.steps.last() else {
        return;
    };
    println!(
        "  {} liquidations; insurance fund {}; bad debt {}, of which the pool bore {}",
        replay.liquidations.len(),
        number(last.insurance, 2),
        number(last.bad_debt, 2),
        number(last.borne, 2)
    );
    let [with, without] = mean_vegas(replay).map(|vega| signed(vega * 0.01, 0));
    println!("  mean vega of the pool per vol point {with}, without writers {without}");
}

/// Orders after which the exposure was outside its band, by the contract's reason.
fn print_band(replay: &Replay) {
    let because = |reason, poke_refused: bool| {
        let found = replay.outside.iter();
        found
            .filter(|found| found.reason == reason)
            .filter(|found| reason != 3 || found.poke_refused == poke_refused)
            .count()
    };
    println!(
        "\nExposure inside its band after {} of {} orders and liquidations; outside after",
        replay.judged - replay.outside.len(),
        replay.judged
    );
    let line = |count: usize, why: &str| println!("{count:>6}  {why}");
    line(
        because(1, false),
        "that the venue did not fill within the price limit",
    );
    line(because(2, false), "for want of cash, base or a loan");
    line(
        because(3, true),
        "that hedged their own part, the venue having just refused a poke the rest",
    );
    line(
        because(3, false),
        "that hedged their own part and narrowed the band around the rest, which the next poke gets",
    );
}

fn print_gas(replay: &Replay) {
    println!(
        "\n{:<28}{:>8}{:>14}{:>14}{:>14}",
        "Gas", "count", "lowest", "median", "highest"
    );
    for kind in gas_kinds(&replay.transactions) {
        let figure = |gas: Option<&u64>| number(gas.copied().unwrap_or_default() as f64, 0);
        println!(
            "{:<28}{:>8}{:>14}{:>14}{:>14}",
            kind.name,
            kind.gas.len(),
            figure(kind.gas.first()),
            number(kind.median() as f64, 0),
            figure(kind.gas.last())
        );
    }
}

fn print_refusals(replay: &Replay) {
    let mut reasons: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for sent in &replay.transactions {
        if let Some(error) = &sent.error {
            let name = error.split('(').next().unwrap_or(error);
            *reasons.entry((&sent.kind, name)).or_default() += 1;
        }
    }
    println!("\n{:<16}{:<32}{:>6}", "Refused", "with", "times");
    for ((kind, name), count) in reasons {
        println!("{kind:<16}{name:<32}{count:>6}");
    }
    println!("{:<48}{:>6}", "together", replay.refused());
}
