// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

interface IArbWasm {
    function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
    function stylusVersion() external view returns (uint16 version);
    function codehashVersion(bytes32 codehash) external view returns (uint16 version);
}

/// Deploys, activates and initialises a Stylus program in one transaction, with the interface that cargo-stylus expects.
contract StylusDeployer {
    IArbWasm private constant ARB_WASM = IArbWasm(address(0x71));

    event ContractDeployed(address deployedContract);

    error ContractDeploymentError(bytes bytecode);
    error ContractInitializationError(address newContract, bytes data);
    error RefundExcessValueError(uint256 excessValue);
    error EmptyBytecode();
    error InitValueButNotInitData();

    /// Creates a program from its init code, by CREATE2 if `salt` is not zero. Of the value sent, `initValue` goes to the
    /// call with `initData`, as much as it takes to the activation, and the rest back to the sender.
    function deploy(bytes calldata bytecode, bytes calldata initData, uint256 initValue, bytes32 salt)
        external
        payable
        returns (address program)
    {
        if (initValue != 0 && initData.length == 0) revert InitValueButNotInitData();
        program = createProgram(bytecode, salt == 0 ? salt : initSalt(salt, initData));
        uint256 fee;
        if (requiresActivation(program)) {
            (, fee) = ARB_WASM.activateProgram{value: msg.value - initValue}(program);
        }
        if (initData.length != 0) {
            (bool initialised, bytes memory data) = program.call{value: initValue}(initData);
            if (!initialised) revert ContractInitializationError(program, data);
        }
        refund(msg.value - initValue - fee);
        emit ContractDeployed(program);
    }

    /// Whether a program's code is not active in the present version of Stylus.
    function requiresActivation(address program) public view returns (bool) {
        try ARB_WASM.codehashVersion(program.codehash) returns (uint16 version) {
            return version != ARB_WASM.stylusVersion();
        } catch {
            return true;
        }
    }

    /// Salt that the program is created with, so that its address depends on how it is initialised.
    function initSalt(bytes32 salt, bytes calldata initData) public pure returns (bytes32) {
        return keccak256(abi.encodePacked(salt, initData));
    }

    function createProgram(bytes memory bytecode, bytes32 salt) private returns (address program) {
        if (bytecode.length == 0) revert EmptyBytecode();
        assembly ("memory-safe") {
            switch salt
            case 0 { program := create(0, add(bytecode, 0x20), mload(bytecode)) }
            default { program := create2(0, add(bytecode, 0x20), mload(bytecode), salt) }
        }
        if (program == address(0)) revert ContractDeploymentError(bytecode);
    }

    function refund(uint256 value) private {
        if (value == 0) return;
        (bool paid,) = msg.sender.call{value: value}("");
        if (!paid) revert RefundExcessValueError(value);
    }
}
