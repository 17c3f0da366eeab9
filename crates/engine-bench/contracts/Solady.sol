// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity >=0.8.4;

import "./Harness.sol";
import "solady/src/utils/FixedPointMathLib.sol";

contract Exp is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return FixedPointMathLib.expWad(x);
    }
}

contract Ln is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return FixedPointMathLib.lnWad(x);
    }
}

contract Sqrt is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return int256(FixedPointMathLib.sqrtWad(uint256(x)));
    }
}
