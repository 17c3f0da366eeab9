// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.26;

import {Token} from "./Token.sol";

/// Takes a fee out of what arrives: the receiver gets less than was sent. The fee is zero until set.
contract FeeOnTransferToken is Token {
    uint256 public feeBps;
    address public constant FEE_RECEIVER = address(0xfee);

    constructor(string memory name_, string memory symbol_, uint8 decimals_) Token(name_, symbol_, decimals_) {}

    function setFeeBps(uint256 bps) external {
        feeBps = bps;
    }

    function transfer(address to, uint256 amount) external override returns (bool) {
        _moveLessFee(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external override returns (bool) {
        _spend(from, msg.sender, amount);
        _moveLessFee(from, to, amount);
        return true;
    }

    function _moveLessFee(address from, address to, uint256 amount) private {
        uint256 fee = amount * feeBps / 10_000;
        _move(from, FEE_RECEIVER, fee);
        _move(from, to, amount - fee);
    }
}
