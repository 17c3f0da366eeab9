// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity >=0.8.4;

import "./Harness.sol";
import "abdk-libraries-solidity/ABDKMath64x64.sol";

/// The library's own scale is 64 binary places; turning WAD into it and back is counted.
contract Exp is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return int256(ABDKMath64x64.exp(int128((x << 64) / 1e18))) * 1e18 >> 64;
    }
}

contract Ln is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return int256(ABDKMath64x64.ln(int128((x << 64) / 1e18))) * 1e18 >> 64;
    }
}

contract Sqrt is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return int256(ABDKMath64x64.sqrt(int128((x << 64) / 1e18))) * 1e18 >> 64;
    }
}
