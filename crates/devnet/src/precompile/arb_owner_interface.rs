//! Methods and events of ArbOwner.

use alloy_sol_types::sol;

sol! {
    interface ArbOwner {
        function addChainOwner(address newOwner) external;
        function removeChainOwner(address ownerToRemove) external;
        function isChainOwner(address addr) external view returns (bool);
        function getAllChainOwners() external view returns (address[] owners);
        function addWasmCacheManager(address manager) external;
        function removeWasmCacheManager(address manager) external;
        function addTransactionFilterer(address filterer) external;
        function removeTransactionFilterer(address filterer) external;
        function isTransactionFilterer(address filterer) external view returns (bool);
        function getAllTransactionFilterers() external view returns (address[] filterers);
        function setTransactionFilteringFrom(uint64 timestamp) external;
        function setFilteredFundsRecipient(address recipient) external;
        function getFilteredFundsRecipient() external view returns (address recipient);
        function scheduleArbOSUpgrade(uint64 newVersion, uint64 timestamp) external;
        function getNetworkFeeAccount() external view returns (address account);
        function getInfraFeeAccount() external view returns (address account);
        function setNetworkFeeAccount(address account) external;
        function setInfraFeeAccount(address account) external;
        function setMinimumL2BaseFee(uint256 priceInWei) external;
        function setL2BaseFee(uint256 priceInWei) external;
        function setSpeedLimit(uint64 limit) external;
        function setMaxTxGasLimit(uint64 limit) external;
        function setMaxBlockGasLimit(uint64 limit) external;
        function setL2GasPricingInertia(uint64 sec) external;
        function setL2GasBacklogTolerance(uint64 sec) external;
        function setGasBacklog(uint64 backlog) external;
        function setL1PricePerUnit(uint256 pricePerUnit) external;
        function setL1BaseFeeEstimateInertia(uint64 inertia) external;
        function setL1PricingInertia(uint64 inertia) external;
        function setL1PricingEquilibrationUnits(uint256 units) external;
        function setL1PricingRewardRecipient(address recipient) external;
        function setL1PricingRewardRate(uint64 weiPerUnit) external;
        function setPerBatchGasCharge(int64 cost) external;
        function setAmortizedCostCapBips(uint64 cap) external;
        function releaseL1PricerSurplusFunds(uint256 maxWeiToRelease) external returns (uint256);
        function setBrotliCompressionLevel(uint64 level) external;
        function setParentGasFloorPerToken(uint64 gasFloorPerToken) external;
        function setChainConfig(string chainConfig) external;
        function setNativeTokenManagementFrom(uint64 timestamp) external;
        function addNativeTokenOwner(address newOwner) external;
        function removeNativeTokenOwner(address ownerToRemove) external;
        function isNativeTokenOwner(address addr) external view returns (bool);
        function getAllNativeTokenOwners() external view returns (address[] owners);
        function setCollectTips(bool collect) external;
        function setGasPricingConstraints(uint64[3][] constraints) external;
        function setMultiGasPricingConstraints(MultiGasConstraint[] constraints) external;
        function setCalldataPriceIncrease(bool enable) external;
        function setWasmActivationGas(uint64 gas) external;
        function setInkPrice(uint32 price) external;
        function setWasmMaxStackDepth(uint32 depth) external;
        function setWasmFreePages(uint16 pages) external;
        function setWasmPageGas(uint16 gas) external;
        function setWasmPageLimit(uint16 limit) external;
        function setWasmMaxSize(uint32 size) external;
        function setWasmMinInitGas(uint8 gas, uint16 cached) external;
        function setWasmInitCostScalar(uint64 percent) external;
        function setWasmExpiryDays(uint16 _days) external;
        function setWasmKeepaliveDays(uint16 _days) external;
        function setWasmBlockCacheSize(uint16 count) external;
        function setMaxStylusContractFragments(uint8 count) external;

        struct WeightedResource {
            uint8 resource;
            uint64 weight;
        }
        struct MultiGasConstraint {
            WeightedResource[] resources;
            uint32 adjustmentWindowSecs;
            uint64 targetPerSec;
            uint64 backlog;
        }

        event ChainOwnerAdded(address indexed newOwner);
        event ChainOwnerRemoved(address indexed removedOwner);
        event NativeTokenOwnerAdded(address indexed newOwner);
        event NativeTokenOwnerRemoved(address indexed removedOwner);
        event TransactionFiltererAdded(address indexed filterer);
        event TransactionFiltererRemoved(address indexed filterer);
        event FilteredFundsRecipientSet(address indexed recipient);
    }
}
