// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.26;

interface IToken {
    function transfer(address to, uint256 amount) external returns (bool);
}

interface ISwapCallback {
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata data) external;
}

interface IUniswapPool {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function fee() external view returns (uint24);
    function liquidity() external view returns (uint128);
    function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool);
    function observations(uint256 index) external view returns (uint32, int56, uint160, bool);
    function increaseObservationCardinalityNext(uint16 count) external;
    function swap(address recipient, bool zeroForOne, int256 amount, uint160 limit, bytes calldata data)
        external
        returns (int256 amount0, int256 amount1);
}

/// Factory and pool at once in front of a real Uniswap v3 pool: it says of itself what the real one says and passes swaps
/// on, honest until told to fail, to ask for something else than is owed, to lie about what moved, or to call back into a
/// target in the middle of a swap.
contract HostileVenue {
    enum Vice {
        None,
        Reverts,
        BurnsGas,
        AsksForOther,
        AsksTwice,
        NeverAsks
    }

    IUniswapPool public immutable real;

    Vice public vice;
    bytes public revertData;
    /// What is asked for in the callback, relative to what is owed.
    uint256 public askedBps = 10_000;
    bool public reports;
    int256 public reported0;
    int256 public reported1;

    address public target;
    bytes public payload;
    uint256 public attempts;
    bool public lastSucceeded;
    bytes public lastOutput;

    constructor(address real_) {
        real = IUniswapPool(real_);
    }

    /// `data` is what it reverts with, if that is the vice.
    function setVice(Vice vice_, bytes calldata data) external {
        vice = vice_;
        revertData = data;
    }

    function setAsked(uint256 askedBps_) external {
        askedBps = askedBps_;
    }

    /// The amounts that every swap returns from now on, whatever moved.
    function setReport(int256 amount0, int256 amount1) external {
        (reports, reported0, reported1) = (true, amount0, amount1);
    }

    /// Called from inside every swap, before the callback. The zero address as target stops it.
    function setReentry(address target_, bytes calldata payload_) external {
        target = target_;
        payload = payload_;
    }

    /// Calls the callback of `payer` although it swaps nothing.
    function ask(address payer, int256 amount0, int256 amount1, bytes calldata data) external {
        ISwapCallback(payer).uniswapV3SwapCallback(amount0, amount1, data);
    }

    function getPool(address, address, uint24) external view returns (address) {
        return address(this);
    }

    function token0() external view returns (address) {
        return real.token0();
    }

    function token1() external view returns (address) {
        return real.token1();
    }

    function fee() external view returns (uint24) {
        return real.fee();
    }

    function liquidity() external view returns (uint128) {
        return real.liquidity();
    }

    function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool) {
        return real.slot0();
    }

    function observations(uint256 index) external view returns (uint32, int56, uint160, bool) {
        return real.observations(index);
    }

    function increaseObservationCardinalityNext(uint16 count) external {
        real.increaseObservationCardinalityNext(count);
    }

    function swap(address recipient, bool zeroForOne, int256 amount, uint160 limit, bytes calldata data)
        external
        returns (int256 amount0, int256 amount1)
    {
        _fail();
        if (vice != Vice.NeverAsks) {
            (amount0, amount1) = real.swap(recipient, zeroForOne, amount, limit, abi.encode(msg.sender, data));
        }
        if (reports) (amount0, amount1) = (reported0, reported1);
    }

    /// The real pool asks for what is owed; the taker is asked in turn and the real pool gets what it is due.
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata context) external {
        require(msg.sender == address(real), "only the real pool");
        _reenter();
        (address taker, bytes memory data) = abi.decode(context, (address, bytes));
        _ask(taker, amount0, amount1, data);
        if (vice == Vice.AsksTwice) _ask(taker, amount0, amount1, data);
        if (amount0 > 0) IToken(real.token0()).transfer(address(real), uint256(amount0));
        if (amount1 > 0) IToken(real.token1()).transfer(address(real), uint256(amount1));
    }

    function _ask(address taker, int256 amount0, int256 amount1, bytes memory data) private {
        if (vice == Vice.AsksForOther) (amount0, amount1) = (amount1, amount0);
        if (amount0 > 0) amount0 = amount0 * int256(askedBps) / 10_000;
        if (amount1 > 0) amount1 = amount1 * int256(askedBps) / 10_000;
        ISwapCallback(taker).uniswapV3SwapCallback(amount0, amount1, data);
    }

    function _fail() private view {
        if (vice == Vice.Reverts) {
            bytes memory data = revertData;
            assembly {
                revert(add(data, 32), mload(data))
            }
        }
        if (vice == Vice.BurnsGas) {
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
}
