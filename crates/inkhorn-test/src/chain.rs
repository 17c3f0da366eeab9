//! A chain to test on.

use std::ops::{Deref, DerefMut};

use alloy_primitives::{keccak256, Bytes, B256, U256};
use alloy_sol_types::{sol, SolCall};
use inkhorn_chain::{
    deployment_code, Address, Chain, ChainConfig, Outcome, ProgramCode, Transaction,
    STYLUS_DEPLOYER,
};

use crate::build::Program;
use crate::failure::Failure;
use crate::receipt::Receipt;

/// Wei that each named account has at first: a million ether.
const RICHES: u128 = 1_000_000_000_000_000_000_000_000;
/// Wei sent along with a deployment for the fee of its activation. What is left comes back.
const ACTIVATION_VALUE: u128 = 1_000_000_000_000_000_000;

sol! {
    #[derive(Debug)]
    interface StylusDeployer {
        error ContractInitializationError(address newContract, bytes data);

        function deploy(bytes bytecode, bytes initData, uint256 initValue, bytes32 salt)
            external payable returns (address program);
    }

    /// The selector under which the SDK takes constructor arguments, whatever their types.
    function stylus_constructor();

    interface ArbWasm {
        error ProgramUpToDate();
    }
}

/// A [`Chain`] with accounts by name and calls by their Solidity types. It dereferences to the chain, which has the rest:
/// `advance` moves time, `snapshot` and `revert` go back, `balance` and `storage` look, `check_program` tells a module's size.
#[derive(Clone, Debug)]
pub struct TestChain {
    chain: Chain,
    deployments: u64,
}

impl Default for TestChain {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for TestChain {
    type Target = Chain;

    fn deref(&self) -> &Chain {
        &self.chain
    }
}

impl DerefMut for TestChain {
    fn deref_mut(&mut self) -> &mut Chain {
        &mut self.chain
    }
}

impl TestChain {
    /// A chain by Arbitrum One's present rules, with the contracts that tools expect on every chain.
    pub fn new() -> Self {
        Self::with_config(ChainConfig::default())
    }

    /// A chain by other rules; `debug` lets programs say things with `console!`.
    pub fn with_config(config: ChainConfig) -> Self {
        let mut chain = Chain::new(config);
        chain.preload_tools();
        Self {
            chain,
            deployments: 0,
        }
    }

    /// The account of this name. The first time it gets a million ether.
    pub fn account(&mut self, name: &str) -> Address {
        let account = Address::from_word(keccak256(name));
        if self.chain.nonce(account) == 0 && self.chain.balance(account).is_zero() {
            self.chain.fund(account, U256::from(RICHES));
        }
        account
    }

    /// Deploys and activates a program that has no constructor, in one account or in fragments as its size asks for; it is not
    /// cached (see [`Chain::cache_program`]).
    ///
    /// # Errors
    /// A creation fails, or activation refuses the module: the failure says which rule it breaks.
    pub fn deploy(&mut self, from: Address, program: &Program) -> Result<Address, Failure> {
        let deployed = self.chain.deploy_program(from, program.wasm());
        let address = deployed.map_err(|outcome| Failure::new("deployment", outcome))?;
        let Err(outcome) = self.chain.activate(from, address) else {
            return Ok(address);
        };
        let failure = Failure::new("activation", outcome);
        match failure.error::<ArbWasm::ProgramUpToDate>() {
            // The same code was activated at another address.
            Some(_) => Ok(address),
            None => Err(failure),
        }
    }

    /// Deploys, activates and constructs a program in one transaction, through the contract by which cargo stylus does so.
    /// `arguments` are the constructor's, encoded: `(owner, supply).abi_encode_params()`.
    ///
    /// # Errors
    /// As for [`TestChain::deploy`]; what the constructor refuses with.
    pub fn deploy_constructed(
        &mut self,
        from: Address,
        program: &Program,
        arguments: &[u8],
        value: U256,
    ) -> Result<Address, Failure> {
        let code = self.program_code(from, program)?;
        self.deployments += 1;
        let selector = &stylus_constructorCall::SELECTOR[..];
        let call = StylusDeployer::deployCall {
            bytecode: deployment_code(&code),
            initData: [selector, arguments].concat().into(),
            initValue: value,
            salt: B256::from(U256::from(self.deployments)),
        };
        let transaction = Transaction::call(from, STYLUS_DEPLOYER, call.abi_encode())
            .with_value(value.saturating_add(U256::from(ACTIVATION_VALUE)));
        let mut outcome = self.chain.transact(transaction);
        if outcome.is_success() {
            let returned = StylusDeployer::deployCall::abi_decode_returns(&outcome.output);
            return Ok(returned.expect("the deployer returns what its interface says"));
        }
        let failure = Failure::new("constructor", outcome.clone());
        if let Some(refusal) = failure.error::<StylusDeployer::ContractInitializationError>() {
            outcome.output = refusal.data;
        }
        Err(Failure::new("constructor", outcome))
    }

    /// Sends a call in a transaction of its own and keeps its effects.
    ///
    /// # Errors
    /// It was undone.
    pub fn send<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: &C,
    ) -> Result<Receipt<C::Return>, Failure> {
        self.send_value(from, to, call, U256::ZERO)
    }

    /// The same with wei sent along.
    ///
    /// # Errors
    /// It was undone.
    pub fn send_value<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: &C,
        wei: U256,
    ) -> Result<Receipt<C::Return>, Failure> {
        let transaction = Transaction::call(from, to, call.abi_encode()).with_value(wei);
        let outcome = self.chain.transact(transaction);
        receipt::<C>(outcome)
    }

    /// What a call would return now, whoever calls. Nothing is kept.
    ///
    /// # Errors
    /// It would be undone.
    pub fn view<C: SolCall>(&mut self, to: Address, call: &C) -> Result<C::Return, Failure> {
        self.view_as(Address::ZERO, to, call)
    }

    /// The same for a caller.
    ///
    /// # Errors
    /// It would be undone.
    pub fn view_as<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: &C,
    ) -> Result<C::Return, Failure> {
        let outcome = self
            .chain
            .call(Transaction::call(from, to, call.abi_encode()));
        receipt::<C>(outcome).map(|receipt| receipt.value)
    }

    /// The code of the program's account, whose fragments are deployed if it has any.
    fn program_code(&mut self, from: Address, program: &Program) -> Result<Bytes, Failure> {
        let code = match ProgramCode::new(program.wasm()) {
            ProgramCode::Classic(code) => return Ok(code),
            ProgramCode::Fragmented(code) => code,
        };
        let fragments = code.fragments().iter();
        let addresses: Result<Vec<Address>, Outcome> = fragments
            .map(|fragment| self.chain.deploy(from, deployment_code(fragment)))
            .collect();
        let addresses = addresses.map_err(|outcome| Failure::new("fragment", outcome))?;
        Ok(code.root(&addresses))
    }
}

/// What a call came to.
fn receipt<C: SolCall>(outcome: Outcome) -> Result<Receipt<C::Return>, Failure> {
    if !outcome.is_success() {
        return Err(Failure::new(C::SIGNATURE, outcome));
    }
    match C::abi_decode_returns(&outcome.output) {
        Ok(value) => Ok(Receipt::new(value, outcome)),
        Err(error) => {
            let call = format!(
                "{}: what it returned can't be decoded: {error}",
                C::SIGNATURE
            );
            Err(Failure::new(call, outcome))
        }
    }
}
