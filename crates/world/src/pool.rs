//! The pool itself: its program on the chain, and calls to it.

use alloy_primitives::{Address, Bytes, B256, U256};
use alloy_sol_types::{sol, SolCall, SolValue};
use anyhow::{anyhow, Context, Result};
use inkhorn_chain::{
    deployment_code, Chain, ChainConfig, Outcome, ProgramCode, Transaction, STYLUS_DEPLOYER,
};

use crate::{
    abi::{IPool, StylusDeployer},
    artifact::program,
    call::{describe_error, CallFailure, Receipt, TypedCalls},
    price::wad,
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
    /// The program.
    pub address: Address,
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
    /// The Uniswap v3 factory, or a stand-in.
    pub factory: Address,
    /// Fee tier of the hedge venue, in millionths.
    pub fee_tier: U256,
    /// Aave's addresses provider, or zero.
    pub lender: Address,
    /// The first owner.
    pub owner: Address,
    /// A value for every parameter.
    pub parameters: PoolParameters,
}

impl Constructor {
    /// What a world offers, with the default parameters.
    pub fn of(world: &World) -> Self {
        Self {
            base: world.base,
            quote: world.quote,
            feed: world.feed,
            sequencer_feed: world.sequencer_feed.unwrap_or_default(),
            factory: world.venue.factory,
            fee_tier: U256::from(FEE),
            lender: world.lender.map_or(Address::ZERO, |lender| lender.provider),
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
            self.factory,
            self.fee_tier,
            self.lender,
            self.owner,
            self.parameters.0,
        );
        [&CONSTRUCTOR[..], &arguments.abi_encode_params()]
            .concat()
            .into()
    }
}

impl Pool {
    /// Compresses and compiles the program, so that [`Pool::deploy`] on a chain of this configuration does not have to: it takes most
    /// of a start, and may go on beside the building of the world.
    ///
    /// # Errors
    /// When the program is not built from the present sources (`scripts/build`).
    pub fn prepare(config: &ChainConfig) -> Result<()> {
        Chain::new(config.clone()).prepare_programs(&[&program("pool")?]);
        Ok(())
    }

    /// Creates the pool with the default parameters, caches its program and gives guardian and keeper their roles. Fails
    /// when the program is not built from the present sources (`scripts/build`).
    pub fn deploy(world: &mut World) -> Result<Self> {
        Self::deploy_with(world, |_| {})
    }

    /// Like [`Pool::deploy`], after `adjust` has had its way with the constructor's arguments.
    pub fn deploy_with(world: &mut World, adjust: impl FnOnce(&mut Constructor)) -> Result<Self> {
        let mut constructor = Constructor::of(world);
        adjust(&mut constructor);
        let pool = Self::create(world, &constructor)?.value;
        world.chain.cache_program(pool.address);
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

    /// Supplies a thousandth of quote for the pool at the world's lender, as `scripts/deploy` does, so that its first loan finds
    /// written what it would have to write. The pool does not count it.
    ///
    /// # Errors
    /// When the lender takes no supplies.
    pub fn open_account(self, world: &mut World) -> Result<()> {
        let Some(lender) = world.lender else {
            return Ok(());
        };
        let (owner, quote) = (world.actors.owner.address, world.quote);
        let amount = world.quote_units("0.001");
        world.mint(quote, owner, amount)?;
        lender.supply_for(&mut world.chain, owner, quote, amount, self.address)
    }

    /// Puts the program's fragments on the chain; then, in one transaction through the Stylus deployer, its root, its
    /// activation and its construction, so that nobody comes between. The program is not cached yet.
    ///
    /// # Errors
    /// A [`CallFailure`] with the constructor's own refusal when it refuses.
    pub fn create(world: &mut World, constructor: &Constructor) -> Result<Receipt<Self>> {
        let wasm = program("pool")?;
        world.chain.prepare_programs(&[&wasm]);
        let root = root_code(world, &wasm)?;
        let deploy = StylusDeployer::deployCall {
            bytecode: deployment_code(&root),
            initData: constructor.encode(),
            initValue: U256::ZERO,
            salt: B256::ZERO,
        };
        // What the activation does not take comes back.
        let transaction = Transaction {
            from: world.actors.deployer.address,
            to: Some(STYLUS_DEPLOYER),
            value: wad("1"),
            ..Transaction::default()
        };
        let receipt = world
            .chain
            .execute(transaction, &deploy)
            .map_err(constructors_own)?;
        Ok(Receipt {
            value: Self {
                address: receipt.value,
            },
            gas_used: receipt.gas_used,
            logs: receipt.logs,
            frames: receipt.frames,
        })
    }

    /// Calls the constructor of a pool that is there already.
    pub fn construct_again(
        &self,
        world: &mut World,
        from: Address,
        constructor: &Constructor,
    ) -> Result<(), CallFailure> {
        let call = Transaction::call(from, self.address, constructor.encode());
        let outcome = world.chain.transact(call);
        if outcome.is_success() {
            return Ok(());
        }
        Err(CallFailure {
            call: "stylus_constructor",
            outcome: Box::new(outcome),
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

/// Creates the accounts that hold the program's fragments and gives the code of the root that names them.
fn root_code(world: &mut World, wasm: &[u8]) -> Result<Bytes> {
    let code = match ProgramCode::new(wasm) {
        ProgramCode::Classic(code) => return Ok(code),
        ProgramCode::Fragmented(code) => code,
    };
    let deployer = world.actors.deployer.address;
    let refused =
        |outcome: Outcome| anyhow!("{:?}: {}", outcome.status, describe_error(&outcome.output));
    let fragments: Vec<Address> = code
        .fragments()
        .iter()
        .map(|fragment| world.chain.deploy(deployer, deployment_code(fragment)))
        .collect::<Result<_, _>>()
        .map_err(refused)
        .context("a fragment of the pool was not deployed")?;
    Ok(code.root(&fragments))
}

/// The failure with what the constructor said instead of what the deployer made of it.
fn constructors_own(mut failure: CallFailure) -> CallFailure {
    if let Some(refusal) = failure.error::<StylusDeployer::ContractInitializationError>() {
        failure.call = "stylus_constructor";
        failure.outcome.output = refusal.data;
    }
    failure
}
