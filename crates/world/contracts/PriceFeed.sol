// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.26;

/// A Chainlink AggregatorV3 proxy with its whole round history, written by anyone.
/// Round ids are a proxy's: phase in the upper 16 of 80 bits, the aggregator's own round number, counted from 1, below.
contract PriceFeed {
    struct Round {
        int256 answer;
        uint256 startedAt;
        uint256 updatedAt;
        uint80 answeredInRound;
    }

    uint8 public immutable decimals;
    string public description;
    uint256 public constant version = 4;

    uint16 public phaseId = 1;
    uint64 public aggregatorRound;
    /// What a round that was never written answers: older aggregators revert, newer ones return zeros.
    bool public missingRoundsRevert = true;
    bool public dead;

    mapping(uint80 => Round) private rounds;

    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    error NoDataPresent(uint80 roundId);
    error FeedIsDead();

    constructor(uint8 decimals_, string memory description_) {
        decimals = decimals_;
        description = description_;
    }

    /// The id of the newest round, whether written or skipped.
    function latestRoundId() public view returns (uint80) {
        return (uint80(phaseId) << 64) | aggregatorRound;
    }

    /// A complete round.
    function push(int256 answer, uint256 startedAt, uint256 updatedAt) external returns (uint80 roundId) {
        aggregatorRound++;
        roundId = latestRoundId();
        rounds[roundId] = Round(answer, startedAt, updatedAt, roundId);
        emit AnswerUpdated(answer, roundId, updatedAt);
    }

    /// A round that was opened and not answered: it repeats the answer of an earlier round and was never updated.
    function pushIncomplete(int256 answer, uint256 startedAt, uint80 answeredInRound) external returns (uint80 roundId) {
        aggregatorRound++;
        roundId = latestRoundId();
        rounds[roundId] = Round(answer, startedAt, 0, answeredInRound);
    }

    /// Leaves `count` round ids unwritten.
    function skipRounds(uint64 count) external {
        aggregatorRound += count;
    }

    /// The proxy moves to a new aggregator, whose rounds start over.
    function nextPhase() external {
        phaseId++;
        aggregatorRound = 0;
    }

    function setMissingRoundsRevert(bool reverts) external {
        missingRoundsRevert = reverts;
    }

    /// A dead feed reverts on every read of a round.
    function setDead(bool dead_) external {
        dead = dead_;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData(latestRoundId());
    }

    /// The newest answer alone, as lenders read it.
    function latestAnswer() external view returns (int256 answer) {
        (, answer,,,) = getRoundData(latestRoundId());
    }

    function getRoundData(uint80 roundId) public view returns (uint80, int256, uint256, uint256, uint80) {
        if (dead) revert FeedIsDead();
        Round storage round = rounds[roundId];
        if (missingRoundsRevert && round.answeredInRound == 0) revert NoDataPresent(roundId);
        return (roundId, round.answer, round.startedAt, round.updatedAt, round.answeredInRound);
    }
}
