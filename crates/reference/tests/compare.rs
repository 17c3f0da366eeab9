//! One scene here and there.

use std::collections::{BTreeMap, BTreeSet};

use inkhorn_chain::{Chain, Outcome, Status, B256, U256};
use inkhorn_reference::{
    keccak256, Account, Environment, Kind, Library, Log, Machine, Program, Receipt, Transaction,
    Unmodelled, World,
};

use crate::dice::Dice;
use crate::estimate;
use crate::scene::{self, program, word, Address, Scene, ALICE, BASE_FEE, ETHER, RICH, SECOND};

const COINBASE: Address = *b"\xa4\xb0\0\0\0\0\0\0\0\0\0sequencer";
const FEE_ACCOUNT: Address = [
    0xa4, 0xb0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfe,
];
const ARB_WASM: Address = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x71,
];

/// What became of a scene.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Met {
    Refused,
    /// What ended the comparison, because the reference does not have it.
    Unmodelled(String),
    Ran(&'static str),
    /// Something that few scenes do.
    Did(&'static str),
}

/// Why a scene is not compared to its end.
enum Stop {
    Unmodelled(String),
    Differs(String),
}

impl From<Unmodelled> for Stop {
    fn from(what: Unmodelled) -> Self {
        Self::Unmodelled(what.0)
    }
}

impl From<estimate::Wrong> for Stop {
    fn from(wrong: estimate::Wrong) -> Self {
        match wrong {
            estimate::Wrong::Unmodelled(what) => Self::Unmodelled(what),
            estimate::Wrong::Differs(difference) => Self::Differs(difference),
        }
    }
}

impl From<String> for Stop {
    fn from(difference: String) -> Self {
        Self::Differs(difference)
    }
}

/// Both sides of a scene.
pub struct Stage<'p> {
    pub chain: Chain,
    pub machine: Machine<'p>,
}

/// Compares what both make of the scene that a seed gives.
///
/// # Errors
/// What differs.
pub fn compare(base: &Chain, seed: u64) -> Result<Vec<Met>, String> {
    let mut dice = Dice(seed);
    let scene = Scene::new(&mut dice);
    let mut library = Library::default();
    let packed = [Some(&scene.main), scene.second.as_ref()];
    for packed in packed.into_iter().flatten() {
        // Activation comes to the same judgement.
        let _ = library.add(&packed.stream, &packed.wasm);
    }
    let mut met = Vec::new();
    let chain = set_up(base, &scene, &mut dice);
    let mut stage = Stage {
        machine: Machine::new(world(&chain, &scene), environment(&chain), &library),
        chain,
    };
    match play(&mut stage, &scene, &mut dice, &mut met) {
        Ok(()) => {}
        Err(Stop::Unmodelled(what)) => met.push(Met::Unmodelled(what)),
        Err(Stop::Differs(difference)) => return Err(difference),
    }
    met.extend(stage.machine.tally.keys().map(|what| Met::Did(what)));
    Ok(met)
}

fn set_up(base: &Chain, scene: &Scene, dice: &mut Dice) -> Chain {
    let mut chain = base.clone();
    for (address, code) in &scene.accounts {
        chain.set_code((*address).into(), code.clone().into());
    }
    let slot = word(dice.below(3).into());
    let slot = U256::from_be_bytes(slot);
    chain.set_storage(SECOND.into(), slot, U256::from(5));
    chain.fund(SECOND.into(), U256::from(100));
    chain
}

/// Deploys, activates and calls the program, one transaction after the other.
fn play(stage: &mut Stage, scene: &Scene, dice: &mut Dice, met: &mut Vec<Met>) -> Result<(), Stop> {
    let deployment = scene.deployment();
    let deployed = if dice.one_in(3) {
        let gas = dice.pick(&[2_000_000, 3_000_000, 500_000]);
        let tx = create(deployment, dice.pick(&[0, 0, 5]), gas);
        if dice.one_in(3) {
            met.extend(estimate::compare(stage, &tx, "deployment")?);
        }
        stage.transact(&tx)?.success
    } else {
        stage.place(scene);
        true
    };
    if !deployed {
        met.push(Met::Refused);
        return Ok(());
    }
    if scene.second.is_some() && dice.one_in(2) {
        stage.transact(&activation(&SECOND, ETHER, 4_000_000))?;
    }
    let active = activate(stage, scene, dice, met)?;
    if !active {
        met.push(Met::Refused);
        if !dice.one_in(8) {
            return Ok(());
        }
    }
    if dice.one_in(10) {
        stage.advance(dice.pick(&[86_400 * 40, 86_400 * 365, 86_400 * 365 + 3_600]));
    }
    let asks = scene.second.is_some() || !dice.one_in(3);
    for _ in 0..1 + dice.below(2) {
        let tx = call(dice, asks);
        if dice.one_in(6) {
            met.extend(estimate::compare(stage, &tx, "call")?);
        }
        let receipt = stage.transact(&tx)?;
        met.push(Met::Ran(name(&receipt)));
    }
    Ok(())
}

/// Activates the program, now and then with too little; says whether it is active.
fn activate(
    stage: &mut Stage,
    scene: &Scene,
    dice: &mut Dice,
    met: &mut Vec<Met>,
) -> Result<bool, Stop> {
    let mut tx = activation(&program(), ETHER, 4_000_000);
    if dice.one_in(8) {
        tx.warm = scene.accounts.iter().map(|(address, _)| *address).collect();
    }
    let foreseen = stage.machine.simulate(&tx)?;
    if dice.one_in(6) {
        met.extend(estimate::compare(stage, &tx, "activation")?);
    }
    // As little as suffices, and less by one; nothing comes back of an activation.
    if foreseen.success && dice.one_in(4) {
        let fee = u128::from_be_bytes(foreseen.output[48..].try_into().expect("two words"));
        for (gas, value) in [
            (foreseen.gas_used - 1, ETHER),
            (4_000_000, fee - 1),
            (tx.intrinsic_gas() + dice.below(1_800_000), fee),
        ] {
            let little = Transaction {
                gas,
                value,
                ..tx.clone()
            };
            let suffices = gas >= foreseen.gas_used && value >= fee;
            if !suffices && stage.transact(&little)?.success {
                return Err(Stop::Differs("less than it takes suffices".to_owned()));
            }
        }
        (tx.gas, tx.value) = (foreseen.gas_used, fee);
    }
    let success = stage.transact(&tx)?.success;
    if success {
        check_judgement(&stage.chain, scene)?;
    }
    Ok(success)
}

fn check_judgement(chain: &Chain, scene: &Scene) -> Result<(), String> {
    let check = chain.check_program(&scene.main.wasm)?;
    let program = Program::accept(&scene.main.wasm).map_err(|rejected| rejected.0)?;
    equal("operators", check.operators, program.operators)?;
    let recorded = &program.estimates;
    equal("native code", check.asm_estimate, recorded.asm)?;
    equal("initial cost", check.init_cost, recorded.init)?;
    equal("cached cost", check.cached_cost, recorded.cached)?;
    equal("footprint", check.footprint, recorded.footprint)
}

impl Stage<'_> {
    /// Puts the program where it would be created.
    fn place(&mut self, scene: &Scene) {
        let at = program();
        self.chain.set_code(at.into(), scene.code.clone().into());
        self.chain.set_nonce(at.into(), 1);
        self.chain.fund(at.into(), U256::from(ETHER / 100));
        let account = self.machine.world.accounts.entry(at).or_default();
        account.code = scene.code.clone().into();
        account.nonce = 1;
        account.balance = ETHER / 100;
    }

    fn advance(&mut self, seconds: u64) {
        self.chain.advance(seconds);
    }

    /// Opens the next block on the reference.
    pub fn open_block(&mut self) {
        let chain = &self.chain;
        let number = chain.block_number() + 1;
        self.machine
            .open_block(number, chain.now(), chain.l1_block_number());
    }

    /// Executes a transaction on both and compares all that follows.
    fn transact(&mut self, tx: &Transaction) -> Result<Receipt, Stop> {
        self.open_block();
        let receipt = self.machine.transact(tx)?;
        let outcome = self.chain.transact(on_chain(tx));
        let checked = check_outcome(&outcome, &receipt)
            .and_then(|()| check_world(&self.chain, &self.machine.world));
        checked.map_err(|difference| {
            let what = match tx.to {
                None => "deployment",
                Some(ARB_WASM) => "activation",
                Some(_) => "call",
            };
            format!(
                "{what} with {} gas, {:?}: {difference}",
                tx.gas, outcome.status
            )
        })?;
        Ok(receipt)
    }
}

/// The same transaction as the chain takes it.
pub fn on_chain(tx: &Transaction) -> inkhorn_chain::Transaction {
    inkhorn_chain::Transaction {
        from: tx.from.into(),
        to: tx.to.map(Into::into),
        value: U256::from(tx.value),
        input: tx.data.clone().into(),
        gas: Some(tx.gas),
        gas_price: Some(BASE_FEE.into()),
        access_list: (tx.warm.iter())
            .map(|address| ((*address).into(), vec![]))
            .collect(),
        ..Default::default()
    }
}

fn create(init_code: Vec<u8>, value: u128, gas: u64) -> Transaction {
    Transaction {
        from: ALICE,
        to: None,
        value,
        data: init_code,
        gas,
        warm: vec![],
    }
}

fn activation(program: &Address, value: u128, gas: u64) -> Transaction {
    let selector = keccak256(b"activateProgram(address)");
    Transaction {
        from: ALICE,
        to: Some(ARB_WASM),
        value,
        data: [&selector[..4], &[0; 12], program].concat(),
        gas,
        warm: vec![],
    }
}

/// A call of the program, with much gas if it may want to activate another.
fn call(dice: &mut Dice, asks: bool) -> Transaction {
    let length = dice.pick(&[0, 4, 36, 100]);
    let data = dice.bytes(length);
    let gas = match asks && !dice.one_in(3) {
        true => 2_200_000 + dice.below(500_000),
        false => {
            dice.pick(&[30_000, 40_000, 100_000, 200_000, 400_000, 800_000]) + dice.below(7_000)
        }
    };
    Transaction {
        from: ALICE,
        to: Some(program()),
        value: dice.pick(&[0, 0, 3, ETHER / 500]),
        data,
        gas,
        warm: vec![],
    }
}

fn name(receipt: &Receipt) -> &'static str {
    match receipt.program.map(|program| program.kind) {
        Some(Kind::Success) if receipt.frames > 1 => "success with calls",
        Some(Kind::Success) => "success",
        Some(Kind::Revert) => "revert",
        Some(Kind::Failure) => "failure",
        Some(Kind::OutOfGas) => "out of gas",
        Some(Kind::OutOfStack) => "out of stack",
        Some(Kind::Unusable) => "unusable",
        None => "no program",
    }
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, chain: T, reference: T) -> Result<(), String> {
    if chain == reference {
        return Ok(());
    }
    Err(format!(
        "{what}: the chain has {chain:?}, the reference {reference:?}"
    ))
}

fn environment(chain: &Chain) -> Environment {
    Environment {
        chain_id: chain.config().chain_id,
        number: chain.l1_block_number(),
        l2_number: chain.block_number(),
        timestamp: chain.now(),
        gas_limit: 1 << 50,
        base_fee: BASE_FEE,
        coinbase: COINBASE,
        fee_account: FEE_ACCOUNT,
        cache_managers: vec![program()],
    }
}

fn world(chain: &Chain, scene: &Scene) -> World {
    let mut world = World::default();
    let known = scene.accounts.iter().map(|(address, _)| *address);
    let callees: BTreeSet<Address> = scene::callees().collect();
    for address in known.chain([ALICE, RICH, SECOND]).chain(callees) {
        let who = address.into();
        let storage = (chain.storage_slots(who))
            .filter(|(_, value)| !value.is_zero())
            .map(|(slot, value)| (slot.to_be_bytes(), value.to_be_bytes()));
        let account = Account {
            balance: chain.balance(who).try_into().expect("little"),
            nonce: chain.nonce(who),
            code: chain.code(who).to_vec().into(),
            storage: storage.collect(),
        };
        world.accounts.insert(address, account);
    }
    world
}

/// How the program ended that the transaction called.
fn kind(outcome: &Outcome) -> Result<Kind, String> {
    let top = outcome.frames.iter().find(|frame| frame.depth == 0);
    let failed = top.is_some_and(|frame| frame.failure.is_some());
    Ok(match &outcome.status {
        Status::Success => Kind::Success,
        Status::Revert if failed => Kind::Failure,
        Status::Revert => Kind::Revert,
        Status::Halt(why) if why == "out of gas" => Kind::OutOfGas,
        Status::Halt(why) if why == "max call depth exceeded" => Kind::OutOfStack,
        Status::Halt(why) if why.starts_with("error Program") => Kind::Unusable,
        Status::Halt(why) => return Err(format!("the chain halts: {why}")),
    })
}

fn check_outcome(outcome: &Outcome, receipt: &Receipt) -> Result<(), String> {
    equal("success", outcome.is_success(), receipt.success)?;
    equal("output", outcome.output.to_vec(), receipt.output.clone())?;
    if let Some(program) = &receipt.program {
        equal("kind", kind(outcome)?, program.kind)?;
        let top = outcome.frames.iter().find(|frame| frame.depth == 0);
        if let (Kind::Success | Kind::Revert | Kind::Failure, Some(frame)) = (program.kind, top) {
            equal("gas of entry", frame.entry_gas, program.entry_gas)?;
            equal("ink", frame.ink_total, program.ink_used)?;
        }
    }
    equal("frames", outcome.frames.len(), receipt.frames)?;
    equal("gas", outcome.gas_used, receipt.gas_used)?;
    let created = outcome.created.map(Into::into);
    equal("created", created, receipt.created)?;
    let logs = outcome.logs.iter().map(|log| Log {
        address: log.address.into(),
        topics: log.topics().iter().map(|topic| topic.0).collect(),
        data: log.data.data.to_vec(),
    });
    equal("events", logs.collect(), receipt.logs.clone())
}

fn check_world(chain: &Chain, after: &World) -> Result<(), String> {
    for (address, account) in &after.accounts {
        let who = (*address).into();
        let slots: BTreeMap<[u8; 32], [u8; 32]> = (chain.storage_slots(who))
            .filter(|(_, value)| !value.is_zero())
            .map(|(slot, value)| (slot.to_be_bytes(), value.to_be_bytes()))
            .collect();
        equal("storage", &slots, &account.storage)?;
        equal("balance", chain.balance(who), U256::from(account.balance))?;
        equal("nonce", chain.nonce(who), account.nonce)?;
        let hash = B256::from(account.code.hash());
        equal("code hash", chain.code_hash(who), hash)?;
    }
    // Nor is there anybody whom the reference does not know.
    let unknown = chain.accounts().find(|who| {
        let exists = !chain.balance(*who).is_zero() || chain.nonce(*who) > 0;
        let is_known = after.accounts.contains_key(&who.0 .0) || Chain::is_arbos_state(*who);
        exists && !is_known
    });
    equal("account", unknown, None)
}
