//! The pool itself: the three WASM programs on the chain, and calls to them.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{sol, SolCall, SolValue};
use anyhow::{anyhow, Context, Result};
use smirk_devnet::{Outcome, Transaction};

use crate::{
    abi::IPool,
    artifact::program,
    call::{describe_error, CallFailure, Receipt, TypedCalls},
    PoolParameters, World, FEE,
};

/// Selector under which the Stylus SDK takes constructor arguments, whatever their types.
const CONSTRUCTOR: [u8; 4] = {
    sol! { function stylus_constructor(); }
    stylus_constructorCall::SELECTOR
};

/// A pool on a world's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The pool program.
    pub address: Address,
    /// The pool's engine program.
    pub engine: Address,
    /// The pool's vault program.
    pub vault: Address,
}

/// Arguments of the pool's constructor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constructor {
    /// The asset options are written on.
    pub base: Address,
    /// The asset premiums are paid in.
    pub quote: Address,
    /// Price feed, quote per base.
    pub feed: Address,
    /// Sequencer uptime feed, or zero.
    pub sequencer_feed: Address,
    /// SwapRouter02 or a stand-in.
    pub router: Address,
    /// Fee tier of the hedge venue, in millionths.
    pub fee_tier: U256,
    /// The engine program.
    pub engine: Address,
    /// The vault program.
    pub vault: Address,
    /// The first owner.
    pub owner: Address,
    /// A value for every parameter.
    pub parameters: PoolParameters,
}

impl Constructor {
    /// What a world offers, with the default parameters.
    pub fn of(world: &World, pool: &Pool) -> Self {
        Self {
            base: world.base,
            quote: world.quote,
            feed: world.feed,
            sequencer_feed: world.sequencer_feed.unwrap_or_default(),
            router: world.venue.router,
            fee_tier: U256::from(FEE),
            engine: pool.engine,
            vault: pool.vault,
            owner: world.actors.owner.address,
            parameters: PoolParameters::default(),
        }
    }

    /// Calldata of the constructor's call.
    pub fn encode(&self) -> Bytes {
        let arguments = (
            self.base,
            self.quote,
            self.feed,
            self.sequencer_feed,
            self.router,
            self.fee_tier,
            self.engine,
            self.vault,
            self.owner,
            self.parameters.0,
        );
        [&CONSTRUCTOR[..], &arguments.abi_encode_params()]
            .concat()
            .into()
    }
}

impl Pool {
    /// Deploys, activates and caches the programs, constructs the pool with the default parameters and gives guardian
    /// and keeper their roles. Fails when the programs are not built (`scripts/build`).
    pub fn deploy(world: &mut World) -> Result<Self> {
        Self::deploy_with(world, |_| {})
    }

    /// Like [`Pool::deploy`], after `adjust` has had its way with the constructor's arguments.
    pub fn deploy_with(world: &mut World, adjust: impl FnOnce(&mut Constructor)) -> Result<Self> {
        let pool = Self::deploy_programs(world)?;
        let mut constructor = Constructor::of(world, &pool);
        adjust(&mut constructor);
        pool.construct(world, &constructor)?;
        let (guardian, keeper) = (world.actors.guardian.address, world.actors.keeper.address);
        pool.send(
            world,
            constructor.owner,
            &IPool::setGuardianCall {
                newGuardian: guardian,
            },
        )?;
        pool.send(
            world,
            constructor.owner,
            &IPool::setKeeperCall { newKeeper: keeper },
        )?;
        Ok(pool)
    }

    /// Deploys, activates and caches the programs and leaves the pool to be constructed.
    pub fn deploy_programs(world: &mut World) -> Result<Self> {
        let modules = [program("engine")?, program("vault")?, program("pool")?];
        world
            .chain
            .prepare_programs(&modules.each_ref().map(Vec::as_slice));
        let engine = deploy_program(world, "engine", &modules[0])?;
        let vault = deploy_program(world, "vault", &modules[1])?;
        let address = deploy_program(world, "pool", &modules[2])?;
        Ok(Self {
            address,
            engine,
            vault,
        })
    }

    /// Calls the constructor.
    pub fn construct(
        &self,
        world: &mut World,
        constructor: &Constructor,
    ) -> Result<Receipt<()>, CallFailure> {
        let deployer = world.actors.deployer.address;
        let outcome = world.chain.transact(Transaction::call(
            deployer,
            self.address,
            constructor.encode(),
        ));
        if !outcome.is_success() {
            return Err(CallFailure {
                call: "stylus_constructor",
                outcome: Box::new(outcome),
            });
        }
        Ok(Receipt {
            value: (),
            gas_used: outcome.gas_used,
            logs: outcome.logs,
            frames: outcome.frames,
        })
    }

    /// Sends a call to the pool.
    pub fn send<C: SolCall>(
        &self,
        world: &mut World,
        from: Address,
        call: &C,
    ) -> Result<Receipt<C::Return>, CallFailure> {
        world.chain.send(from, self.address, call)
    }

    /// Evaluates a call to the pool without keeping any effect.
    pub fn view<C: SolCall>(&self, world: &mut World, call: &C) -> Result<C::Return, CallFailure> {
        world.chain.view(self.address, call)
    }

    /// Lets every customer's quote tokens be pulled by the pool.
    pub fn approve_customers(&self, world: &mut World) -> Result<(), CallFailure> {
        for customer in world.actors.customers().map(|customer| customer.address) {
            world.approve(world.quote, customer, self.address, U256::MAX)?;
        }
        Ok(())
    }
}

/// Puts a built program on the chain, ready to be called at the cached price.
fn deploy_program(world: &mut World, name: &str, wasm: &[u8]) -> Result<Address> {
    let deployer = world.actors.deployer.address;
    let refused =
        |outcome: Outcome| anyhow!("{:?}: {}", outcome.status, describe_error(&outcome.output));
    let address = world
        .chain
        .deploy_program(deployer, wasm)
        .map_err(refused)
        .with_context(|| format!("{name}.wasm was not deployed"))?;
    world
        .chain
        .activate(deployer, address)
        .map_err(refused)
        .with_context(|| format!("{name}.wasm was not activated"))?;
    world.chain.cache_program(address);
    Ok(address)
}
