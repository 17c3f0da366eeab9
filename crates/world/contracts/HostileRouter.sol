// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.26;

interface IToken {
    function balanceOf(address holder) external view returns (uint256);
    function approve(address spender, uint256 amount) external returns (bool);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

interface ISwapRouter {
    struct ExactInputSingleParams {
        address tokenIn;
        address tokenOut;
        uint24 fee;
        address recipient;
        uint256 amountIn;
        uint256 amountOutMinimum;
        uint160 sqrtPriceLimitX96;
    }

    struct ExactOutputSingleParams {
        address tokenIn;
        address tokenOut;
        uint24 fee;
        address recipient;
        uint256 amountOut;
        uint256 amountInMaximum;
        uint160 sqrtPriceLimitX96;
    }

    function factory() external view returns (address);
    function WETH9() external view returns (address);
    function exactInputSingle(ExactInputSingleParams calldata params) external payable returns (uint256 amountOut);
    function exactOutputSingle(ExactOutputSingleParams calldata params) external payable returns (uint256 amountIn);
}

/// SwapRouter02's two single-pool swaps in front of the real router, honest until told to fail, to keep part of what it
/// should hand over, to lie about it, or to call back into a target. It never enforces the caller's minimum or maximum.
contract HostileRouter {
    enum Failure {
        None,
        Reverts,
        BurnsGas
    }

    ISwapRouter public immutable real;

    Failure public failure;
    bytes public failureData;
    /// Part of the output handed over.
    uint256 public deliveredBps = 10_000;
    /// Part of the unspent input handed back.
    uint256 public refundedBps = 10_000;
    /// The amount returned to the caller, relative to the true one.
    uint256 public reportedBps = 10_000;

    address public target;
    bytes public payload;
    uint256 public attempts;
    bool public lastSucceeded;
    bytes public lastOutput;

    constructor(address real_) {
        real = ISwapRouter(real_);
    }

    function setFailure(Failure failure_, bytes calldata data) external {
        failure = failure_;
        failureData = data;
    }

    function setDelivery(uint256 deliveredBps_, uint256 refundedBps_) external {
        deliveredBps = deliveredBps_;
        refundedBps = refundedBps_;
    }

    function setReport(uint256 reportedBps_) external {
        reportedBps = reportedBps_;
    }

    /// The zero address as target stops the callbacks.
    function setReentry(address target_, bytes calldata payload_) external {
        target = target_;
        payload = payload_;
    }

    function factory() external view returns (address) {
        return real.factory();
    }

    function WETH9() external view returns (address) {
        return real.WETH9();
    }

    function exactInputSingle(ISwapRouter.ExactInputSingleParams memory params)
        external
        payable
        returns (uint256 amountOut)
    {
        _fail();
        _reenter();
        address recipient = params.recipient;
        uint256 held = _pull(params.tokenIn, params.amountIn);
        (params.recipient, params.amountOutMinimum) = (address(this), 0);
        amountOut = real.exactInputSingle(params);
        _settle(params.tokenIn, held, params.tokenOut, amountOut, recipient);
        amountOut = _part(amountOut, reportedBps);
    }

    function exactOutputSingle(ISwapRouter.ExactOutputSingleParams memory params)
        external
        payable
        returns (uint256 amountIn)
    {
        _fail();
        _reenter();
        address recipient = params.recipient;
        uint256 held = _pull(params.tokenIn, params.amountInMaximum);
        params.recipient = address(this);
        uint256 before = IToken(params.tokenOut).balanceOf(address(this));
        amountIn = real.exactOutputSingle(params);
        uint256 amountOut = IToken(params.tokenOut).balanceOf(address(this)) - before;
        _settle(params.tokenIn, held, params.tokenOut, amountOut, recipient);
        amountIn = _part(amountIn, reportedBps);
    }

    function _fail() private view {
        if (failure == Failure.Reverts) {
            bytes memory data = failureData;
            assembly {
                revert(add(data, 32), mload(data))
            }
        }
        if (failure == Failure.BurnsGas) {
            assembly {
                invalid()
            }
        }
    }

    function _reenter() private {
        if (target == address(0)) return;
        attempts++;
        (lastSucceeded, lastOutput) = target.call(payload);
    }

    /// Takes the input and answers what this contract held of it before.
    function _pull(address token, uint256 amount) private returns (uint256 held) {
        held = IToken(token).balanceOf(address(this));
        IToken(token).transferFrom(msg.sender, address(this), amount);
        IToken(token).approve(address(real), amount);
    }

    function _settle(address tokenIn, uint256 held, address tokenOut, uint256 amountOut, address recipient) private {
        uint256 unspent = IToken(tokenIn).balanceOf(address(this)) - held;
        IToken(tokenIn).transfer(msg.sender, _part(unspent, refundedBps));
        // SwapRouter02 reads the address 1 as its caller.
        IToken(tokenOut).transfer(recipient == address(1) ? msg.sender : recipient, _part(amountOut, deliveredBps));
    }

    function _part(uint256 amount, uint256 bps) private pure returns (uint256) {
        return amount * bps / 10_000;
    }
}
