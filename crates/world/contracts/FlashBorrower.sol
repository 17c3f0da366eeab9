// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.26;

interface ILendingPool {
    function flashLoanSimple(address receiver, address asset, uint256 amount, bytes calldata params, uint16 referralCode)
        external;
}

interface IToken {
    function approve(address spender, uint256 amount) external returns (bool);
}

/// Borrows for the length of a transaction and makes calls while the lender is without the money. Premiums are paid from
/// what it holds.
contract FlashBorrower {
    struct Step {
        address target;
        bytes data;
    }

    bytes[] private outputs;

    error StepFailed(uint256 index, bytes output);

    /// Borrows `amount` of `asset`, makes the calls, and pays back.
    function run(address lender, address asset, uint256 amount, Step[] calldata steps) external {
        delete outputs;
        ILendingPool(lender).flashLoanSimple(address(this), asset, amount, abi.encode(steps), 0);
    }

    /// Makes calls without borrowing.
    function act(Step[] calldata steps) external {
        delete outputs;
        take(steps);
    }

    /// What the call of this index answered.
    function output(uint256 index) external view returns (bytes memory) {
        return outputs[index];
    }

    /// What the lender calls with the money paid out.
    function executeOperation(address asset, uint256 amount, uint256 premium, address, bytes calldata params)
        external
        returns (bool)
    {
        take(abi.decode(params, (Step[])));
        return IToken(asset).approve(msg.sender, amount + premium);
    }

    function take(Step[] memory steps) private {
        for (uint256 index = 0; index < steps.length; index++) {
            (bool success, bytes memory answer) = steps[index].target.call(steps[index].data);
            if (!success) revert StepFailed(index, answer);
            outputs.push(answer);
        }
    }
}
