//! An operator's duties towards margin accounts and listings: a writer falls below its requirement while the hedge venue is away from
//! the feed, is flagged, and is closed once the venue is back; what settles is met.

use std::time::{Duration, Instant};

use alloy_primitives::{Address, I256, U256};
use alloy_sol_types::{SolCall, SolEvent};
use serde_json::json;

use smirk_devnet_process::Devnet;

use crate::{
    interface::{Anchor, Feed, Leg, Pool, State, Token},
    processes::{devnet, Keeper, Role, PATIENCE},
};

const WAD: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);
/// 2026-02-06 06:00:00 UTC, a Friday.
const START: u64 = 1_770_357_600;

struct Stage {
    devnet: Devnet,
    pool: Address,
    writer: Address,
}

impl Stage {
    fn view<C: SolCall>(&self, to: Address, call: &C) -> C::Return {
        self.devnet.rpc.view(to, call)
    }

    fn send<C: SolCall>(&self, from: Address, to: Address, call: &C) {
        self.devnet.rpc.send(from, to, call);
    }

    fn state(&self) -> State {
        self.state_of(self.writer)
    }

    fn state_of(&self, account_: Address) -> State {
        self.view(self.pool, &Pool::accountCall { account_ })
    }

    fn is_below(&self, account_: Address) -> bool {
        let state = self.state_of(account_);
        state.value < I256::try_from(state.maintenance).expect("fits")
    }

    fn events<E: SolEvent>(&self) -> usize {
        self.devnet.rpc.logs(self.pool, E::SIGNATURE_HASH).len()
    }

    /// Has the feed say a price now, in cents.
    fn say(&self, cents: u64) {
        let at = U256::from(self.devnet.rpc.block_time());
        let answer = I256::try_from(cents * 1_000_000).expect("a price");
        let push = Feed::pushCall {
            answer,
            startedAt: at,
            updatedAt: at,
        };
        self.send(self.devnet.account(0), self.devnet.contract("feed"), &push);
    }

    fn wait(&self, seconds: u64) {
        self.devnet.rpc.call("evm_increaseTime", json!([seconds]));
        self.devnet.rpc.call("evm_mine", json!([]));
    }

    /// A writer of calls of the last expiry with no more margin than it takes, and a long of the first.
    fn build() -> Stage {
        let devnet = devnet(START);
        devnet
            .rpc
            .call("anvil_autoImpersonateAccount", json!([true]));
        let stage = Stage {
            pool: devnet.contract("pool"),
            writer: devnet.account(1),
            devnet,
        };
        stage.write(stage.writer, 20);
        stage
    }

    /// Has an account write so many calls of the last expiry beside a long of the first, and leaves it what that takes.
    fn write(&self, writer: Address, count: i64) {
        let pool = self.pool;
        let amount = U256::from(100_000_000_000u64);
        let approve = Token::approveCall {
            spender: pool,
            amount,
        };
        self.send(writer, self.devnet.contract("quote"), &approve);
        let account_ = writer;
        self.send(writer, pool, &Pool::depositMarginCall { amount, account_ });
        let surface = self.view(pool, &Pool::surfaceCall {});
        let id = |anchor: &Anchor| anchor.expiry << 128 | (U256::from(2_500) * WAD);
        let size =
            |count: i64| I256::try_from(count).expect("small") * I256::try_from(WAD).expect("fits");
        let legs = vec![
            Leg {
                id: id(&surface[0]),
                size: size(1),
            },
            Leg {
                id: id(surface.last().expect("listed")),
                size: size(-count),
            },
        ];
        let order = Pool::tradeOnAccountCall {
            legs,
            limit: I256::MAX,
            deadline: U256::MAX,
            account_,
        };
        self.send(writer, pool, &order);
        let state = self.state_of(writer);
        let spare = state.value - I256::try_from(state.initial).expect("fits");
        let atoms = spare.unsigned_abs() / U256::from(10).pow(U256::from(12));
        let keep = U256::from(1_000_000);
        self.send(
            writer,
            pool,
            &Pool::withdrawMarginCall {
                amount: atoms - keep,
                receiver: writer,
            },
        );
    }

    /// The keeper role posts vols of the last expiry that are dearer by this share (hundredths).
    fn raise_vols(&self, percent: u64) {
        let surface = self.view(self.pool, &Pool::surfaceCall {});
        let last = surface.last().expect("listed");
        let post = Pool::postAnchorCall {
            expiry: last.expiry,
            atmVol: last.atmVol * U256::from(100 + percent) / U256::from(100),
            leftWing: last.leftWing,
            rightWing: last.rightWing,
            carry: last.carry,
        };
        self.send(self.devnet.role("keeper"), self.pool, &post);
    }

    /// Waits until something is so.
    fn until(&self, keeper: &Keeper, what: &str, done: impl Fn() -> bool) {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < PATIENCE, "{what}\n{}", keeper.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

#[test]
fn accounts_below_their_requirement_are_flagged_closed_and_met() {
    let stage = Stage::build();
    let rpc = format!("http://{}", stage.devnet.rpc.address);
    let role_key = stage.devnet.role_key("keeper");
    let operator = stage.devnet.role("keeper");
    stage
        .devnet
        .rpc
        .call("anvil_setBalance", json!([operator, "0xde0b6b3a7640000"]));
    let start =
        |lines: &str| Keeper::start(stage.pool, &rpc, &role_key, "", Role::Alone(lines.into()));
    let keeper = start(
        "confirmations = 1\nrebalance = false\nleast_reward = 1000000.0\nlisting = { weeks = 3 }\n",
    );
    // Fridays from the next one on: the first of the devnet's own lies among them.
    let listed = || stage.view(stage.pool, &Pool::surfaceCall {}).len();
    stage.until(&keeper, "three Fridays are listed", || listed() >= 5);
    stage.until(&keeper, "the writer is known", || {
        keeper
            .get("/metrics")
            .contains("smirk_keeper_accounts_watched 1\n")
    });
    assert_eq!(stage.events::<Pool::AccountFlagged>(), 0, "it is well");

    stage.wait(600);
    stage.raise_vols(48);
    // What the first post moved has melted.
    stage.wait(1_900);
    stage.say(250_000);
    stage.raise_vols(20);
    // The venue stays where it was.
    stage.say(251_500);
    let state = stage.state();
    assert!(
        state.value < I256::try_from(state.maintenance).unwrap(),
        "{state:?}"
    );
    stage.until(&keeper, "it is flagged", || {
        stage.events::<Pool::AccountFlagged>() == 1
    });
    assert!(keeper.log().contains("VenueTooFar"), "{}", keeper.log());
    // After two hours a flag gives no width any more.
    stage.wait(7_300);
    stage.say(251_500);
    stage.until(&keeper, "it is flagged again", || {
        stage.events::<Pool::AccountFlagged>() == 2
    });
    stage.say(250_000);
    stage.until(&keeper, "a small reward is not worth it", || {
        keeper.log().contains("the reward is not worth the gas")
    });
    assert_eq!(stage.events::<Pool::Liquidated>(), 0);
    let (code, first) = keeper.stop();
    assert_eq!(code, Some(0), "{first}");

    let cash = || {
        stage.view(
            stage.devnet.contract("quote"),
            &Token::balanceOfCall { holder: operator },
        )
    };
    let before = cash();
    let keeper = start("confirmations = 1\nrebalance = false\n");
    let is_well = || {
        let state = stage.state();
        state.value >= I256::try_from(state.maintenance).unwrap()
    };
    stage.until(&keeper, "it is closed", is_well);
    assert!(stage.events::<Pool::Liquidated>() >= 1);
    stage.until(&keeper, "the reward is there", || cash() > before);

    // The first expiry settles, and the account meets its long of it.
    let first = stage.view(stage.pool, &Pool::surfaceCall {})[0]
        .expiry
        .to::<u64>();
    stage.wait(first + 60 - stage.devnet.rpc.block_time());
    stage.say(250_000);
    stage.until(&keeper, "it settles", || {
        stage.events::<Pool::Settled>() == 1
    });
    stage.until(&keeper, "the leg is met", || {
        stage.events::<Pool::LegSettled>() == 1
    });
    keeper.look_again();
    let (code, second) = keeper.stop();
    assert_eq!(code, Some(0), "{second}");
    let touched = second
        .lines()
        .filter(|line| line.contains("\"touch\"") && line.contains("is mined"));
    assert_eq!(touched.count(), 1, "once: {second}");
    for receipt in stage.devnet.rpc.receipts_of(operator) {
        assert_eq!(receipt["status"], "0x1", "{receipt}");
    }
}

/// An expiry that a feed has no round after settles by its last one, three days later.
#[test]
fn what_expires_after_a_feed_has_ended_settles_by_its_last_round() {
    let stage = Stage::build();
    let (rpc, key) = (
        format!("http://{}", stage.devnet.rpc.address),
        stage.devnet.role_key("keeper"),
    );
    let lines = "confirmations = 1\nrebalance = false\n";
    let keeper = Keeper::start(stage.pool, &rpc, &key, "", Role::Alone(lines.into()));
    let first = stage.view(stage.pool, &Pool::surfaceCall {})[0].expiry;
    stage.wait(first.to::<u64>() + 60 - stage.devnet.rpc.block_time());
    stage.until(&keeper, "it waits", || {
        keeper
            .log()
            .contains("the feed has no round at or after it")
    });
    assert_eq!(stage.events::<Pool::Settled>(), 0);
    stage.wait(3 * 86_400);
    stage.until(&keeper, "it settles", || {
        stage.events::<Pool::Settled>() == 1
    });
    let (code, log) = keeper.stop();
    assert_eq!(code, Some(0), "{log}");
}

/// Writers of little, however many, don't keep a keeper from the one that can cost the pool something.
#[test]
fn who_can_cost_most_is_closed_first() {
    let stage = Stage::build();
    let small: Vec<Address> = (2..8).map(|place| stage.devnet.account(place)).collect();
    for writer in &small {
        stage.write(*writer, 1);
    }
    assert!(small.iter().any(|writer| *writer < stage.writer));
    stage.wait(600);
    stage.raise_vols(48);
    stage.wait(1_900);
    stage.say(250_000);
    stage.raise_vols(20);
    for writer in small.iter().chain([&stage.writer]) {
        assert!(stage.is_below(*writer));
    }
    let (rpc, key) = (
        format!("http://{}", stage.devnet.rpc.address),
        stage.devnet.role_key("keeper"),
    );
    let lines = "confirmations = 1\nrebalance = false\nleast_reward = -1000.0\n";
    let keeper = Keeper::start(stage.pool, &rpc, &key, "", Role::Alone(lines.into()));
    let closed = || {
        let topic = Pool::Liquidated::SIGNATURE_HASH;
        let accounts = stage.devnet.rpc.indexed(stage.pool, topic);
        accounts
            .into_iter()
            .map(|word| Address::from_word(word.into()))
            .collect::<Vec<_>>()
    };
    stage.until(&keeper, "all are closed", || closed().len() > small.len());
    assert_eq!(closed()[0], stage.writer);
}
