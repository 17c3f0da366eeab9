// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity >=0.8.4;

import "./Harness.sol";
import "@prb/math/src/SD59x18.sol";

contract Exp is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return exp(SD59x18.wrap(x)).unwrap();
    }
}

contract Ln is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return ln(SD59x18.wrap(x)).unwrap();
    }
}

contract Sqrt is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return sqrt(SD59x18.wrap(x)).unwrap();
    }
}
