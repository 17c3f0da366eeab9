//! Keepers at work on a bad day: three signers, one of them also the operator, against `smirk devnet`, with hours of the demo's
//! week served as Deribit and OKX write them, at 200 times the speed. Markets fail, every tenth RPC answer is lost, the operator
//! is stopped and started again, blocks are taken back. In the end every expiry that has passed is settled, everything that was
//! mined had its effect, once, and the pool refused nothing but what its limits on posts explain. Where the machine is too slow for
//! that speed the chain waits for the keepers (`pace`).
//!
//! With SMIRK_KEEPER_WEEK so many days of the week are played, with expiries listed by the operator, at SMIRK_KEEPER_SPEED times the speed
//! (`scripts/bench --keeper`). With SMIRK_KEEPER_CHAINS the exchanges quote what was recorded in that folder.

mod accounts;
mod exchange;
mod health;
mod hostile;
mod interface;
mod lossy;
mod market;
mod pace;
mod processes;
mod recorded;
mod tls;

use std::time::Duration;

use alloy_primitives::{Address, I256, U256};
use alloy_sol_types::SolEvent;
use serde_json::{json, Value};
use smirk_devnet_process::Devnet;

use crate::{
    exchange::Exchange,
    interface::{Feed, Pool},
    lossy::lossy,
    pace::Pace,
    processes::{devnet, Keeper, Role},
};

const DAY: u64 = 86_400;
/// 2026-02-06 06:00:00 UTC: two hours before an expiry.
const START: u64 = 1_770_357_600;
/// The week's first and last moments that have a surface, 2026-02-01 05:00:00 and 2026-02-08 21:00:00 UTC.
const WEEK: [u64; 2] = [1_769_922_000, 1_770_584_400];
/// Seconds of the chain per step.
const STEP: u64 = 50;
/// Steps that an operator has after an expiry to settle it.
const TIME_TO_SETTLE: u64 = 20;
/// An operator lists an expiry no later than a day before it.
const LISTED_AHEAD: u64 = DAY;
/// Longest time between two posts, seconds: an unchanged surface is posted again after 3,000, and every market is gone for as long
/// as the operator is.
const LONGEST_GAP: u64 = 3_600;
/// How far spot may leave a posted surface before that is posted again, as a logarithm.
const SPOT_MOVE: f64 = 0.003;
/// Steps that an operator at work may take for that: six are the pool's least interval between two posts.
const LONGEST_BEHIND: u64 = 10;

/// What is played.
struct Plan {
    start: u64,
    steps: u64,
    /// Chain's time over real time.
    speed: f64,
    /// Expiries that are listed from the start.
    listed: Vec<u64>,
    /// How the operator is to list further ones.
    listing: &'static str,
    /// Steps after which the same faults come again.
    round: u64,
}

impl Plan {
    fn read() -> Plan {
        let speed = std::env::var("SMIRK_KEEPER_SPEED").ok();
        let speed = speed.map_or(200.0, |text| text.parse().expect("a number"));
        if let Ok(days) = std::env::var("SMIRK_KEEPER_WEEK") {
            let days: f64 = days.parse().expect("a number of days");
            let seconds = ((days * DAY as f64) as u64).min(WEEK[1] - WEEK[0]);
            // The first 08:00 UTC that is a day away, and time to settle.
            let first = (WEEK[0] + LISTED_AHEAD - 8 * 3_600).div_ceil(DAY) * DAY + 8 * 3_600;
            let least = first + STEP * (TIME_TO_SETTLE + 1) - WEEK[0];
            assert!(
                seconds >= least,
                "no expiry passes in {days} days: SMIRK_KEEPER_WEEK (--days) has to be at least {:.2}",
                (least as f64 / DAY as f64 * 100.0).ceil() / 100.0
            );
            return Plan {
                start: WEEK[0],
                steps: seconds / STEP,
                speed,
                listed: Vec::new(),
                listing: "listing = { days = 3, weeks = 3 }\n",
                round: 1_080,
            };
        }
        let expiry = START + 2 * 3_600;
        Plan {
            start: START,
            steps: 180,
            speed,
            listed: vec![expiry, expiry + DAY, expiry + 21 * DAY],
            listing: "",
            round: 180,
        }
    }

    /// Real time between two steps.
    fn pace(&self) -> Duration {
        Duration::from_secs_f64(STEP as f64 / self.speed)
    }

    /// When a step is.
    fn time(&self, step: u64) -> u64 {
        self.start + STEP * step
    }
}

struct Stage {
    devnet: Devnet,
    exchange: Exchange,
    pool: Address,
    feed: Address,
    anyone: Address,
}

impl Stage {
    /// Moves the chain's clock on to a time, if it is not there yet. Returns where it is.
    fn set_clock(&self, time: u64) -> u64 {
        let now = self.devnet.rpc.block_time();
        if time > now {
            self.devnet
                .rpc
                .call("evm_increaseTime", json!([time - now]));
        }
        time.max(now)
    }

    /// Makes a block at the same time, which a transaction under way may wait for.
    fn mine(&self) {
        self.devnet.rpc.call("evm_mine", json!([]));
    }

    /// Takes blocks back. Time does not go back with them, so that no block is made until the clock is where it was.
    fn take_back(&self, snapshot: &Value, time: u64) {
        let rpc = &self.devnet.rpc;
        rpc.call("evm_setAutomine", json!([false]));
        assert_eq!(rpc.call("evm_revert", json!([snapshot])), true);
        self.set_clock(time);
        rpc.call("evm_setAutomine", json!([true]));
        rpc.call("evm_mine", json!([]));
    }

    /// Moves the chain to a time and has the feed say the market's price then.
    fn advance(&self, time: u64) {
        let rpc = &self.devnet.rpc;
        let at = U256::from(self.set_clock(time));
        let answer = I256::try_from((self.exchange.index(time) * 1e8) as u64).unwrap();
        let push = Feed::pushCall {
            answer,
            startedAt: at,
            updatedAt: at,
        };
        rpc.send(self.anyone, self.feed, &push);
        self.exchange.set_time(time);
    }

    /// Whether spot has left an anchor.
    fn is_behind(&self, time: u64) -> bool {
        let surface = self.devnet.rpc.view(self.pool, &Pool::surfaceCall {});
        let live = surface
            .iter()
            .filter(|anchor| anchor.expiry > U256::from(time));
        let mut posted = live.filter(|anchor| !anchor.atmVol.is_zero());
        let spot = self.exchange.index(time);
        posted.any(|anchor| (f64::from(anchor.spot) / 1e18 / spot).ln().abs() > SPOT_MOVE)
    }

    /// A chain a day before the start whose quorum is accepted at the start.
    fn build(plan: &Plan, addresses: &[Address]) -> Stage {
        let devnet = devnet(plan.start - DAY - 600);
        let exchange = Exchange::start();
        let stage = Stage {
            pool: devnet.contract("pool"),
            feed: devnet.contract("feed"),
            anyone: devnet.account(0),
            devnet,
            exchange,
        };
        let (owner, keeper) = (stage.devnet.role("owner"), stage.devnet.role("keeper"));
        let rpc = &stage.devnet.rpc;
        rpc.call("anvil_autoImpersonateAccount", json!([true]));
        for expiry in &plan.listed {
            let expiry = U256::from(*expiry);
            let list = Pool::listExpiryCall { expiry };
            rpc.send(keeper, stage.pool, &list);
        }
        let mut padded = [Address::ZERO; 8];
        padded[..addresses.len()].copy_from_slice(addresses);
        let (threshold, new_signers) = (U256::from(2), padded);
        let propose = Pool::proposeSignersCall {
            threshold,
            newSigners: new_signers,
        };
        rpc.send(owner, stage.pool, &propose);
        let operator = Pool::setKeeperCall {
            newKeeper: addresses[0],
        };
        rpc.send(owner, stage.pool, &operator);
        stage.advance(plan.start);
        let accept = Pool::acceptSignersCall {
            threshold,
            newSigners: new_signers,
        };
        rpc.send(stage.anyone, stage.pool, &accept);
        for who in addresses {
            rpc.call("anvil_setBalance", json!([who, "0xde0b6b3a7640000"]));
        }
        stage
    }
}

#[test]
fn keepers_work_through_a_bad_day() {
    let mut keys: Vec<_> = (1u8..=3).map(processes::key).collect();
    keys.sort_by_key(|(_, address)| *address);
    let addresses: Vec<Address> = keys.iter().map(|(_, address)| *address).collect();
    let plan = Plan::read();
    let stage = Stage::build(&plan, &addresses);
    let lossy_url = lossy(&stage.devnet.rpc.address, 10);
    let market = stage.exchange.url();
    let others: Vec<Keeper> = keys[1..]
        .iter()
        .zip([Role::Socket(stage.exchange.socket_url()), Role::Signer])
        .map(|((key, _), role)| Keeper::start(stage.pool, &lossy_url, key, &market, role))
        .collect();
    let reports: Vec<String> = others.iter().map(|other| other.url("/report")).collect();
    let start = || {
        let role = Role::Operator(reports.clone(), plan.listing);
        Keeper::start(stage.pool, &lossy_url, &keys[0].0, &market, role)
    };
    let mut operator = Some(start());
    let (dry_key, dry_address) = processes::key(4);
    let role = Role::Dry(reports.clone());
    let dry = Keeper::start(stage.pool, &lossy_url, &dry_key, &market, role);
    let mut logs = String::new();
    let mut snapshot = None;
    let mut ending = false;
    let (mut behind, mut farthest) = (0, 0);
    let mut pace = Pace::start(plan.pace());
    for step in 0..plan.steps {
        stage.exchange.fail("deribit-websocket", step % 45 >= 30);
        stage.exchange.fail("deribit", step % 45 >= 36);
        stage.exchange.fail("okx", step % 90 >= 80);
        stage.advance(plan.time(step));
        match step % plan.round {
            60 => {
                if let Some(operator) = &operator {
                    operator.tell_to_end();
                    ending = true;
                }
            }
            64 => {
                let operator = operator.take().expect("at work");
                let (code, text) = operator.stop_while(|| stage.mine());
                assert_eq!(code, Some(0), "it ends cleanly: {text}");
                logs += &text;
            }
            66 => {
                operator = Some(start());
                ending = false;
            }
            100 => snapshot = Some(stage.devnet.rpc.call("evm_snapshot", json!([]))),
            106 => {
                if let Some(snapshot) = snapshot.take() {
                    stage.take_back(&snapshot, plan.time(step));
                }
            }
            _ => {}
        }
        let working = operator.iter().filter(|_| !ending);
        let keepers = others.iter().chain([&dry]).chain(working);
        // One step behind is as near as looks that begin at any moment come.
        pace.end_step(keepers, plan.time(step) - STEP);
        let works = operator.is_some() && !ending && step % plan.round != 106;
        behind = match works && stage.is_behind(plan.time(step)) {
            true => behind + 1,
            false => 0,
        };
        farthest = farthest.max(behind);
    }
    println!("{}", pace.report(STEP));
    println!("spot was away from the posted surface for {farthest} steps at most");
    let operator = operator.unwrap_or_else(&start);
    let metrics = operator.get("/metrics");
    assert_eq!(operator.get("/healthz"), "ok\n");
    operator.tell_to_end();
    for step in plan.steps..plan.steps + 4 {
        stage.advance(plan.time(step));
        std::thread::sleep(plan.pace());
    }
    let (code, text) = operator.stop_while(|| stage.mine());
    assert_eq!(code, Some(0), "it ends cleanly: {text}");
    logs += &text;
    assert!(stage.exchange.heartbeats() > 5, "it shows that it lives");
    check_chain(&stage, &plan, addresses[0], &logs);
    check_logs(&logs);
    assert!(farthest <= LONGEST_BEHIND, "{farthest} steps\n{logs}");
    let (code, text) = dry.stop();
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("\"is due\""), "it decides: {text}");
    let sent = json!([dry_address, "latest"]);
    let sent = stage.devnet.rpc.call("eth_getTransactionCount", sent);
    assert_eq!(sent, "0x0", "and sends nothing");
    assert!(
        metrics.contains("smirk_keeper_mined_total{duty=\"post\"}"),
        "{metrics}"
    );
    for (place, other) in others.into_iter().enumerate() {
        let (code, text) = other.stop();
        assert_eq!(code, Some(0), "{text}");
        if place == 0 {
            check_socket(&text);
        }
        assert!(
            text.contains("\"source\":\"okx\""),
            "the second market stood in: {text}"
        );
        assert!(
            text.contains("no market answers"),
            "and once nobody did: {text}"
        );
    }
}

/// The WebSocket was the market as long as it was there; when it was not, that was said, and the next one stood in.
fn check_socket(logs: &str) {
    let of = |decision: &str, source: &str| {
        let (decision, source) = (
            format!("\"{decision}\""),
            format!("\"source\":\"{source}\""),
        );
        let lines = logs.lines().filter(|line| line.contains(&source));
        lines.filter(|line| line.contains(&decision)).count()
    };
    assert!(of("takes", "deribit-websocket") > 50, "{logs}");
    assert!(of("passes over", "deribit-websocket") > 5, "{logs}");
    assert!(of("takes", "deribit") > 5, "{logs}");
    assert!(
        logs.contains("the exchange hung up") || logs.contains("the connection broke"),
        "{logs}"
    );
}

/// Every transaction of the operator's had its effect, and each effect came once.
fn check_chain(stage: &Stage, plan: &Plan, operator: Address, logs: &str) {
    let rpc = &stage.devnet.rpc;
    let listed = rpc.indexed(stage.pool, Pool::ExpiryListed::SIGNATURE_HASH);
    let settled = rpc.indexed(stage.pool, Pool::Settled::SIGNATURE_HASH);
    let last = U256::from(plan.time(plan.steps - TIME_TO_SETTLE));
    let mut due: Vec<U256> = listed
        .iter()
        .copied()
        .filter(|expiry| *expiry < last)
        .collect();
    due.sort();
    assert!(
        !due.is_empty(),
        "an expiry was listed and has passed\n{logs}"
    );
    assert_eq!(settled, due, "each once, as they passed\n{logs}");
    for expiry in settled.iter().copied() {
        let call = Pool::settlementCall { expiry };
        let state = rpc.view(stage.pool, &call);
        assert!(state.price > U256::ZERO, "{expiry} has a price");
    }
    let times: Vec<U256> = rpc
        .logs(stage.pool, Pool::SurfacePosted::SIGNATURE_HASH)
        .iter()
        .map(|data| U256::from_be_slice(&data[..32]))
        .collect();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    let gap = times.windows(2).map(|pair| pair[1] - pair[0]).max();
    assert!(gap <= Some(U256::from(LONGEST_GAP)), "{gap:?}\n{logs}");
    let sent = rpc.receipts_of(operator);
    // The devnet's own and those of the start were listed by another.
    let own = logs
        .lines()
        .filter(|line| line.contains("\"list\"") && line.contains("is mined"));
    let own = own.count();
    let fulfilled = times.len() + settled.len() + own;
    assert_eq!(
        sent.len(),
        fulfilled,
        "settlements, posts and listings\n{logs}"
    );
    for receipt in sent {
        assert_eq!(receipt["status"], "0x1", "{receipt}");
    }
    println!(
        "{} posts, at most {} s apart, {} settlements, {own} listings",
        times.len(),
        gap.unwrap_or_default(),
        settled.len()
    );
}

/// The pool refused a post, in simulation, for its pace and its limits on jumps alone.
fn check_logs(logs: &str) {
    let refused: Vec<&str> = logs
        .lines()
        .filter(|line| line.contains("is refused in simulation"))
        .collect();
    println!("{} posts refused in simulation", refused.len());
    let passed = |word: &str| logs.lines().filter(|line| line.contains(word)).count();
    println!(
        "{} markets passed over, {} transactions handed in again, {} replaced, {} looks that failed",
        passed("passes over"),
        passed("hands in again"),
        passed("\"replaces\""),
        passed("\"fails\"")
    );
    let mut of_reports = 0;
    for line in &refused {
        let is_explained = ["AnchorTooSoon", "AnchorJumpTooLarge"];
        let is_explained = is_explained.iter().any(|known| line.contains(known));
        let is_of_report = line.contains("ReportRejected");
        of_reports += usize::from(is_of_report);
        assert!(is_explained || is_of_report, "{line}");
    }
    // A quorum that has just posted, or an expiry that has just been listed, leaves single reports behind; the next look has newer ones.
    assert!(
        of_reports <= 1 + passed("\"is mined\"") / 20,
        "{of_reports}\n{logs}"
    );
    for duty in ["\"post\"", "\"settle\""] {
        assert!(logs.contains(duty), "no line about {duty}");
    }
    assert!(!logs.contains("was mined and failed"), "{logs}");
}
