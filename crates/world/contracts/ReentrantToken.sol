// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.26;

import {Token} from "./Token.sol";

/// Calls a target of its choice in the middle of every transfer, once told to, and goes on whatever the target answers.
contract ReentrantToken is Token {
    address public target;
    bytes public payload;

    uint256 public attempts;
    bool public lastSucceeded;
    bytes public lastOutput;

    bool private entered;

    constructor(string memory name_, string memory symbol_, uint8 decimals_) Token(name_, symbol_, decimals_) {}

    /// The zero address as target makes the token honest again.
    function setReentry(address target_, bytes calldata payload_) external {
        target = target_;
        payload = payload_;
    }

    function transfer(address to, uint256 amount) external override returns (bool) {
        _move(msg.sender, to, amount);
        _reenter();
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external override returns (bool) {
        _spend(from, msg.sender, amount);
        _move(from, to, amount);
        _reenter();
        return true;
    }

    /// Entered at most once at a time: the target's own transfers of this token do not recurse.
    function _reenter() private {
        if (target == address(0) || entered) return;
        entered = true;
        attempts++;
        (lastSucceeded, lastOutput) = target.call(payload);
        entered = false;
    }
}
