// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.26;

import {Token} from "./Token.sol";

/// Transfers that succeed without a return value, as USDT's do on mainnet.
contract ReturnsNothingToken is Token {
    constructor(string memory name_, string memory symbol_, uint8 decimals_) Token(name_, symbol_, decimals_) {}

    function transfer(address to, uint256 amount) external override returns (bool) {
        _move(msg.sender, to, amount);
        _returnNothing();
    }

    function transferFrom(address from, address to, uint256 amount) external override returns (bool) {
        _spend(from, msg.sender, amount);
        _move(from, to, amount);
        _returnNothing();
    }

    function _returnNothing() private pure {
        assembly {
            return(0, 0)
        }
    }
}
