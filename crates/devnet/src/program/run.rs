//! One frame of a program, from entry cost to outcome.

use std::cmp::min;

use alloy_primitives::{Bytes, B256};
use wasmtime::{InstancePre, Store, TypedFunc};

use crate::frame::{with_stack_of, Call, FrameResult};
use crate::hostio::frame::{Escape, Handles, ProgramFrame};
use crate::hostio::storage_cache::StorageCache;
use crate::machine::params::StylusParams;
use crate::machine::Machine;
use crate::program::engine::{compiled, engine, NATIVE_STACK};
use crate::program::record::ProgramRecord;
use crate::transaction::FrameReport;
use crate::wasm::accept::Rules;

/// Native stack of the host functions and the frame machinery above a program's own.
const HOST_STACK: usize = 1 << 20;

/// First ArbOS version that prices return data like the EVM's memory.
const RETURN_DATA_PRICED: u64 = 31;
/// First ArbOS version with the discount for programs called before in the block.
const RECENT_DISCOUNT: u64 = 60;

/// How a program ended.
enum Ending {
    Returned(u32),
    OutOfInk,
    OutOfStack,
    /// Trapped or asked for something impossible.
    Failed(String),
}

/// A finished run, with its meters.
struct Run {
    ending: Ending,
    ink_left: u64,
    child_ink: u64,
    output: Vec<u8>,
    refund: i64,
}

impl Machine {
    /// Runs a program as the callee of `call`.
    pub(crate) fn run_program(&mut self, call: Call, code_hash: B256, code: Bytes) -> FrameResult {
        let params = self.stylus_params();
        let record = self.program_record(code_hash);
        let record = match record.usable(&params, self.block.timestamp) {
            Ok(record) => record,
            Err(reason) => return FrameResult::halt(reason.text()),
        };
        let program = match self.compiled_program(code_hash, &code, record.version) {
            Ok(program) => program,
            Err(reason) => return FrameResult::halt(reason),
        };
        let report = self.reports.len();
        self.reports.push(FrameReport {
            address: call.target,
            code_address: call.code_address,
            depth: call.depth,
            gas_limit: call.gas,
            ..FrameReport::default()
        });
        let entry_gas = self.entry_gas(code_hash, &record, &params);
        self.reports[report].entry_gas = min(entry_gas, call.gas);
        let Some(gas) = call.gas.checked_sub(entry_gas) else {
            return FrameResult::halt("out of gas");
        };
        let start_gas = call.gas;
        let open = self.pages.open;
        self.pages.open(record.footprint);
        let run = with_stack_of(NATIVE_STACK + HOST_STACK, || {
            self.run_instance(call, &program, params, gas)
        });
        self.pages.open = open;
        self.finish(run, report, gas, start_gas, &params)
    }

    /// Native code of an active program.
    ///
    /// # Errors
    /// When its fragments were overwritten since the activation, and with them the code that was checked.
    fn compiled_program(
        &mut self,
        code_hash: B256,
        code: &Bytes,
        stylus_version: u16,
    ) -> Result<InstancePre<ProgramFrame>, String> {
        let rules = self.rules(stylus_version);
        let content = self.content_hash(code_hash, code);
        compiled(content, rules, || self.program_wasm(code))
    }

    /// Gas for entering a program: its memory and its initialisation. Counts as a call of it, whether or not it can
    /// be paid.
    fn entry_gas(&mut self, hash: B256, record: &ProgramRecord, params: &StylusParams) -> u64 {
        let recent = self.config.arbos_version >= RECENT_DISCOUNT
            && self.recent.insert(hash, params.block_cache_size);
        let hit = record.cached || recent;
        let mut gas = self.pages_gas(record.footprint, params);
        if hit || record.version > 1 {
            gas = gas.saturating_add(params.cached_gas(record.cached_cost));
        }
        if !hit {
            gas = gas.saturating_add(params.init_gas(record.init_cost));
        }
        gas
    }

    fn run_instance(
        &mut self,
        call: Call,
        program: &InstancePre<ProgramFrame>,
        params: StylusParams,
        gas: u64,
    ) -> Run {
        let reentrant = self.is_reentered(call.target);
        let length = call.input.len() as u32;
        let frame = ProgramFrame {
            machine: self.take(),
            call,
            params,
            reentrant,
            output: Vec::new(),
            return_data: Bytes::new(),
            storage: StorageCache::default(),
            last_code: None,
            refund: 0,
            child_ink: 0,
            handles: None,
        };
        let mut store = Store::new(engine(), frame);
        let instance = program
            .instantiate(&mut store)
            .expect("activation checked what instantiation needs, and there are instances enough");
        let export = |name| format!("the rewritten program exports {name}");
        let handles = {
            let mut global = |name| {
                let global = instance.get_global(&mut store, name);
                global.unwrap_or_else(|| panic!("{}", export(name)))
            };
            let ink_left = global("stylus_ink_left");
            let ink_status = global("stylus_ink_status");
            let stack_left = global("stylus_stack_left");
            let memory = instance.get_memory(&mut store, "memory");
            Handles {
                memory: memory.unwrap_or_else(|| panic!("{}", export("memory"))),
                ink_left,
                ink_status,
                stack_left,
            }
        };
        store.data_mut().handles = Some(handles);
        let ink = gas.saturating_mul(params.ink_price.into());
        handles.set_ink_left(&mut store, ink);
        handles.set_stack_left(&mut store, params.max_stack_depth);
        let entrypoint: TypedFunc<u32, u32> = instance
            .get_typed_func(&mut store, "user_entrypoint")
            .expect("activation checked the entrypoint");
        store.data_mut().machine.note_start(ink, length);
        let returned = entrypoint.call(&mut store, length);
        let ending = ending(returned, &handles, &mut store);
        let ink_left = match ending {
            Ending::OutOfInk | Ending::OutOfStack => 0,
            _ => handles.ink_left(&mut store),
        };
        let frame = store.into_data();
        *self = frame.machine;
        let status = match ending {
            Ending::Returned(status) => Some(status),
            _ => None,
        };
        self.note_end(ink_left, status);
        Run {
            ending,
            ink_left,
            child_ink: frame.child_ink,
            output: frame.output,
            refund: frame.refund,
        }
    }

    fn finish(
        &mut self,
        run: Run,
        report: usize,
        gas: u64,
        start_gas: u64,
        params: &StylusParams,
    ) -> FrameResult {
        let price = u64::from(params.ink_price);
        let used = gas.saturating_mul(price) - run.ink_left;
        let report = &mut self.reports[report];
        report.ink_total = used;
        report.ink_used = used.saturating_sub(run.child_ink);
        report.success = matches!(run.ending, Ending::Returned(0));
        let gas_left = run.ink_left / price;
        let output = Bytes::from(run.output);
        match run.ending {
            Ending::Returned(0) => self.price_output(
                FrameResult::success(output, gas_left, run.refund),
                start_gas,
            ),
            Ending::Returned(_) => {
                self.price_output(FrameResult::revert(output, gas_left), start_gas)
            }
            Ending::Failed(reason) => {
                report.failure = Some(reason);
                FrameResult::revert(Bytes::new(), gas_left)
            }
            Ending::OutOfInk => FrameResult::halt("out of gas"),
            Ending::OutOfStack => FrameResult::halt("max call depth exceeded"),
        }
    }

    /// Makes return data cost at least what memory for it costs in the EVM.
    fn price_output(&self, result: FrameResult, start_gas: u64) -> FrameResult {
        if result.output.is_empty() || self.config.arbos_version < RETURN_DATA_PRICED {
            return result;
        }
        let words = (result.output.len() as u64).div_ceil(32);
        match start_gas.checked_sub(3 * words + words * words / 512) {
            Some(most) => FrameResult {
                gas_left: min(result.gas_left, most),
                ..result
            },
            None => FrameResult::halt("out of gas"),
        }
    }

    /// Rules by which programs of a Stylus version are accepted on this chain.
    pub(crate) fn rules(&self, stylus_version: u16) -> Rules {
        Rules {
            arbos_version: self.config.arbos_version,
            stylus_version,
            debug: self.config.debug,
        }
    }
}

fn ending(
    returned: wasmtime::Result<u32>,
    handles: &Handles,
    store: &mut Store<ProgramFrame>,
) -> Ending {
    // The native stack holds more words than the default limit allows; an owner may allow more than it holds.
    let overflow =
        |error: &wasmtime::Error| error.downcast_ref() == Some(&wasmtime::Trap::StackOverflow);
    if handles.stack_left(store) == 0 || returned.as_ref().is_err_and(overflow) {
        return Ending::OutOfStack;
    }
    if handles.is_exhausted(store) {
        return Ending::OutOfInk;
    }
    match returned {
        Ok(status) => Ending::Returned(status),
        Err(error) => match error.downcast_ref::<Escape>() {
            Some(Escape::Exit(status)) => Ending::Returned(*status),
            Some(escape) => Ending::Failed(escape.to_string()),
            None => Ending::Failed(error.root_cause().to_string()),
        },
    }
}
