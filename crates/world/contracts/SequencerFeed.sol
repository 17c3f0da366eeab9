// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.26;

/// Chainlink's L2 sequencer uptime feed: answer 0 while up, 1 while down, startedAt the moment of the last change.
contract SequencerFeed {
    uint8 public constant decimals = 0;
    string public constant description = "L2 Sequencer Uptime Status Feed";
    uint256 public constant version = 1;

    bool public dead;

    uint80 private roundId;
    int256 private answer;
    uint256 private startedAt;
    uint256 private updatedAt;

    error FeedIsDead();

    /// Up, and not heard of since it came up.
    constructor(uint256 upSince) {
        set(0, upSince);
        updatedAt = upSince;
    }

    /// A start of zero is what the feed reports before its first update.
    function set(int256 answer_, uint256 startedAt_) public {
        roundId++;
        answer = answer_;
        startedAt = startedAt_;
        updatedAt = block.timestamp;
    }

    /// A dead feed reverts on every read.
    function setDead(bool dead_) external {
        dead = dead_;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        if (dead) revert FeedIsDead();
        return (roundId, answer, startedAt, updatedAt, roundId);
    }
}
