//! `eth_simulateV1`: blocks that could come, with changes of the state before each, one on top of the other.

use alloy_consensus::Transaction as _;
use alloy_primitives::{address, Address, Bytes, Log, LogData, Signature, B256, U256};
use alloy_rpc_types_eth::simulate::{SimBlock, SimulatePayload};
use alloy_rpc_types_eth::TransactionRequest;
use inkhorn_chain::trace::{Frame, FrameKind, TraceAs};
use inkhorn_chain::{Chain, Outcome, Status};
use serde_json::{json, Value};

use crate::block::{Block, Entry};
use crate::call::{self, RunsIn, CALL_GAS_CAP};
use crate::error::RpcError;
use crate::fields::{Request, Shape, SIMULATION};
use crate::receipt;
use crate::transaction;

/// Most blocks that one request simulates, with those that fill gaps.
const MAX_BLOCKS: u64 = 256;
/// Seconds between blocks unless told otherwise, as in go-ethereum.
const BLOCK_TIME: u64 = 12;
/// Where transfers of ether are logged, and as what: `Transfer(address,address,uint256)`.
const ETHER: Address = address!("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");
const TRANSFER: B256 =
    alloy_primitives::b256!("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");

/// Codes by which a simulation that can't go on says why.
mod code {
    pub const NONCE_TOO_LOW: i32 = -38_010;
    pub const NONCE_TOO_HIGH: i32 = -38_011;
    pub const FEE_TOO_LOW: i32 = -38_012;
    pub const INTRINSIC_GAS: i32 = -38_013;
    pub const INSUFFICIENT_FUNDS: i32 = -38_014;
    pub const BLOCK_GAS_LIMIT: i32 = -38_015;
    pub const INIT_CODE: i32 = -38_025;
    pub const BLOCK_NUMBER: i32 = -38_020;
    pub const BLOCK_TIME: i32 = -38_021;
    pub const TOO_MANY_BLOCKS: i32 = -38_026;
    /// Of a call that reverted.
    pub const REVERTED: i32 = 3;
    /// Of a call that the chain ended.
    pub const HALTED: i32 = -32_015;
    pub const INVALID: i32 = -32_602;
    /// Of what none of these codes is for.
    pub const OTHER: i32 = -32_603;
}

/// How the words begin in which a call is not admitted, and its code.
const NOT_ADMITTED: [(&str, i32); 5] = [
    ("insufficient funds", code::INSUFFICIENT_FUNDS),
    ("intrinsic gas too low", code::INTRINSIC_GAS),
    ("max initcode size exceeded", code::INIT_CODE),
    ("max fee per gas less than", code::FEE_TOO_LOW),
    ("max priority fee per gas higher", code::INVALID),
];

/// The refusal of a call that is not admitted.
fn not_admitted(reason: String) -> RpcError {
    let found = NOT_ADMITTED
        .iter()
        .find(|(words, _)| reason.starts_with(words));
    RpcError::coded(found.map_or(code::OTHER, |(_, code)| *code), reason)
}

impl Request for SimulatePayload {
    const SHAPE: Shape = SIMULATION;
}

/// A simulation under way.
struct Simulation {
    chain: Chain,
    parent: B256,
    payload: SimulatePayload,
    /// Gas that is left for all calls.
    gas: u64,
    /// Gas that is left in the block that is open.
    room: u64,
    blocks: Vec<Value>,
}

/// Simulates blocks on top of a chain whose latest block has the hash `parent`.
///
/// # Errors
/// Blocks out of order, calls that no block could take, overrides that are not honoured.
pub fn simulate(
    chain: Chain,
    parent: B256,
    mut payload: SimulatePayload,
) -> Result<Value, RpcError> {
    let blocks = std::mem::take(&mut payload.block_state_calls);
    if blocks.is_empty() {
        return Err(RpcError::invalid("empty input"));
    }
    let mut simulation = Simulation {
        chain,
        parent,
        payload,
        gas: CALL_GAS_CAP,
        room: 0,
        blocks: Vec::new(),
    };
    for block in blocks {
        simulation.fill_gap(&block)?;
        simulation.add(block)?;
    }
    Ok(simulation.blocks.into())
}

impl Simulation {
    /// Adds empty blocks up to the number that a block asks for.
    fn fill_gap(&mut self, block: &SimBlock) -> Result<(), RpcError> {
        let next = self.chain.block_number() + 1;
        let Some(wanted) = block.block_number_override() else {
            return Ok(());
        };
        if wanted < U256::from(next) {
            return Err(RpcError::coded(
                code::BLOCK_NUMBER,
                format!("block numbers must be in order: {wanted} <= {}", next - 1),
            ));
        }
        let gap = wanted - U256::from(next);
        if gap >= U256::from(MAX_BLOCKS) {
            return Err(too_many_blocks());
        }
        (0..gap.to::<u64>()).try_for_each(|_| self.add(SimBlock::default()))
    }

    fn add(&mut self, block: SimBlock) -> Result<(), RpcError> {
        if self.blocks.len() as u64 >= MAX_BLOCKS {
            return Err(too_many_blocks());
        }
        let previous = self.chain.now();
        let mut changes = block.block_overrides.unwrap_or_default();
        changes.number = None;
        let time = *changes.time.get_or_insert(previous + BLOCK_TIME);
        if time <= previous {
            return Err(RpcError::coded(
                code::BLOCK_TIME,
                format!("block timestamps must be in order: {time} <= {previous}"),
            ));
        }
        // Where nothing is validated gas is free, unless the block says what it costs.
        let is_free = !self.payload.validation && changes.base_fee.is_none();
        call::apply_overrides(
            &mut self.chain,
            block.state_overrides,
            Some(changes),
            RunsIn::Next,
        )?;
        if is_free {
            self.chain.set_base_fee(0);
        }
        self.chain.open_simulated();
        self.room = self.chain.config().block_gas_limit;
        let (mut entries, mut outcomes) = (Vec::<Entry>::new(), Vec::new());
        for request in block.calls {
            let outcome = self.run(request, &mut entries)?;
            outcomes.push(outcome);
        }
        let block = Block::seal(self.parent, &mut self.chain, entries);
        self.parent = block.header.hash();
        self.chain
            .set_block_hash(block.header.number, block.header.hash());
        let mut view = block.view(self.payload.return_full_transactions);
        let calls = outcomes.iter().enumerate();
        view["calls"] = calls
            .map(|(index, outcome)| call_view(&block, index, outcome))
            .collect();
        self.blocks.push(view);
        Ok(())
    }

    /// Runs a call in the block that is open and keeps its effects.
    fn run(
        &mut self,
        request: TransactionRequest,
        entries: &mut Vec<Entry>,
    ) -> Result<Outcome, RpcError> {
        let request = self.filled(request)?;
        let sender = request.from.unwrap_or_default();
        let built = transaction::build(request.clone(), self.chain.config().chain_id)?;
        // Nobody has signed it.
        let sent = transaction::sign(built, sender, Signature::new(U256::ZERO, U256::ZERO, false));
        if self.payload.validation {
            self.validate(&sent)?;
        }
        let run =
            call::transaction(&self.chain, &request, self.gas).map_err(|error| match error {
                RpcError::Refused(reason) => not_admitted(reason),
                other => other,
            })?;
        let transfers = self.payload.trace_transfers.then(|| {
            let (_, frame) = self.chain.trace_frames(&run, TraceAs::Call);
            frame.map_or(Vec::new(), |frame| logs_with_transfers(&frame))
        });
        let mut outcome = self.chain.simulate(&run, self.payload.validation);
        if outcome.gas_used == 0 {
            let reason = match &outcome.status {
                Status::Halt(reason) => reason.clone(),
                _ => String::new(),
            };
            return Err(not_admitted(reason));
        }
        if let Some(logs) = transfers.filter(|_| outcome.is_success()) {
            outcome.logs = logs;
        }
        self.gas = self.gas.saturating_sub(outcome.gas_used);
        self.room = self.room.saturating_sub(outcome.gas_used);
        entries.push(Entry::new(entries, sent, &outcome));
        Ok(outcome)
    }

    /// Nonce, gas limit and fee where a call leaves them open: what is left in the block, and nothing.
    fn filled(&self, mut request: TransactionRequest) -> Result<TransactionRequest, RpcError> {
        let sender = request.from.unwrap_or_default();
        request
            .nonce
            .get_or_insert_with(|| self.chain.nonce(sender));
        let gas = request.gas.unwrap_or(self.room);
        if gas > self.room {
            return Err(RpcError::coded(
                code::BLOCK_GAS_LIMIT,
                format!(
                    "block gas limit reached: {gas} asked for, {} left",
                    self.room
                ),
            ));
        }
        request.gas = Some(gas.min(self.gas));
        if request.gas_price.is_none() {
            request.max_fee_per_gas.get_or_insert(0);
            request.max_priority_fee_per_gas.get_or_insert(0);
        }
        Ok(request)
    }

    /// Checks what a block would ask of a transaction, and what the chain itself does not look at.
    fn validate(&self, sent: &transaction::Sent) -> Result<(), RpcError> {
        let sender = sent.signer();
        let (have, want) = (sent.nonce(), self.chain.nonce(sender));
        let base_fee = u128::from(self.chain.config().base_fee);
        if have < want {
            let reason = format!("nonce too low: address {sender}, tx: {have} state: {want}");
            return Err(RpcError::coded(code::NONCE_TOO_LOW, reason));
        }
        if have > want {
            let reason = format!("nonce too high: address {sender}, tx: {have} state: {want}");
            return Err(RpcError::coded(code::NONCE_TOO_HIGH, reason));
        }
        if have == u64::MAX {
            return Err(not_admitted(format!(
                "nonce has max value: address {sender}, nonce: {have}"
            )));
        }
        if sent.max_fee_per_gas() < base_fee {
            return Err(not_admitted(format!(
                "max fee per gas less than block base fee: address {sender}, maxFeePerGas: {}, baseFee: {base_fee}",
                sent.max_fee_per_gas()
            )));
        }
        Ok(())
    }
}

fn too_many_blocks() -> RpcError {
    RpcError::coded(
        code::TOO_MANY_BLOCKS,
        format!("too many blocks: at most {MAX_BLOCKS} are simulated"),
    )
}

/// What a call came to.
fn call_view(block: &Block, index: usize, outcome: &Outcome) -> Value {
    let error = match &outcome.status {
        Status::Success => None,
        Status::Revert => Some(json!({
            "code": code::REVERTED,
            "message": RpcError::Revert(outcome.output.clone()).to_string(),
            "data": outcome.output,
        })),
        Status::Halt(reason) => Some(json!({ "code": code::HALTED, "message": reason })),
    };
    // What a revert carries is told as its error's.
    let returned = match error {
        None => outcome.output.clone(),
        Some(_) => Bytes::new(),
    };
    let mut view = json!({
        "returnData": returned,
        "logs": receipt::logs(block, index),
        "gasUsed": U256::from(outcome.gas_used),
        "maxUsedGas": U256::from(outcome.most_gas_used),
        "status": U256::from(outcome.is_success()),
    });
    if let Some(error) = error {
        view["error"] = error;
    }
    view
}

/// A transaction's events with the transfers of ether between them, in order.
fn logs_with_transfers(frame: &Frame) -> Vec<Log> {
    let mut logs = Vec::new();
    collect(frame, &mut logs);
    logs
}

fn collect(frame: &Frame, logs: &mut Vec<Log>) {
    if frame.error.is_some() {
        return;
    }
    let moves = !matches!(
        frame.kind,
        FrameKind::DelegateCall | FrameKind::StaticCall | FrameKind::CallCode
    );
    if moves && !frame.value.is_zero() {
        let topics = vec![TRANSFER, frame.from.into_word(), frame.to.into_word()];
        let amount = frame.value.to_be_bytes::<32>();
        let data = LogData::new_unchecked(topics, Bytes::copy_from_slice(&amount));
        logs.push(Log {
            address: ETHER,
            data,
        });
    }
    let mut events = frame.logs.iter().peekable();
    for at in 0..=frame.calls.len() {
        while let Some(event) = events.next_if(|event| event.position <= at) {
            logs.push(event.log.clone());
        }
        if let Some(call) = frame.calls.get(at) {
            collect(call, logs);
        }
    }
}
