//! What the tests call on the pool, its quote token and its feed, and the events that they count.

#![allow(clippy::too_many_arguments)]

alloy_sol_types::sol! {
    #![sol(all_derives)]

    struct Anchor {
        uint256 expiry;
        uint256 atmVol;
        uint256 leftWing;
        uint256 rightWing;
        int256 carry;
        uint256 postedAt;
        uint256 spot;
        uint256 volJump;
        uint256 carryJump;
        uint256 unearned;
    }
    struct Leg {
        uint256 id;
        int256 size;
    }
    struct AccountLeg {
        uint256 id;
        int256 size;
        uint256 vol;
        uint256 mark;
        int256 delta;
        uint256 gamma;
        uint256 vega;
        int256 theta;
    }
    struct State {
        int256 quote;
        int256 value;
        uint256 initial;
        uint256 maintenance;
        uint256 liquidationDown;
        uint256 liquidationUp;
        uint256 flaggedAt;
        AccountLeg[] legs;
    }
    interface Pool {
        event ExpiryListed(uint64 indexed expiry);
        event SurfacePosted(address indexed signer, uint256 time, uint256 newest, uint256 reports);
        event Settled(uint64 indexed expiry, uint256 roundId, uint256 price, uint256 owed);
        event LegSettled(address indexed account, uint256 indexed id, int256 size, int256 amount, int256 quote);
        event AccountFlagged(address indexed account, address indexed by, int256 value, uint256 requirement, uint256 flaggedAt);
        event Liquidated(address indexed account, address indexed by, uint256 part, int256 total, uint256 reward, uint256 insurance, int256 valueBefore, uint256 requirementBefore, int256 valueAfter, uint256 requirementAfter);
        function surface() external view returns (Anchor[] memory anchors);
        function settlement(uint256 expiry) external view returns (uint256 price, uint256 owed, uint256 setAside);
        function account(address account_) external view returns (State memory state);
        function listExpiry(uint256 expiry) external;
        function postAnchor(uint256 expiry, uint256 atmVol, uint256 leftWing, uint256 rightWing, int256 carry) external;
        function setKeeper(address newKeeper) external;
        function proposeSigners(uint256 threshold, address[8] calldata newSigners) external;
        function acceptSigners(uint256 threshold, address[8] calldata newSigners) external;
        function depositMargin(uint256 amount, address account_) external;
        function withdrawMargin(uint256 amount, address receiver) external;
        function tradeOnAccount(Leg[] calldata legs, int256 limit, uint256 deadline, address account_) external returns (int256 total);
    }
    interface Token {
        function approve(address spender, uint256 amount) external returns (bool done);
        function balanceOf(address holder) external view returns (uint256 amount);
    }
    interface Feed {
        function push(int256 answer, uint256 startedAt, uint256 updatedAt) external returns (uint80 roundId);
    }
}
