// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.31;

/// Calls another contract twice and tells what each call cost: the difference of gasleft() around the STATICCALL,
/// everything that the callee does included. Two calls, because the first one touches a cold address.
///
/// Calldata: the address as a word, then what to send. Answer: gas of the first call, gas of the second, whether the
/// second succeeded, and what it returned.
contract Caller {
    fallback() external {
        assembly ("memory-safe") {
            let target := calldataload(0)
            let size := sub(calldatasize(), 32)
            // The answer's place is paid for before anything is measured.
            let data := mload(64)
            calldatacopy(add(data, 512), 32, size)

            let start := gas()
            let success := staticcall(gas(), target, add(data, 512), size, 0, 0)
            let first := sub(start, gas())
            start := gas()
            success := staticcall(gas(), target, add(data, 512), size, 0, 0)
            let second := sub(start, gas())

            mstore(data, first)
            mstore(add(data, 32), second)
            mstore(add(data, 64), success)
            returndatacopy(add(data, 96), 0, returndatasize())
            return(data, add(96, returndatasize()))
        }
    }
}
