// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity >=0.8.4;

import "./Harness.sol";

contract NothingOfOption is OptionHarness {
    function run(uint128, uint128, uint32, uint64, uint64, uint128 price)
        external
        pure
        override
        returns (int256, int256)
    {
        return (int256(uint256(price)), 0);
    }
}

contract NothingOfNumber is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return x;
    }
}
