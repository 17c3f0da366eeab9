// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.26;

import {Token} from "./Token.sol";

/// Moves nothing and returns false instead of reverting, on either kind of transfer, once told to.
contract ReturnsFalseToken is Token {
    bool public refusesTransfer;
    bool public refusesTransferFrom;

    constructor(string memory name_, string memory symbol_, uint8 decimals_) Token(name_, symbol_, decimals_) {}

    function setRefusal(bool onTransfer, bool onTransferFrom) external {
        refusesTransfer = onTransfer;
        refusesTransferFrom = onTransferFrom;
    }

    function transfer(address to, uint256 amount) external override returns (bool) {
        if (refusesTransfer) return false;
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external override returns (bool) {
        if (refusesTransferFrom) return false;
        _spend(from, msg.sender, amount);
        _move(from, to, amount);
        return true;
    }
}
