//! How a transaction or call is traced: go-ethereum's options and tracers.

use std::time::{Duration, Instant};

use alloy_rpc_types_eth::state::StateOverride;
use alloy_rpc_types_eth::BlockOverrides;
use inkhorn_chain::trace::{
    call_tracer, flat_call_tracer, four_byte_tracer, prestate_tracer, struct_logs, stylus_tracer,
    FlatCallOptions, OpcodeOptions, TraceAs, TracedPlace,
};
use inkhorn_chain::{Chain, Outcome, Status, Transaction};
use serde::Deserialize;
use serde_json::{json, Map, Value};

use crate::error::RpcError;
use crate::fields::{Request, Shape, TRACE};
use crate::javascript::{self, Job, RunsAs};

/// Most steps of the EVM that a trace holds, and most when each carries the memory.
const MAX_STEPS: [usize; 2] = [200_000, 20_000];

/// How long a tracer in JavaScript may take unless told, and at most.
const PATIENCE: Duration = Duration::from_secs(5);
const MOST_PATIENCE: Duration = Duration::from_secs(300);

/// How to trace, as go-ethereum takes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Options {
    /// Name of a tracer, or the source of one in JavaScript.
    tracer: Option<String>,
    tracer_config: Option<Value>,
    timeout: Option<String>,
    enable_memory: bool,
    disable_memory: Option<bool>,
    disable_stack: bool,
    disable_storage: bool,
    enable_return_data: bool,
    disable_return_data: Option<bool>,
    limit: usize,
    /// Changes of accounts before a call.
    pub state_overrides: Option<StateOverride>,
    /// Changes of the block that a call runs in.
    pub block_overrides: Option<BlockOverrides>,
}

impl Request for Options {
    const SHAPE: Shape = Shape::Object("the options of a trace", TRACE);
}

/// What tracers can be told. Each takes a part of it.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Config {
    only_top_call: bool,
    with_log: bool,
    diff_mode: bool,
    disable_code: bool,
    disable_storage: bool,
    convert_parity_errors: bool,
    include_precompiles: bool,
}

/// The tracers there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tracer {
    Calls,
    FlatCalls,
    FourBytes,
    Prestate,
    Stylus,
    Mux,
    Nothing,
}

const TRACERS: [(&str, Tracer, &[&str]); 7] = [
    ("callTracer", Tracer::Calls, &["onlyTopCall", "withLog"]),
    (
        "flatCallTracer",
        Tracer::FlatCalls,
        &["convertParityErrors", "includePrecompiles"],
    ),
    ("4byteTracer", Tracer::FourBytes, &[]),
    (
        "prestateTracer",
        Tracer::Prestate,
        &["diffMode", "disableCode", "disableStorage"],
    ),
    ("stylusTracer", Tracer::Stylus, &[]),
    ("muxTracer", Tracer::Mux, &[]),
    ("noopTracer", Tracer::Nothing, &[]),
];

/// Finds a tracer by its name.
fn find(name: &str) -> Result<(Tracer, &'static [&'static str]), RpcError> {
    let known = TRACERS.iter().find(|(known, ..)| *known == name);
    let (_, tracer, config) = known.ok_or_else(|| {
        let names: Vec<&str> = TRACERS.iter().map(|(name, ..)| *name).collect();
        let names = names.join(", ");
        RpcError::refused(format!(
            "tracer not found: there are {names}, and any in JavaScript"
        ))
    })?;
    Ok((*tracer, config))
}

/// Whether this is the source of a tracer and no name.
fn is_source(tracer: &str) -> bool {
    !tracer.chars().all(char::is_alphanumeric)
}

/// A run that is traced: a transaction on a chain, and where it is if it was mined.
pub struct Run<'a> {
    /// The chain before it.
    pub chain: &'a Chain,
    /// What runs.
    pub transaction: &'a Transaction,
    /// As what it runs.
    pub how: TraceAs<'a>,
    /// Where it was mined.
    pub place: Option<TracedPlace>,
}

impl Options {
    /// Traces a run.
    ///
    /// # Errors
    /// A tracer or an option that is not there, a transaction that is not admitted, or more than can be told.
    pub fn trace(&self, run: &Run) -> Result<Value, RpcError> {
        let started = Instant::now();
        let patience = self.timeout.as_deref().map(duration).transpose()?;
        let trace = match self.tracer.as_deref() {
            None | Some("") => {
                if self.tracer_config.is_some() {
                    return Err(RpcError::invalid("`tracerConfig` needs a `tracer`"));
                }
                self.opcodes(run)?
            }
            Some(name) => run.with_tracer(name, self.tracer_config.as_ref(), patience)?,
        };
        match patience {
            Some(patience) if started.elapsed() > patience => {
                Err(RpcError::refused("execution timeout"))
            }
            _ => Ok(trace),
        }
    }

    fn opcodes(&self, run: &Run) -> Result<Value, RpcError> {
        let (outcome, trace) =
            run.chain
                .trace_opcodes(run.transaction, run.how, self.opcode_options());
        check_admitted(&outcome)?;
        if trace.overflowed || trace.steps.len() > self.max_steps() {
            return Err(too_long());
        }
        Ok(struct_logs(&outcome, &trace))
    }

    fn opcode_options(&self) -> OpcodeOptions {
        OpcodeOptions {
            stack: !self.disable_stack,
            memory: self.has_memory(),
            storage: !self.disable_storage,
            return_data: is_wanted(self.enable_return_data, self.disable_return_data),
            limit: match self.limit {
                0 => self.max_steps() + 1,
                limit => limit.min(self.max_steps()),
            },
        }
    }

    fn has_memory(&self) -> bool {
        is_wanted(self.enable_memory, self.disable_memory)
    }

    fn max_steps(&self) -> usize {
        MAX_STEPS[usize::from(self.has_memory())]
    }
}

/// What is left out unless it is switched on, by either of its names.
fn is_wanted(enabled: bool, disabled: Option<bool>) -> bool {
    disabled.map_or(enabled, |disabled| !disabled)
}

impl Run<'_> {
    fn with_tracer(
        &self,
        name: &str,
        config: Option<&Value>,
        patience: Option<Duration>,
    ) -> Result<Value, RpcError> {
        if is_source(name) {
            return self.with_javascript(name, config, patience.unwrap_or(PATIENCE));
        }
        let (tracer, known) = find(name)?;
        if tracer == Tracer::Mux {
            return self.with_each(config, patience);
        }
        let config = read_config(name, config, known)?;
        match tracer {
            Tracer::Prestate => {
                let (outcome, touched) = self.chain.trace_touched(self.transaction, self.how);
                check_admitted(&outcome)?;
                let mut trace = prestate_tracer(&touched, config.diff_mode);
                leave_out(&mut trace, config);
                Ok(trace)
            }
            Tracer::Nothing => Ok(json!({})),
            frames => {
                let (outcome, frame) = self.chain.trace_frames(self.transaction, self.how);
                check_admitted(&outcome)?;
                let frame = frame.ok_or_else(too_long)?;
                Ok(match frames {
                    Tracer::Stylus => stylus_tracer(&frame),
                    Tracer::FourBytes => four_byte_tracer(&frame),
                    Tracer::FlatCalls => {
                        let options = FlatCallOptions {
                            parity_errors: config.convert_parity_errors,
                            precompiles: config.include_precompiles,
                        };
                        flat_call_tracer(&frame, self.place, options)
                    }
                    _ => call_tracer(&frame, config.only_top_call, config.with_log),
                })
            }
        }
    }

    fn with_javascript(
        &self,
        source: &str,
        config: Option<&Value>,
        patience: Duration,
    ) -> Result<Value, RpcError> {
        if patience > MOST_PATIENCE {
            return Err(RpcError::invalid(format!(
                "invalid params: a tracer in JavaScript may take {MOST_PATIENCE:?} at most"
            )));
        }
        let job = Job {
            chain: self.chain.clone(),
            transaction: self.transaction.clone(),
            how: match self.how {
                TraceAs::Call => RunsAs::Call,
                TraceAs::CallInLatest => RunsAs::CallInLatest,
                TraceAs::Mined(before) => RunsAs::Mined(before.to_vec()),
            },
            place: self.place,
        };
        let config = config.filter(|config| !config.is_null());
        let config = config.map_or_else(|| "{}".to_owned(), Value::to_string);
        let deadline = Instant::now() + patience;
        let (outcome, trace) = javascript::trace(job, source, config, deadline)?;
        check_admitted(&outcome)?;
        trace.map_err(RpcError::Refused)
    }

    /// Every tracer that the configuration names, with its own configuration.
    fn with_each(
        &self,
        config: Option<&Value>,
        patience: Option<Duration>,
    ) -> Result<Value, RpcError> {
        let tracers = config.and_then(Value::as_object).ok_or_else(|| {
            RpcError::invalid("muxTracer needs a `tracerConfig` that names tracers")
        })?;
        let traces = tracers.iter().map(|(name, config)| {
            let trace = self.with_tracer(name, Some(config), patience)?;
            Ok((name.clone(), trace))
        });
        traces
            .collect::<Result<Map<_, _>, RpcError>>()
            .map(Value::Object)
    }
}

/// Reads what a tracer is told. What only other tracers take may be there if it is switched off.
fn read_config(name: &str, config: Option<&Value>, known: &[&str]) -> Result<Config, RpcError> {
    let Some(config) = config.filter(|config| !config.is_null()) else {
        return Ok(Config::default());
    };
    let is_off = |key: &str, value: &Value| {
        *value == Value::Bool(false) && TRACERS.iter().any(|(.., fields)| fields.contains(&key))
    };
    let unknown = config.as_object().and_then(|given| {
        given
            .iter()
            .find(|(key, value)| !known.contains(&key.as_str()) && !is_off(key, value))
    });
    if let Some((unknown, _)) = unknown {
        return Err(RpcError::invalid(format!(
            "invalid params: `tracerConfig` of {name} has no field `{unknown}` on this node"
        )));
    }
    serde_json::from_value(config.clone())
        .map_err(|error| RpcError::invalid(format!("invalid params: {error}")))
}

/// Takes code or storage out of accounts before or after a transaction.
fn leave_out(trace: &mut Value, config: Config) {
    let unwanted = [
        ("code", config.disable_code),
        ("storage", config.disable_storage),
    ];
    let states: Vec<&mut Value> = match config.diff_mode {
        true => trace
            .as_object_mut()
            .into_iter()
            .flat_map(Map::values_mut)
            .collect(),
        false => vec![trace],
    };
    let accounts = states
        .into_iter()
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut)
        .filter_map(Value::as_object_mut);
    for account in accounts {
        for (name, _) in unwanted.iter().filter(|(_, is_unwanted)| *is_unwanted) {
            account.remove(*name);
        }
    }
}

/// A duration as Go writes it: `1m30s`, `500ms`.
fn duration(text: &str) -> Result<Duration, RpcError> {
    let invalid = || RpcError::invalid(format!("invalid params: {text:?} is no duration"));
    let (mut rest, mut nanoseconds) = (text, 0.0);
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(invalid)?;
        let number: f64 = rest[..end].parse().map_err(|_| invalid())?;
        let after = &rest[end..];
        let (unit, scale) = [
            ("ns", 1.0),
            ("us", 1e3),
            ("µs", 1e3),
            ("ms", 1e6),
            ("s", 1e9),
            ("m", 60e9),
            ("h", 3_600e9),
        ]
        .into_iter()
        .find(|(unit, _)| {
            after
                .strip_prefix(unit)
                .is_some_and(|r| !r.starts_with(char::is_alphabetic))
        })
        .ok_or_else(invalid)?;
        nanoseconds += number * scale;
        rest = &after[unit.len()..];
    }
    if text.is_empty() || nanoseconds > 1e18 {
        return Err(invalid());
    }
    Ok(Duration::from_nanos(nanoseconds as u64))
}

fn too_long() -> RpcError {
    RpcError::LimitExceeded(
        "too much happened to be told: set a limit, leave something out or use another tracer"
            .to_owned(),
    )
}

/// A transaction that is not admitted has no trace.
fn check_admitted(outcome: &Outcome) -> Result<(), RpcError> {
    match &outcome.status {
        Status::Halt(reason) if outcome.gas_used == 0 => {
            Err(RpcError::refused(format!("tracing failed: {reason}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_writes_them() {
        for (text, milliseconds) in [
            ("5s", 5_000),
            ("1m30s", 90_000),
            ("1.5s", 1_500),
            ("250ms", 250),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)));
        }
        for text in ["", "5", "s", "5 s", "1d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
