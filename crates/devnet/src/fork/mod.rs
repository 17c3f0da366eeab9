//! Forks: chains that go on from a block of another one, whose state is read when it is needed.

mod limits;

use std::sync::Arc;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue};

use crate::address::ARBOS_STATE;
use crate::chain::Chain;
use crate::config::{ChainConfig, FIRST_ARBOS, LATEST_ARBOS};
use crate::machine::params::StylusParams;
use crate::machine::Machine;
use crate::precompile::address_list::{self, AddressList};
use crate::precompile::figure::{self, Figure};
use crate::precompile::setting::{self, Setting};
use crate::precompile::{
    self, ArbGasInfo, ArbOwnerPublic, ArbSys, ArbWasm, ArbWasmCache, ARB_GAS_INFO,
    ARB_OWNER_PUBLIC, ARB_SYS, ARB_WASM, ARB_WASM_CACHE,
};
use crate::program::place::{demand_slot, demand_time_slot, params_slot};
use crate::remote::{attempt, Remote, RemoteCall, RemoteError};
use crate::state::{ForkPoint, Origin, WorldState};
use limits::{check_params, check_point, within, LEAST_TX_GAS, MOST_MEMBERS};

/// What the version counter had reached when Nitro began.
const CLASSIC_VERSIONS: u64 = 55;

impl ForkPoint {
    /// Version of ArbOS that another chain runs, or `None` if it is not one of Arbitrum's.
    ///
    /// # Errors
    /// The chain can't be read.
    pub fn find_arbos(remote: &dyn Remote) -> Result<Option<u64>, RemoteError> {
        let ask = (
            Some(ARB_SYS),
            ArbSys::arbOSVersionCall {}.abi_encode().into(),
        );
        let answers = remote.calls(&[ask])?;
        let version = answers
            .first()
            .and_then(|answer| words(answer).first().copied());
        let version = version.and_then(|version| u64::try_from(version).ok());
        Ok(version.and_then(|version| version.checked_sub(CLASSIC_VERSIONS)))
    }
}

impl Chain {
    /// A chain that goes on from a block of another one. Accounts and slots are read from there when they are first needed;
    /// what is written is here alone. Programs that are active there are active here, with the costs and the age that they
    /// have there; the parameters of Stylus, fees and limits, owners and cache managers are taken over. Where the other chain
    /// has no ArbOS, `config` says which version begins, and programs in its accounts count as activated at the fork.
    ///
    /// Time, base fee, limits and block numbers are those of the block whatever `config` says; chain id, `debug` and the limit of
    /// code are its own. What may read the other chain later on belongs into [`Chain::attempt`].
    ///
    /// # Errors
    /// The other chain can't be read, runs a version of ArbOS that is not known here, or says what no fork can go on from (`limits`).
    pub fn fork(
        remote: Arc<dyn Remote>,
        point: ForkPoint,
        config: ChainConfig,
    ) -> Result<Self, RemoteError> {
        let arbos_version = point.arbos_version.unwrap_or(config.arbos_version);
        if !(FIRST_ARBOS..=LATEST_ARBOS).contains(&arbos_version) {
            return Err(RemoteError(format!(
                "the chain that is to be forked runs ArbOS {arbos_version}; known here are {FIRST_ARBOS} to {LATEST_ARBOS}"
            )));
        }
        check_point(&point)?;
        let is_arbitrum = point.arbos_version.is_some();
        let config = ChainConfig {
            arbos_version,
            start_time: point.timestamp,
            base_fee: point.base_fee,
            l1_start_block: point.l1_number,
            block_gas_limit: point.gas_limit,
            coinbase: match is_arbitrum {
                true => config.coinbase,
                false => point.coinbase,
            },
            ..config
        };
        let words = [params_slot(), demand_slot(), demand_time_slot()]
            .map(|slot| Ok((slot, remote.slot(ARBOS_STATE, slot)?)));
        let answers = match is_arbitrum {
            true => remote.calls(&questions())?,
            false => Vec::new(),
        };
        let number = point.number;
        let own = precompile::arbitrum_addresses(arbos_version, config.debug);
        let mut state = WorldState::forked(Origin::new(remote, point, own.collect()));
        state.make_whole(ARBOS_STATE);
        state.set_nonce(ARBOS_STATE, 1);
        for word in words {
            let (slot, word) = word?;
            state.set_slot(ARBOS_STATE, slot, word);
        }
        if !is_arbitrum {
            let params = StylusParams::genesis(arbos_version);
            state.set_slot(ARBOS_STATE, params_slot(), params.pack());
        } else if state.slot(ARBOS_STATE, params_slot()).is_zero() {
            return Err(RemoteError(
                "the chain that is to be forked does not tell the parameters of Stylus".to_owned(),
            ));
        }
        check_params(&StylusParams::unpack(
            state.slot(ARBOS_STATE, params_slot()),
        ))?;
        let mut chain = Self::with_state(config, state, number);
        chain.govern(|machine| {
            for (question, answer) in QUESTIONS.iter().zip(&answers) {
                question.take_over(machine, answer)?;
            }
            // The chain would come to an end with a version that is not known here.
            if setting::UPGRADE_VERSION.get(machine) > U256::from(LATEST_ARBOS) {
                setting::UPGRADE_VERSION.set(machine, U256::ZERO);
                setting::UPGRADE_TIME.set(machine, U256::ZERO);
            }
            Ok(())
        })?;
        Ok(chain)
    }

    /// The block of another chain from which this one goes on, if it is a fork.
    pub fn fork_point(&self) -> Option<&ForkPoint> {
        self.state().origin().map(Origin::point)
    }

    /// Does something with a chain that may be a fork. On one that is none, it just does it.
    ///
    /// # Errors
    /// The other chain could not be read; this one is as it was before.
    pub fn attempt<R>(&mut self, act: impl FnOnce(&mut Self) -> R) -> Result<R, RemoteError> {
        if self.fork_point().is_none() {
            return Ok(act(self));
        }
        let before = self.clone();
        let result = attempt(|| act(self));
        if result.is_err() {
            *self = before;
        }
        result
    }
}

/// Something that the contracts of ArbOS tell about a chain.
struct Question {
    contract: Address,
    selector: [u8; 4],
    answer: Answer,
}

/// What becomes of an answer, whose words are taken in order.
enum Answer {
    Figure(Figure),
    Settings(&'static [Setting]),
    List(AddressList),
    TxGasLimit,
}

const fn asks<C: SolCall>(contract: Address, answer: Answer) -> Question {
    Question {
        contract,
        selector: C::SELECTOR,
        answer,
    }
}

const fn prices<C: SolCall>(figure: Figure) -> Question {
    asks::<C>(ARB_GAS_INFO, Answer::Figure(figure))
}

const fn owners<C: SolCall>(answer: Answer) -> Question {
    asks::<C>(ARB_OWNER_PUBLIC, answer)
}

/// What a fork takes over, beside what lies in the slots that Nitro has it in. What another chain does not answer stays as it is
/// on a new chain.
const QUESTIONS: [Question; 23] = [
    prices::<ArbGasInfo::getMinimumGasPriceCall>(figure::MINIMUM_BASE_FEE),
    prices::<ArbGasInfo::getGasAccountingParamsCall>(figure::SPEED_LIMIT),
    prices::<ArbGasInfo::getMaxBlockGasLimitCall>(figure::BLOCK_GAS_LIMIT),
    prices::<ArbGasInfo::getPricingInertiaCall>(figure::PRICING_INERTIA),
    prices::<ArbGasInfo::getGasBacklogToleranceCall>(figure::BACKLOG_TOLERANCE),
    prices::<ArbGasInfo::getGasBacklogCall>(figure::GAS_BACKLOG),
    prices::<ArbGasInfo::getL1BaseFeeEstimateInertiaCall>(figure::L1_INERTIA),
    prices::<ArbGasInfo::getL1RewardRateCall>(figure::L1_REWARD_RATE),
    prices::<ArbGasInfo::getL1RewardRecipientCall>(figure::L1_REWARD_RECIPIENT),
    prices::<ArbGasInfo::getL1PricingEquilibrationUnitsCall>(figure::L1_EQUILIBRATION_UNITS),
    prices::<ArbGasInfo::getPerBatchGasChargeCall>(figure::BATCH_GAS),
    prices::<ArbGasInfo::getAmortizedCostCapBipsCall>(figure::AMORTIZED_COST_CAP),
    asks::<ArbGasInfo::getMaxTxGasLimitCall>(ARB_GAS_INFO, Answer::TxGasLimit),
    owners::<ArbOwnerPublic::getNetworkFeeAccountCall>(Answer::Figure(figure::NETWORK_FEES)),
    owners::<ArbOwnerPublic::getInfraFeeAccountCall>(Answer::Figure(figure::INFRA_FEES)),
    owners::<ArbOwnerPublic::getBrotliCompressionLevelCall>(Answer::Figure(figure::BROTLI_LEVEL)),
    owners::<ArbOwnerPublic::getParentGasFloorPerTokenCall>(Answer::Figure(
        figure::PARENT_GAS_FLOOR,
    )),
    owners::<ArbOwnerPublic::isCalldataPriceIncreaseEnabledCall>(Answer::Settings(&[
        setting::CALLDATA_PRICE_INCREASE,
    ])),
    owners::<ArbOwnerPublic::getScheduledUpgradeCall>(Answer::Settings(&[
        setting::UPGRADE_VERSION,
        setting::UPGRADE_TIME,
    ])),
    owners::<ArbOwnerPublic::getAllChainOwnersCall>(Answer::List(address_list::CHAIN_OWNERS)),
    owners::<ArbOwnerPublic::getAllNativeTokenOwnersCall>(Answer::List(
        address_list::NATIVE_TOKEN_OWNERS,
    )),
    asks::<ArbWasm::activationGasCall>(ARB_WASM, Answer::Settings(&[setting::ACTIVATION_GAS])),
    asks::<ArbWasmCache::allCacheManagersCall>(
        ARB_WASM_CACHE,
        Answer::List(address_list::CACHE_MANAGERS),
    ),
];

fn questions() -> Vec<RemoteCall> {
    let call = |question: &Question| {
        let input = Bytes::copy_from_slice(&question.selector);
        (Some(question.contract), input)
    };
    QUESTIONS.iter().map(call).collect()
}

impl Question {
    /// # Errors
    /// The answer is nothing that a fork can go on with.
    fn take_over(&self, machine: &mut Machine, answer: &Option<Bytes>) -> Result<(), RemoteError> {
        let words = words(answer);
        match (&self.answer, words.as_slice()) {
            (Answer::Figure(figure), [word, ..]) => figure.set(machine, *word),
            (Answer::Settings(settings), words) if words.len() >= settings.len() => {
                for (setting, word) in settings.iter().zip(words) {
                    setting.set(machine, *word);
                }
            }
            (Answer::TxGasLimit, [word, ..]) => {
                let limit = word.saturating_to();
                within("gas limit of a transaction", limit, LEAST_TX_GAS..=u64::MAX)?;
                machine.config.tx_gas_limit = limit;
            }
            (Answer::List(list), [_, ..]) => {
                // Beside where the list is and how long.
                let members = words.len().saturating_sub(2);
                within("number of owners or managers", members, 0..=MOST_MEMBERS)?;
                let members = answer
                    .as_ref()
                    .map(|answer| Vec::<Address>::abi_decode(answer));
                for member in members.into_iter().flatten().flatten() {
                    list.insert(machine, member);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The words of an answer, if it consists of words.
fn words(answer: &Option<Bytes>) -> Vec<U256> {
    let bytes = answer.as_ref().map_or(&[][..], Bytes::as_ref);
    let chunks = bytes.chunks_exact(32);
    match chunks.remainder() {
        [] => chunks.map(U256::from_be_slice).collect(),
        _ => Vec::new(),
    }
}
