//! `eth_simulateV1`: blocks that could come, with changes of the state before each, one on top of the other.

use alloy_consensus::Transaction as _;
use alloy_primitives::{address, Address, Bytes, Log, LogData, B256, U256};
use alloy_rpc_types_eth::simulate::{SimBlock, SimulatePayload};
use alloy_rpc_types_eth::TransactionRequest;
use inkhorn_chain::trace::{Frame, FrameKind, TraceAs};
use inkhorn_chain::{Chain, Outcome, Status};
use serde_json::{json, Value};

use crate::accounts::stand_in_signature;
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
    pub const BLOCK_NUMBER: i32 = -38_020;
    pub const BLOCK_TIME: i32 = -38_021;
    pub const TOO_MANY_BLOCKS: i32 = -38_026;
    /// Of a call that reverted.
    pub const REVERTED: i32 = 3;
    /// Of a call that the chain ended.
    pub const HALTED: i32 = -32_015;
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
        let mut run = call::transaction(&self.chain, &request, self.gas)?;
        let built = transaction::build(request, self.chain.config().chain_id)?;
        let sent = transaction::sign(built, sender, stand_in_signature(sender));
        if self.payload.validation {
            self.validate(&sent, &run)?;
        }
        run.gas = Some(sent.gas_limit());
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
            let code = match reason.as_str() {
                text if text.contains("insufficient funds") => code::INSUFFICIENT_FUNDS,
                _ => code::INTRINSIC_GAS,
            };
            return Err(RpcError::coded(code, reason));
        }
        if let Some(logs) = transfers.filter(|_| outcome.is_success()) {
            outcome.logs = logs;
        }
        self.gas = self.gas.saturating_sub(outcome.gas_used);
        entries.push(Entry::new(entries, sent, &outcome));
        Ok(outcome)
    }

    /// Nonce, gas limit and fee where a call leaves them open.
    fn filled(&self, mut request: TransactionRequest) -> Result<TransactionRequest, RpcError> {
        let sender = request.from.unwrap_or_default();
        request
            .nonce
            .get_or_insert_with(|| self.chain.nonce(sender));
        let gas = *request.gas.get_or_insert(self.gas);
        if gas > self.gas {
            return Err(RpcError::coded(
                code::BLOCK_GAS_LIMIT,
                format!(
                    "block gas limit reached: {gas} asked for, {} left",
                    self.gas
                ),
            ));
        }
        if request.gas_price.is_none() {
            let base_fee = match self.payload.validation {
                true => self.chain.config().base_fee.into(),
                false => 0,
            };
            request.max_fee_per_gas.get_or_insert(base_fee);
            request.max_priority_fee_per_gas.get_or_insert(0);
        }
        Ok(request)
    }

    /// Checks what a block would ask of a transaction, and what the chain itself does not look at.
    fn validate(
        &self,
        sent: &transaction::Sent,
        run: &inkhorn_chain::Transaction,
    ) -> Result<(), RpcError> {
        let (have, want) = (sent.nonce(), self.chain.nonce(run.from));
        let base_fee = u128::from(self.chain.config().base_fee);
        if have < want {
            let reason = format!(
                "nonce too low: address {}, tx: {have} state: {want}",
                run.from
            );
            return Err(RpcError::coded(code::NONCE_TOO_LOW, reason));
        }
        if have > want {
            let reason = format!(
                "nonce too high: address {}, tx: {have} state: {want}",
                run.from
            );
            return Err(RpcError::coded(code::NONCE_TOO_HIGH, reason));
        }
        if sent.max_fee_per_gas() < base_fee {
            let reason = format!(
                "max fee per gas less than block base fee: maxFeePerGas: {}, baseFee: {base_fee}",
                sent.max_fee_per_gas()
            );
            return Err(RpcError::coded(code::FEE_TOO_LOW, reason));
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
    let mut view = json!({
        "returnData": outcome.output,
        "logs": receipt::logs(block, index),
        "gasUsed": U256::from(outcome.gas_used),
        "status": U256::from(outcome.is_success()),
    });
    let error = match &outcome.status {
        Status::Success => return view,
        Status::Revert => {
            let message = RpcError::Revert(outcome.output.clone()).to_string();
            json!({ "code": code::REVERTED, "message": message, "data": outcome.output })
        }
        Status::Halt(reason) => {
            view["returnData"] = json!(Bytes::new());
            json!({ "code": code::HALTED, "message": reason })
        }
    };
    view["error"] = error;
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
