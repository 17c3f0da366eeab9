//! What Arbitrum's precompiles tell about chain, accounts and prices.

use crate::arb_methods::Method;
use crate::arb_wasm::{FRAGMENTS, PARAMETERS};
use crate::arbitrum::{padded, words, Ask, Fault, READ};
use crate::machine::Machine;
use crate::word;
use crate::world::{Address, Word};

/// ArbOS, counted from where Nitro began.
const ARBOS: u128 = 55 + 61;
/// What contracts of L1 have added to their address on L2.
const ALIAS: Address = [
    0x11, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0x11,
];
/// Gas that storing a word costs.
const STORAGE: u128 = 20_000;

impl Machine<'_> {
    pub(crate) fn arb_sys(&self, method: &Method, ask: &Ask) -> Result<Vec<u8>, Fault> {
        // A precompile counts as a frame.
        let depth = ask.message.depth + 1;
        Ok(words(&[match method.signature {
            "arbBlockNumber()" => self.environment.l2_number.into(),
            "arbChainID()" => self.environment.chain_id.into(),
            "arbOSVersion()" => ARBOS,
            "getStorageGasAvailable()" | "wasMyCallersAddressAliased()" => 0,
            "isTopLevelCall()" => (depth <= 2).into(),
            "mapL1SenderContractAddressToL2Alias(address,address)" => {
                let sum = word::add(&padded(&ask.address(0)), &padded(&ALIAS));
                let alias: Address = sum[12..].try_into().expect("20 bytes");
                return Ok(padded(&alias).to_vec());
            }
            "myCallersAddressWithoutAliasing()" => {
                let caller = self.callers.last().copied().unwrap_or_default();
                return Ok(padded(&caller).to_vec());
            }
            other => return Err(Fault::Unmodelled(other.to_owned())),
        }]))
    }

    pub(crate) fn arb_info(&self, method: &Method, ask: &mut Ask) -> Result<Vec<u8>, Fault> {
        let account = self.world.account(&ask.address(0));
        match method.signature {
            "getBalance(address)" => {
                ask.burn(700)?;
                Ok(words(&[account.balance]))
            }
            "getCode(address)" => {
                ask.burn(2_100)?;
                ask.burn_words(account.code.len())?;
                let mut output = words(&[32, account.code.len() as u128]);
                output.extend(&account.code[..]);
                output.resize(output.len().next_multiple_of(32), 0);
                Ok(output)
            }
            other => Err(Fault::Unmodelled(other.to_owned())),
        }
    }

    pub(crate) fn arb_owner_public(
        &self,
        method: &Method,
        ask: &mut Ask,
    ) -> Result<Vec<u8>, Fault> {
        let (gas, result): (u64, Vec<Word>) = match method.signature {
            "isChainOwner(address)" | "getCollectTips()" => (READ, vec![word::of(0)]),
            // An empty list: where it is, and how long.
            "getAllChainOwners()" => (READ, vec![word::of(32), word::of(0)]),
            "getNetworkFeeAccount()" => (READ, vec![padded(&self.environment.fee_account)]),
            "getScheduledUpgrade()" => (2 * READ, vec![word::of(0), word::of(0)]),
            "getMaxStylusContractFragments()" => (PARAMETERS, vec![word::of(FRAGMENTS as u128)]),
            other => return Err(Fault::Unmodelled(other.to_owned())),
        };
        ask.burn(gas)?;
        Ok(result.concat())
    }

    pub(crate) fn arb_gas_info(&self, method: &Method, ask: &mut Ask) -> Result<Vec<u8>, Fault> {
        let price = u128::from(self.environment.base_fee);
        let (reads, result): (u64, Vec<u128>) = match method.signature {
            // L1 data costs nothing here.
            "getPricesInWei()" => (2, vec![0, 0, price * STORAGE, price, 0, price]),
            "getPricesInArbGas()" => (1, vec![0, 0, STORAGE]),
            "getGasAccountingParams()" => (2, vec![7_000_000, 32_000_000, 32_000_000]),
            "getMinimumGasPrice()" => (1, vec![price]),
            "getL1BaseFeeEstimate()" | "getGasBacklog()" => (1, vec![0]),
            "getCurrentTxL1GasFees()" => (0, vec![0]),
            "getMaxTxGasLimit()" => (1, vec![32_000_000]),
            other => return Err(Fault::Unmodelled(other.to_owned())),
        };
        ask.burn(reads * READ)?;
        Ok(words(&result))
    }
}
