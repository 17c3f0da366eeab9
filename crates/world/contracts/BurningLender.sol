// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.26;

interface IMarket {
    function supply(address asset, uint256 amount, address onBehalfOf, uint16 referralCode) external;
    function withdraw(address asset, uint256 amount, address to) external returns (uint256);
    function borrow(address asset, uint256 amount, uint256 interestRateMode, uint16 referralCode, address onBehalfOf)
        external;
    function repay(address asset, uint256 amount, uint256 interestRateMode, address onBehalfOf) external returns (uint256);
    function setUserUseReserveAsCollateral(address asset, bool useAsCollateral) external;
    function getUserConfiguration(address user) external view returns (uint256);
    function getConfiguration(address asset) external view returns (uint256);
}

/// Takes the place of a lender's market, whose own code stands elsewhere then: what is asked of it is answered, and any step burns
/// all gas. It says that every debtor has debt and collateral in every reserve, and may burn what asks for the terms of one that is not there.
contract BurningLender {
    address private immutable code;
    bool private immutable burnsTerms;

    constructor(address code_, bool burnsTerms_) {
        code = code_;
        burnsTerms = burnsTerms_;
    }

    fallback() external {
        bytes4 asked = msg.sig;
        if (
            asked == IMarket.supply.selector || asked == IMarket.withdraw.selector || asked == IMarket.borrow.selector
                || asked == IMarket.repay.selector || asked == IMarket.setUserUseReserveAsCollateral.selector
                || burnsTerms && asked == IMarket.getConfiguration.selector && uint256(bytes32(msg.data[4:36])) == 0
        ) {
            assembly {
                invalid()
            }
        }
        if (asked == IMarket.getUserConfiguration.selector) {
            assembly {
                mstore(0, not(0))
                return(0, 32)
            }
        }
        (bool success, bytes memory output) = code.delegatecall(msg.data);
        assembly {
            switch success
            case 0 { revert(add(output, 32), mload(output)) }
            default { return(add(output, 32), mload(output)) }
        }
    }
}
