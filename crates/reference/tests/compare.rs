//! One module here and there.

use std::collections::BTreeMap;

use inkhorn_chain::{Address, Bytes, Chain, ChainConfig, Outcome, ProgramCode, Status, B256, U256};
use inkhorn_reference::{
    keccak256, Account, Environment, EvmCode, Kind, Log, Machine, Program, Receipt, Transaction,
    Unmodelled, World, ACTIVATION_FIXED,
};

use crate::dice::Dice;
use crate::generate::{self, Tables};

pub const ALICE: [u8; 20] = [0xa1; 20];
const PROGRAM: [u8; 20] = [0x50; 20];
const RICH: [u8; 20] = [0x51; 20];
const NOBODY: [u8; 20] = [0x52; 20];
const CALLEES: [([u8; 20], EvmCode); 4] = [
    ([0xe1; 20], EvmCode::Stop),
    ([0xe2; 20], EvmCode::Return(64)),
    ([0xe3; 20], EvmCode::Revert(33)),
    ([0xe4; 20], EvmCode::Invalid),
];
const BASE_FEE: u64 = 20_000_000;
const ETHER: u128 = 1_000_000_000_000_000_000;
const COINBASE: [u8; 20] = *b"\xa4\xb0\0\0\0\0\0\0\0\0\0sequencer";

/// What became of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Met {
    Refused,
    Unmodelled,
    Ran(&'static str),
}

/// The chain that every module starts from.
pub fn chain() -> Chain {
    let mut chain = Chain::new(ChainConfig {
        base_fee: BASE_FEE,
        ..ChainConfig::default()
    });
    chain.fund(ALICE.into(), U256::from(1_000 * ETHER));
    chain.fund(RICH.into(), U256::from(ETHER));
    for (address, code) in CALLEES {
        chain.set_code(address.into(), code.bytes().into());
    }
    chain
}

fn word(value: u128) -> [u8; 32] {
    U256::from(value).to_be_bytes()
}

fn tables() -> Tables {
    let callees = CALLEES.map(|(address, _)| address);
    Tables {
        addresses: [&[ALICE, PROGRAM, RICH, NOBODY], &callees[..]].concat(),
        values: vec![
            word(0),
            word(0),
            word(0),
            word(1),
            word(7),
            word(0),
            word(ETHER),
            [0xff; 32],
        ],
        keys: vec![
            word(0),
            word(1),
            word(2),
            word(0),
            word(12_345),
            [0xff; 32],
            [0x80; 32],
            word(u128::MAX),
        ],
    }
}

/// Compares what both make of the module that a seed gives.
///
/// # Errors
/// What differs.
pub fn compare(base: &Chain, seed: u64) -> Result<Met, String> {
    let mut dice = Dice(seed);
    let tables = tables();
    let wasm = if dice.one_in(6) {
        generate::anything(&mut dice, &tables)
    } else {
        generate::program(&mut dice, &tables)
    };
    let mut chain = base.clone();
    let ProgramCode::Classic(code) = ProgramCode::new(&wasm) else {
        return Err("larger than meant".to_owned());
    };
    chain.set_code(PROGRAM.into(), code.clone());
    chain.fund(PROGRAM.into(), U256::from(100));
    let activated = chain.activate(ALICE.into(), PROGRAM.into());
    let accepted = Program::accept(&wasm);
    let (program, activation) = match (accepted, activated) {
        (Ok(program), Ok(activation)) => (program, activation),
        (Err(_), Err(_)) => return Ok(Met::Refused),
        (Ok(_), Err(outcome)) => {
            return Err(format!("only the chain refuses it: {:?}", outcome.status))
        }
        (Err(why), Ok(_)) => return Err(format!("the chain does not refuse it: {}", why.0)),
    };
    check_activation(&chain, &wasm, &program, activation.gas_used)?;
    let tx = transaction(&mut dice);
    let slot = word(dice.below(3).into());
    chain.set_storage(PROGRAM.into(), U256::from_be_bytes(slot), U256::from(5));
    let world = world(&chain, &code);
    let outcome = chain.transact(
        inkhorn_chain::Transaction::call(ALICE.into(), PROGRAM.into(), tx.data.clone())
            .with_gas(tx.gas)
            .with_value(U256::from(tx.value)),
    );
    let environment = Environment {
        chain_id: chain.config().chain_id,
        number: chain.l1_block_number(),
        timestamp: chain.now(),
        gas_limit: 1 << 50,
        base_fee: BASE_FEE,
        coinbase: COINBASE,
    };
    let programs = [(PROGRAM, &program)];
    let machine = Machine::new(world, environment, &programs, &CALLEES);
    match machine.transact(&tx) {
        Err(Unmodelled(_)) => Ok(Met::Unmodelled),
        Ok((receipt, after)) => {
            check_outcome(&outcome, &receipt)?;
            if outcome.is_success() {
                check_world(&chain, &after)?;
            }
            Ok(Met::Ran(name(&receipt)))
        }
    }
}

fn name(receipt: &Receipt) -> &'static str {
    match receipt.kind {
        Kind::Success if receipt.frames > 1 => "success with calls",
        Kind::Success => "success",
        Kind::Revert => "revert",
        Kind::Failure => "failure",
        Kind::OutOfGas => "out of gas",
        Kind::OutOfStack => "out of stack",
    }
}

fn transaction(dice: &mut Dice) -> Transaction {
    let length = dice.pick(&[0, 4, 36, 100]);
    let data = dice.bytes(length);
    Transaction {
        from: ALICE,
        to: PROGRAM,
        value: dice.pick(&[0, 0, 3]),
        data,
        gas: dice.pick(&[30_000, 40_000, 60_000, 100_000, 200_000, 400_000]) + dice.below(7_000),
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

fn check_activation(
    chain: &Chain,
    wasm: &[u8],
    program: &Program,
    gas_used: u64,
) -> Result<(), String> {
    let input = [&[0x58, 0xc7, 0x80, 0xc2][..], &[0; 12], &PROGRAM].concat();
    let intrinsic =
        inkhorn_chain::Transaction::call(ALICE.into(), PROGRAM.into(), input).intrinsic_gas();
    equal(
        "gas of activation",
        gas_used,
        intrinsic + ACTIVATION_FIXED + program.activation_gas,
    )?;
    let check = chain.check_program(wasm)?;
    equal("operators", check.operators, program.operators)?;
    let recorded = &program.estimates;
    equal("native code", check.asm_estimate, recorded.asm)?;
    equal("initial cost", check.init_cost, recorded.init)?;
    equal("cached cost", check.cached_cost, recorded.cached)?;
    equal("footprint", check.footprint, recorded.footprint)
}

fn world(chain: &Chain, code: &Bytes) -> World {
    let mut accounts = BTreeMap::new();
    for address in [ALICE, PROGRAM, RICH] {
        let who = Address::from(address);
        let storage = (chain.storage_slots(who))
            .filter(|(_, value)| !value.is_zero())
            .map(|(slot, value)| (slot.to_be_bytes(), value.to_be_bytes()));
        let account = Account {
            balance: chain.balance(who).try_into().expect("little"),
            nonce: chain.nonce(who),
            code: if address == PROGRAM {
                code.to_vec()
            } else {
                vec![]
            },
            storage: storage.collect(),
        };
        accounts.insert(address, account);
    }
    let mut world = World::default();
    world.accounts = accounts;
    world
}

fn kind(outcome: &Outcome) -> Result<Kind, String> {
    let failed = outcome
        .frames
        .first()
        .is_some_and(|frame| frame.failure.is_some());
    Ok(match &outcome.status {
        Status::Success => Kind::Success,
        Status::Revert if failed => Kind::Failure,
        Status::Revert => Kind::Revert,
        Status::Halt(why) if why == "out of gas" => Kind::OutOfGas,
        Status::Halt(why) if why == "max call depth exceeded" => Kind::OutOfStack,
        Status::Halt(why) => return Err(format!("the chain halts: {why}")),
    })
}

fn check_outcome(outcome: &Outcome, receipt: &Receipt) -> Result<(), String> {
    equal("kind", kind(outcome)?, receipt.kind)?;
    equal("output", outcome.output.to_vec(), receipt.output.clone())?;
    if !matches!(receipt.kind, Kind::OutOfGas | Kind::OutOfStack) {
        let frame = &outcome.frames[0];
        equal("gas of entry", frame.entry_gas, receipt.entry_gas)?;
        equal("ink", frame.ink_total, receipt.ink_used)?;
    }
    equal("frames", outcome.frames.len(), receipt.frames)?;
    equal("gas", outcome.gas_used, receipt.gas_used)?;
    let logs = outcome.logs.iter().map(|log| Log {
        address: log.address.into(),
        topics: log.topics().iter().map(|topic| topic.0).collect(),
        data: log.data.data.to_vec(),
    });
    let reference = if outcome.is_success() {
        receipt.logs.clone()
    } else {
        vec![]
    };
    equal("events", logs.collect(), reference)
}

fn check_world(chain: &Chain, after: &World) -> Result<(), String> {
    for (address, account) in &after.accounts {
        let who = Address::from(*address);
        let slots: BTreeMap<[u8; 32], [u8; 32]> = (chain.storage_slots(who))
            .filter(|(_, value)| !value.is_zero())
            .map(|(slot, value)| (slot.to_be_bytes(), value.to_be_bytes()))
            .collect();
        equal("storage", &slots, &account.storage)?;
        if *address != ALICE {
            equal("balance", chain.balance(who), U256::from(account.balance))?;
        }
        if !account.code.is_empty() {
            equal(
                "code hash",
                chain.code_hash(who),
                B256::from(keccak256(&account.code)),
            )?;
        }
    }
    Ok(())
}
