// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.26;

/// Says that a lender's market is its own, which the market does not.
contract FalseProvider {
    address public immutable getPool;

    constructor(address pool) {
        getPool = pool;
    }
}
