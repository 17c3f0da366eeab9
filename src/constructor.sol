// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.23;

import {IPool} from "./IPool.sol";

/// The pool's constructor. Stylus programs are constructed by a call: selector 0x5585258d, which is
/// stylus_constructor() whatever the arguments, followed by the arguments.
interface IConstructor {
    /// base: the asset options are written on; quote: the asset premiums are paid in; feed: quote per base;
    /// sequencer: uptime feed, zero on a chain without one; factory: Uniswap v3's, whose pool of the pair and fee tier is
    /// the hedge venue; lender: Aave v3's addresses provider, zero for a pool that never owes base.
    function construct(
        address base,
        address quote,
        address feed,
        address sequencer,
        address factory,
        uint256 feeTier,
        address lender,
        address owner,
        IPool.Parameters calldata parameters
    ) external;
}
