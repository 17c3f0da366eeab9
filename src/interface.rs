//! The pool's events, typed errors and the external calls it makes, as Solidity declares them.
//!
//! `IPool.sol` is the one place where the ABI is written: the selectors and topics below are computed from it, and
//! clients get the same file.

#![allow(missing_docs)]
// Of what the macro makes of an event with many fields.
#![allow(clippy::too_many_arguments)]

use alloy_sol_types::sol;

sol!("src/IPool.sol");

/// What the pool calls on others. Only the selectors are used: encoding is by words, see [`crate::words`].
pub mod external {
    alloy_sol_types::sol! {
        interface Erc20 {
            function decimals() external view returns (uint8);
            function symbol() external view returns (string);
            function permit(address, address, uint256, uint256, uint8, bytes32, bytes32) external;
            function balanceOf(address) external view returns (uint256);
            function transfer(address, uint256) external returns (bool);
            function transferFrom(address, address, uint256) external returns (bool);
            function allowance(address, address) external view returns (uint256);
            function approve(address, uint256) external returns (bool);
        }
        interface Permit2 {
            function permit(address, ((address, uint160, uint48, uint48), address, uint256), bytes) external;
            function allowance(address, address, address) external view returns (uint160, uint48, uint48);
            function transferFrom(address, address, uint160, address) external;
        }
        interface Aggregator {
            function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80);
            function getRoundData(uint80) external view returns (uint80, int256, uint256, uint256, uint80);
        }
        interface AaveProvider {
            function getPool() external view returns (address);
        }
        interface AavePool {
            function ADDRESSES_PROVIDER() external view returns (address);
            function supply(address, uint256, address, uint16) external;
            function withdraw(address, uint256, address) external returns (uint256);
            function borrow(address, uint256, uint256, uint16, address) external;
            function repay(address, uint256, uint256, address) external returns (uint256);
            function getReserveData(address) external view returns (uint256);
            function getConfiguration(address) external view returns (uint256);
            function getReserveNormalizedIncome(address) external view returns (uint256);
            function getReserveNormalizedVariableDebt(address) external view returns (uint256);
            function getUserConfiguration(address) external view returns (uint256);
            function getReserveAddressById(uint16) external view returns (address);
            function setUserUseReserveAsCollateral(address, bool) external;
            function getVirtualUnderlyingBalance(address) external view returns (uint128);
        }
        interface AaveToken {
            function POOL() external view returns (address);
            function UNDERLYING_ASSET_ADDRESS() external view returns (address);
            function scaledBalanceOf(address) external view returns (uint256);
        }
        interface UniswapFactory {
            function getPool(address, address, uint24) external view returns (address);
        }
        interface UniswapPool {
            function token0() external view returns (address);
            function token1() external view returns (address);
            function fee() external view returns (uint24);
            function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool);
            function liquidity() external view returns (uint128);
            function observations(uint256) external view returns (uint32, int56, uint160, bool);
            function increaseObservationCardinalityNext(uint16) external;
            function swap(address, bool, int256, uint160, bytes) external returns (int256, int256);
        }
    }
}
