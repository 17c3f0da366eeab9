//! A tracer in JavaScript, while it watches a transaction.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use alloy_primitives::U256;
use inkhorn_chain::trace::{Event, Frame, FrameKind, HostEvent, Observer, StateNow, TracedPlace};
use inkhorn_chain::{Outcome, Transaction};
use rquickjs::context::EvalOptions;
use rquickjs::function::{IntoArgs, This};
use rquickjs::{
    Context, Ctx, Function, Object, Persistent, Result as Js, Runtime, String as Text, Value,
};

use super::error::{describe, SOURCE};
use super::host::{bytes, digits, host};
use super::moment;

/// Memory that the engine may take up for one tracer, bytes.
const MEMORY: usize = 64 << 20;
/// Native stack that a function of a tracer may use, and what is kept free below it.
const STACK: usize = 4 << 20;
const RED_ZONE: usize = 2 << 20;

const PRELUDE: &str = include_str!("prelude.js");
const BIG_INTEGER: &str = include_str!("big_integer.js");

/// Functions that Nitro calls and this node does not.
const NOT_CALLED: [&str; 2] = ["captureArbitrumTransfer", "onBalanceChange"];

type Kept<T> = Persistent<T>;

/// What is kept of the tracer between its functions.
struct Hooks {
    object: Kept<Object<'static>>,
    step: Option<Kept<Function<'static>>>,
    fault: Kept<Function<'static>>,
    frames: Option<[Kept<Function<'static>>; 2]>,
    hostio: Option<Kept<Function<'static>>>,
    result: Kept<Function<'static>>,
    word: Kept<Function<'static>>,
    log: Kept<Object<'static>>,
    db: Kept<Object<'static>>,
    frame: Kept<Object<'static>>,
    outcome: Kept<Object<'static>>,
}

/// A tracer in an engine of its own.
pub(super) struct Tracer {
    hooks: Hooks,
    context: Context,
    transaction: Transaction,
    place: Option<TracedPlace>,
    began: Instant,
    /// The transaction's own frame, once it has closed.
    top: Option<Frame>,
    /// JSON of the result, or why there is none.
    result: Option<Result<String, String>>,
}

impl fmt::Debug for Tracer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a tracer in JavaScript")
    }
}

/// A tracer that two look at: the chain, and whoever wants its result.
#[derive(Clone, Debug)]
pub(super) struct Shared(pub Rc<RefCell<Tracer>>);

impl Observer for Shared {
    fn wants_steps(&self) -> bool {
        self.0.borrow().wants_steps()
    }

    fn observe(&mut self, event: Event<'_>, now: Rc<dyn StateNow>) {
        moment::set_state(Some(now));
        self.0.borrow_mut().observe(event);
        moment::set_state(None);
    }
}

impl Tracer {
    /// Makes a tracer of its source, an expression that gives an object, and hands it its configuration as JSON.
    ///
    /// # Errors
    /// What the source fails with, or a function that it has to have and has not.
    pub(super) fn new(
        source: &str,
        config: &str,
        transaction: Transaction,
        place: Option<TracedPlace>,
    ) -> Result<Self, String> {
        let unmade = |error: rquickjs::Error| format!("no JavaScript engine: {error}");
        let runtime = Runtime::new().map_err(unmade)?;
        runtime.set_memory_limit(MEMORY);
        runtime.set_max_stack_size(STACK);
        runtime.set_interrupt_handler(Some(Box::new(moment::has_to_end)));
        let context = Context::full(&runtime).map_err(unmade)?;
        let hooks = entered(&context, |ctx| {
            let hooks = load(&ctx, source)?;
            set_up(&ctx, &hooks, config).map_err(|error| describe(&ctx, error))?;
            Ok::<_, String>(hooks)
        })?;
        Ok(Self {
            hooks,
            context,
            transaction,
            place,
            began: Instant::now(),
            top: None,
            result: None,
        })
    }

    /// JSON of the result, or why there is none.
    pub(super) fn take_result(&mut self) -> Result<String, String> {
        self.result
            .take()
            .unwrap_or_else(|| Err("nothing was traced".to_owned()))
    }

    fn wants_steps(&self) -> bool {
        self.hooks.step.is_some() && self.result.is_none()
    }

    fn observe(&mut self, event: Event<'_>) {
        if self.result.is_some() {
            return;
        }
        match event {
            Event::Enter(_, 0) => {}
            Event::Exit(frame, 0) => self.top = Some(frame.clone()),
            Event::Enter(frame, _) => self.frame("enter", 0, frame),
            Event::Exit(frame, _) => self.frame("exit", 1, frame),
            Event::Step(step) => {
                moment::set_step(step);
                let step = self.hooks.step.clone();
                self.look("step", step);
            }
            Event::Fault(reason) => {
                moment::set_fault(reason);
                self.look("fault", Some(self.hooks.fault.clone()));
            }
            Event::HostCall(call) => self.host_call(call),
            Event::End(outcome) => self.end(outcome),
        }
    }

    /// Calls `step` or `fault`.
    fn look(&mut self, name: &'static str, function: Option<Kept<Function<'static>>>) {
        let Some(function) = function else { return };
        self.call(name, |ctx, hooks| {
            let arguments = (restored(ctx, &hooks.log)?, restored(ctx, &hooks.db)?);
            hooks.call(ctx, &function, arguments).map(drop)
        });
    }

    /// Calls `enter` or `exit`.
    fn frame(&mut self, name: &'static str, which: usize, frame: &Frame) {
        let Some(functions) = self.hooks.frames.clone() else {
            return;
        };
        moment::set_frame(frame.clone());
        self.call(name, |ctx, hooks| {
            let told = [&hooks.frame, &hooks.outcome][which];
            hooks
                .call(ctx, &functions[which], (restored(ctx, told)?,))
                .map(drop)
        });
    }

    fn host_call(&mut self, call: HostEvent<'_>) {
        let Some(function) = self.hooks.hostio.clone() else {
            return;
        };
        self.call("hostio", |ctx, hooks| {
            let info = Object::new(ctx.clone())?;
            info.set("name", call.name)?;
            info.set("args", bytes(ctx, call.args)?)?;
            info.set("outs", bytes(ctx, call.outs)?)?;
            info.set("startInk", call.start_ink)?;
            info.set("endInk", call.end_ink)?;
            hooks.call(ctx, &function, (info,)).map(drop)
        });
    }

    /// Calls a function of the tracer; what it fails with is the result.
    fn call(&mut self, name: &str, act: impl for<'js> FnOnce(&Ctx<'js>, &Hooks) -> Js<()>) {
        if let Err(reason) = self.run(name, act) {
            self.result = Some(Err(reason));
        }
    }

    fn run<R>(
        &self,
        name: &str,
        act: impl for<'js> FnOnce(&Ctx<'js>, &Hooks) -> Js<R>,
    ) -> Result<R, String> {
        let done = match moment::has_to_end() {
            true => Err(moment::failure().unwrap_or_default()),
            false => entered(&self.context, |ctx| {
                act(&ctx, &self.hooks).map_err(|error| describe(&ctx, error))
            }),
        };
        // What a tracer must not do ends it even if it caught the error.
        let done = done.and_then(|done| moment::failure().map_or(Ok(done), Err));
        done.map_err(|reason| format!("{reason}    in server-side tracer function '{name}'"))
    }

    fn end(&mut self, outcome: &Outcome) {
        let top = self.top.take();
        let elapsed = self.began.elapsed();
        let result = self.run("result", |ctx, hooks| {
            let told = Object::new(ctx.clone())?;
            self.tell_transaction(ctx, &told)?;
            self.tell_outcome(ctx, &told, (outcome, top.as_ref()), elapsed)?;
            self.tell_place(ctx, &told)?;
            let arguments = (told, restored(ctx, &hooks.db)?);
            let result = hooks.call(ctx, &hooks.result, arguments)?;
            let json = ctx.json_stringify(result)?;
            json.as_ref().map(Text::to_string).transpose()
        });
        self.result = Some(result.map(|json| json.unwrap_or_else(|| "null".to_owned())));
    }

    fn tell_transaction<'js>(&self, ctx: &Ctx<'js>, told: &Object<'js>) -> Js<()> {
        let transaction = &self.transaction;
        let word = |word: U256| -> Js<Value<'js>> {
            restored(ctx, &self.hooks.word)?.call((digits(word),))
        };
        told.set("from", bytes(ctx, transaction.from)?)?;
        told.set("input", bytes(ctx, &transaction.input)?)?;
        told.set("value", word(transaction.value)?)?;
        told.set("gas", transaction.gas_limit())?;
        told.set(
            "gasPrice",
            word(moment::of_state(|state| state.gas_price()))?,
        )?;
        told.set("intrinsicGas", transaction.intrinsic_gas())?;
        told.set("block", moment::of_state(|state| state.block_number()))?;
        told.set(
            "coinbase",
            bytes(ctx, moment::of_state(|state| state.coinbase()))?,
        )
    }

    fn tell_outcome<'js>(
        &self,
        ctx: &Ctx<'js>,
        told: &Object<'js>,
        (outcome, top): (&Outcome, Option<&Frame>),
        elapsed: Duration,
    ) -> Js<()> {
        told.set("gasUsed", outcome.gas_used)?;
        told.set("time", format!("{elapsed:?}"))?;
        told.set("output", bytes(ctx, &outcome.output)?)?;
        let Some(top) = top else { return Ok(()) };
        let is_creation = top.kind == FrameKind::Create;
        told.set("type", if is_creation { "CREATE" } else { "CALL" })?;
        told.set("to", bytes(ctx, top.to)?)?;
        match &top.error {
            Some(error) => told.set("error", error.as_str()),
            None => Ok(()),
        }
    }

    fn tell_place<'js>(&self, ctx: &Ctx<'js>, told: &Object<'js>) -> Js<()> {
        let Some(place) = &self.place else {
            return Ok(());
        };
        told.set("blockHash", bytes(ctx, place.block_hash)?)?;
        told.set("txHash", bytes(ctx, place.transaction)?)?;
        told.set("txIndex", place.index)
    }
}

impl Hooks {
    /// Calls a function as a method of the tracer.
    fn call<'js, A>(
        &self,
        ctx: &Ctx<'js>,
        function: &Kept<Function<'static>>,
        arguments: A,
    ) -> Js<Value<'js>>
    where
        A: IntoArgs<'js>,
    {
        let object = restored(ctx, &self.object)?;
        let mut all = rquickjs::function::Args::new(ctx.clone(), arguments.num_args());
        all.this(object)?;
        arguments.into_args(&mut all)?;
        restored(ctx, function)?.call_arg(all)
    }
}

/// Runs the engine, with the native stack that it may use.
fn entered<R>(context: &Context, run: impl for<'js> FnOnce(Ctx<'js>) -> R) -> R {
    stacker::maybe_grow(STACK + RED_ZONE, 2 * (STACK + RED_ZONE), || {
        context.with(run)
    })
}

fn restored<'js, T>(ctx: &Ctx<'js>, kept: &Kept<T>) -> Js<T::Changed<'js>>
where
    T: rquickjs::JsLifetime<'static> + Clone,
{
    kept.clone().restore(ctx)
}

/// Evaluates the source and finds the tracer's functions.
fn load(ctx: &Ctx<'_>, source: &str) -> Result<Hooks, String> {
    let described = |error| describe(ctx, error);
    let given = prelude(ctx).map_err(described)?;
    let source = format!("({source})");
    let value: Value = evaluate(ctx, source, SOURCE).map_err(described)?;
    let object = value
        .into_object()
        .ok_or("the tracer is no object: it must be an expression that gives one")?;
    let function = |name: &str| -> Result<Option<Kept<Function<'static>>>, String> {
        let value: Value = object.get(name).map_err(described)?;
        let function = value.into_function();
        Ok(function.map(|function| Persistent::save(ctx, function)))
    };
    let needed = |name: &str| {
        function(name)?.ok_or_else(|| format!("trace object must expose a function {name}()"))
    };
    for name in NOT_CALLED {
        if function(name)?.is_some() {
            return Err(format!(
                "this node has nothing to call a tracer's {name}() with"
            ));
        }
    }
    let (result, fault) = (needed("result")?, needed("fault")?);
    let frames = match (function("enter")?, function("exit")?) {
        (Some(enter), Some(exit)) => Some([enter, exit]),
        (None, None) => None,
        _ => {
            let reason = "trace object must expose either both or none of enter() and exit()";
            return Err(reason.to_owned());
        }
    };
    let kept = |name: &str| -> Result<Kept<Object<'static>>, String> {
        let object: Object = given.get(name).map_err(described)?;
        Ok(Persistent::save(ctx, object))
    };
    let word: Function = given.get("word").map_err(described)?;
    Ok(Hooks {
        step: function("step")?,
        fault,
        frames,
        hostio: function("hostio")?,
        result,
        word: Persistent::save(ctx, word),
        log: kept("log")?,
        db: kept("db")?,
        frame: kept("frame")?,
        outcome: kept("outcome")?,
        object: Persistent::save(ctx, object.clone()),
    })
}

/// What the tracer is given.
fn prelude<'js>(ctx: &Ctx<'js>) -> Js<Object<'js>> {
    let big_integer: Function = evaluate(ctx, BIG_INTEGER, "<big integer>")?;
    let prelude: Function = evaluate(ctx, PRELUDE, "<prelude>")?;
    prelude.call((host(ctx)?, big_integer))
}

/// Calls `setup`, if there is one.
fn set_up(ctx: &Ctx<'_>, hooks: &Hooks, config: &str) -> Js<()> {
    let object = restored(ctx, &hooks.object)?;
    let setup: Value = object.get("setup")?;
    match setup.into_function() {
        Some(setup) => setup.call((This(object), config)),
        None => Ok(()),
    }
}

fn evaluate<'js, R: rquickjs::FromJs<'js>>(
    ctx: &Ctx<'js>,
    source: impl Into<Vec<u8>>,
    name: &str,
) -> Js<R> {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(name.to_owned());
    ctx.eval_with_options(source, options)
}
