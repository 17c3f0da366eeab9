// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity >=0.8.4;

import "./Harness.sol";
import "@lyrafinance/protocol/contracts/libraries/BlackScholes.sol";

function inputs(uint128 spot, uint128 strike, uint32 time, uint64 vol, uint64 rate)
    pure
    returns (BlackScholes.BlackScholesInputs memory)
{
    return BlackScholes.BlackScholesInputs(time, vol, spot, strike, int256(uint256(rate)));
}

contract Prices is OptionHarness {
    function run(uint128 spot, uint128 strike, uint32 time, uint64 vol, uint64 rate, uint128)
        external
        pure
        override
        returns (int256, int256)
    {
        (uint256 call, uint256 put) = BlackScholes.optionPrices(inputs(spot, strike, time, vol, rate));
        return (int256(call), int256(put));
    }
}

contract Delta is OptionHarness {
    function run(uint128 spot, uint128 strike, uint32 time, uint64 vol, uint64 rate, uint128)
        external
        pure
        override
        returns (int256, int256)
    {
        return BlackScholes.delta(inputs(spot, strike, time, vol, rate));
    }
}

contract Vega is OptionHarness {
    function run(uint128 spot, uint128 strike, uint32 time, uint64 vol, uint64 rate, uint128)
        external
        pure
        override
        returns (int256, int256)
    {
        return (int256(BlackScholes.vega(inputs(spot, strike, time, vol, rate))), 0);
    }
}

/// Call, put, both deltas and vega in one pass; folded into one number so that none is left out of the computation.
contract Joint is OptionHarness {
    function run(uint128 spot, uint128 strike, uint32 time, uint64 vol, uint64 rate, uint128)
        external
        pure
        override
        returns (int256, int256)
    {
        BlackScholes.PricesDeltaStdVega memory all =
            BlackScholes.pricesDeltaStdVega(inputs(spot, strike, time, vol, rate));
        return (int256(all.callPrice ^ all.putPrice ^ all.vega ^ all.stdVega), all.callDelta ^ all.putDelta);
    }
}

/// The library's own scale is 27 decimals.
contract Distribution is NumberHarness {
    function run(int256 x) external pure override returns (int256) {
        return int256(BlackScholes._stdNormalCDF(x * 1e9) / 1e9);
    }
}
