//! Methods of Arbitrum's precompiles that are modelled.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::arbitrum::Fault;
use crate::keccak::keccak256;

/// What a method may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purity {
    Pure,
    View,
    Write,
    Payable,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Method {
    pub signature: &'static str,
    pub purity: Purity,
    /// Words of arguments.
    pub arguments: usize,
}

use Purity::{Payable, Pure, View, Write};

/// Contract, signature and purity.
const METHODS: &[(u16, &str, Purity)] = &[
    (0x64, "arbBlockNumber()", View),
    (0x64, "arbChainID()", View),
    (0x64, "arbOSVersion()", View),
    (0x64, "getStorageGasAvailable()", View),
    (0x64, "isTopLevelCall()", View),
    (
        0x64,
        "mapL1SenderContractAddressToL2Alias(address,address)",
        Pure,
    ),
    (0x64, "wasMyCallersAddressAliased()", View),
    (0x64, "myCallersAddressWithoutAliasing()", View),
    (0x65, "getBalance(address)", View),
    (0x65, "getCode(address)", View),
    (0x6b, "isChainOwner(address)", View),
    (0x6b, "getAllChainOwners()", View),
    (0x6b, "getNetworkFeeAccount()", View),
    (0x6b, "getScheduledUpgrade()", View),
    (0x6b, "getMaxStylusContractFragments()", View),
    (0x6b, "getCollectTips()", View),
    (0x6c, "getPricesInWei()", View),
    (0x6c, "getPricesInArbGas()", View),
    (0x6c, "getGasAccountingParams()", View),
    (0x6c, "getMinimumGasPrice()", View),
    (0x6c, "getL1BaseFeeEstimate()", View),
    (0x6c, "getCurrentTxL1GasFees()", View),
    (0x6c, "getGasBacklog()", View),
    (0x6c, "getMaxTxGasLimit()", View),
    (0x71, "activateProgram(address)", Payable),
    (0x71, "codehashKeepalive(bytes32)", Payable),
    (0x71, "stylusVersion()", View),
    (0x71, "codehashVersion(bytes32)", View),
    (0x71, "codehashAsmSize(bytes32)", View),
    (0x71, "programVersion(address)", View),
    (0x71, "programInitGas(address)", View),
    (0x71, "programMemoryFootprint(address)", View),
    (0x71, "programTimeLeft(address)", View),
    (0x71, "inkPrice()", View),
    (0x71, "maxStackDepth()", View),
    (0x71, "freePages()", View),
    (0x71, "pageGas()", View),
    (0x71, "pageRamp()", View),
    (0x71, "pageLimit()", View),
    (0x71, "minInitGas()", View),
    (0x71, "initCostScalar()", View),
    (0x71, "expiryDays()", View),
    (0x71, "keepaliveDays()", View),
    (0x71, "blockCacheSize()", View),
    (0x71, "activationGas()", View),
    (0x72, "isCacheManager(address)", View),
    (0x72, "allCacheManagers()", View),
    (0x72, "cacheProgram(address)", Write),
    (0x72, "evictCodehash(bytes32)", Write),
    (0x72, "codehashIsCached(bytes32)", View),
];

/// Contract and signature of each method of Arbitrum's precompiles that is modelled.
pub fn arbitrum_methods() -> impl Iterator<Item = (u16, &'static str)> {
    METHODS
        .iter()
        .map(|(contract, signature, _)| (*contract, *signature))
}

type Selectors = BTreeMap<(u16, [u8; 4]), Method>;

static BY_SELECTOR: LazyLock<Selectors> = LazyLock::new(|| {
    let method = |(contract, signature, purity): &(u16, &'static str, Purity)| {
        let selector = keccak256(signature.as_bytes())[..4].try_into();
        let arguments = match signature.matches(',').count() {
            0 if signature.ends_with("()") => 0,
            commas => commas + 1,
        };
        let method = Method {
            signature,
            purity: *purity,
            arguments,
        };
        ((*contract, selector.expect("four bytes")), method)
    };
    METHODS.iter().map(method).collect()
});

/// The method that calldata asks for. What is not here counts as nobody's.
pub(crate) fn find(contract: u16, data: &[u8]) -> Result<Method, Fault> {
    if !METHODS.iter().any(|(known, ..)| *known == contract) {
        return Err(Fault::Unmodelled(format!("contract {contract:#x}")));
    }
    let selector = data.first_chunk().ok_or(Fault::All)?;
    let method = BY_SELECTOR.get(&(contract, *selector));
    method.copied().ok_or(Fault::All)
}
