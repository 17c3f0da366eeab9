// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity >=0.8.4;

import "./Harness.sol";
import "defimath-lib/contracts/derivatives/BlackScholes.sol";

contract Call is OptionHarness {
    function run(uint128 spot, uint128 strike, uint32 time, uint64 vol, uint64 rate, uint128)
        external
        pure
        override
        returns (int256, int256)
    {
        return (int256(BlackScholes.call(spot, strike, time, vol, rate)), 0);
    }
}

contract Put is OptionHarness {
    function run(uint128 spot, uint128 strike, uint32 time, uint64 vol, uint64 rate, uint128)
        external
        pure
        override
        returns (int256, int256)
    {
        return (int256(BlackScholes.put(spot, strike, time, vol, rate)), 0);
    }
}

contract Delta is OptionHarness {
    function run(uint128 spot, uint128 strike, uint32 time, uint64 vol, uint64 rate, uint128)
        external
        pure
        override
        returns (int256, int256)
    {
        return BlackScholes.delta(spot, strike, time, vol, rate);
    }
}

contract Gamma is OptionHarness {
    function run(uint128 spot, uint128 strike, uint32 time, uint64 vol, uint64 rate, uint128)
        external
        pure
        override
        returns (int256, int256)
    {
        return (int256(BlackScholes.gamma(spot, strike, time, vol, rate)), 0);
    }
}

contract Theta is OptionHarness {
    function run(uint128 spot, uint128 strike, uint32 time, uint64 vol, uint64 rate, uint128)
        external
        pure
        override
        returns (int256, int256)
    {
        return BlackScholes.theta(spot, strike, time, vol, rate);
    }
}

contract Vega is OptionHarness {
    function run(uint128 spot, uint128 strike, uint32 time, uint64 vol, uint64 rate, uint128)
        external
        pure
        override
        returns (int256, int256)
    {
        return (int256(BlackScholes.vega(spot, strike, time, vol, rate)), 0);
    }
}

contract ImpliedVol is OptionHarness {
    function run(uint128 spot, uint128 strike, uint32 time, uint64, uint64 rate, uint128 price)
        external
        pure
        override
        returns (int256, int256)
    {
        return (int256(BlackScholes.impliedVolatility(spot, strike, time, rate, price, true)), 0);
    }
}

contract Distribution is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return int256(Math.stdNormCDF(x));
    }
}

contract Exp is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return int256(Math.exp(x));
    }
}

contract Ln is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return Math.ln(uint256(x));
    }
}

contract Sqrt is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return int256(Math.sqrt(uint256(x)));
    }
}
