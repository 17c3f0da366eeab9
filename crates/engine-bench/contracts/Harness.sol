// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity >=0.8.4;

/// What every measured contract looks like from outside: one function, so that entering, decoding and answering cost the
/// same for all of them and vanish in the difference to `NothingOfOption` and `NothingOfNumber`.
///
/// Numbers are WAD (1e18 = 1). `price` is read by implied vol alone.
abstract contract OptionHarness {
    function run(uint128 spot, uint128 strike, uint32 time, uint64 vol, uint64 rate, uint128 price)
        external
        pure
        virtual
        returns (int256 first, int256 second);
}

/// The same for a function of one WAD number.
abstract contract NumberHarness {
    function run(int256 x) external pure virtual returns (int256 y);
}
