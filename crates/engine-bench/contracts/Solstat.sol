// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity >=0.8.4;

import "./Harness.sol";
import "solstat/src/Gaussian.sol";

contract Distribution is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return Gaussian.cdf(x);
    }
}
