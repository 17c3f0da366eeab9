// The pool's events and typed errors. Sizes, prices and vols are WAD; cash is in quote-token units (atoms).

// A taker opened a long. The taker paid premium + fee.
event Bought(address indexed taker, address indexed receiver, uint256 indexed id, uint256 size, uint256 premium, uint256 fee, uint256 volAfter);
// A taker returned a long. The receiver got premium - fee.
event Sold(address indexed taker, address indexed receiver, uint256 indexed id, uint256 size, uint256 premium, uint256 fee, uint256 volAfter);
// The pool traded base on the hedge venue: positive baseAmount was bought for quoteAmount, negative was sold.
event Hedged(int256 baseAmount, uint256 quoteAmount, uint256 spot);
// A hedge was due and the venue did not fill it within the price limit; the exposure stays within the hard limit.
event HedgeMissed(int256 baseAmount, int256 exposure, uint256 exposureLimit);
// Where the pool stands after a change: net asset value at the mid, WAD of quote; base amounts WAD.
event PoolStatus(uint256 spot, int256 nav, int256 netDelta, uint256 hedgePosition, uint256 cash, uint256 setAside);
event ExpiryListed(uint64 indexed expiry);
event AnchorPosted(uint64 indexed expiry, uint256 atmVol, uint256 leftWing, uint256 rightWing);
event Settled(uint64 indexed expiry, uint256 roundId, uint256 price, uint256 owed);
event Claimed(address indexed holder, address indexed receiver, uint256 indexed id, uint256 size, uint256 payout);
event ParameterSet(uint256 indexed index, uint256 value);
event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
event GuardianSet(address indexed guardian);
event KeeperSet(address indexed keeper);
event Paused(address indexed by);
event Resumed(address indexed by);

// ERC-4626
event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares);
event Withdraw(address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares);
// ERC-20 (the share)
event Transfer(address indexed from, address indexed to, uint256 value);
event Approval(address indexed owner, address indexed spender, uint256 value);
// ERC-6909 (the positions)
event Transfer(address caller, address indexed sender, address indexed receiver, uint256 indexed id, uint256 amount);
event OperatorSet(address indexed owner, address indexed spender, bool approved);
event Approval(address indexed owner, address indexed spender, uint256 indexed id, uint256 amount);

// Guards
error Reentered();
error PoolPaused();
error NotAuthorised(address caller, address required);
error DeadlinePassed(uint256 deadline, uint256 now_);
error ZeroAddress();
error ValueTooLarge(uint256 value, uint256 limit);

// Construction and parameters
error DecimalsUnsupported(address token, uint256 decimals);
error VenueMissing(address factory, uint256 feeTier);
error ParameterOutOfBounds(uint256 index, uint256 value, uint256 low, uint256 high);

// Series and surface
error InvalidId(uint256 id);
error ExpiryNotListed(uint256 expiry);
error ExpiryAlreadyListed(uint256 expiry);
error ExpiryOutOfRange(uint256 expiry, uint256 earliest, uint256 latest);
error TooManyExpiries(uint256 limit);
error TooManyNodes(uint256 limit);
error SeriesExpired(uint256 expiry, uint256 now_);
error CutoffReached(uint256 expiry, uint256 cutoff, uint256 now_);
error StrikeOffGrid(uint256 strike, uint256 tick);
error MoneynessOutOfRange(uint256 moneyness, uint256 low, uint256 high);
error AnchorMissing(uint256 expiry);
error AnchorStale(uint256 expiry, uint256 postedAt, uint256 limit);
error AnchorTooSoon(uint256 earliest, uint256 now_);
error AnchorStepTooLarge(uint256 previous, uint256 posted, uint256 limit);
// check: 1 ATM vol, 2 wing, 3 slope; against a neighbour (value earlier, limit later): 4 ATM variance, 5 left wing,
// 6 right wing, 7 curvature
error AnchorRejected(uint256 check, uint256 value, uint256 limit);

// Trading
error SizeZero();
error SizeBelowMinimum(uint256 size, uint256 minimum);
error SizeOffGrid(uint256 size, uint256 lot);
error CostAboveLimit(uint256 cost, uint256 limit);
error ProceedsBelowLimit(uint256 proceeds, uint256 limit);
error ShiftAboveCap(uint256 shift, uint256 cap);
error QuoteUnavailable(uint256 step, uint256 limit);

// Risk
error ExposureAboveLimit(int256 exposure, uint256 limit);
error ScenarioLossAboveEquity(int256 equity, uint256 loss, uint256 floor);
error UpsideSlopeBelowLimit(int256 slope, int256 limit);
error ValueAtZeroBelowFloor(int256 value, uint256 floor);
error InsufficientFreeCash(uint256 free, uint256 needed);

// Oracle
error FeedPriceInvalid(int256 answer);
error FeedRoundIncomplete(uint256 roundId, uint256 answeredIn);
error FeedStale(uint256 updatedAt, uint256 maxAge, uint256 now_);
error SequencerDown(uint256 since);
error SequencerGracePeriod(uint256 upSince, uint256 grace, uint256 now_);
error VenuePriceDeviates(uint256 venuePrice, uint256 feedPrice, uint256 maxDeviation);

// Settlement
error NotExpired(uint256 expiry, uint256 now_);
error AlreadySettled(uint256 expiry);
error NotSettled(uint256 expiry);
error RoundBeforeExpiry(uint256 roundId, uint256 updatedAt, uint256 expiry);
error RoundNotFirst(uint256 previousRoundId, uint256 previousUpdatedAt, uint256 expiry);
error RoundUnproven(uint256 roundId);
error AwaitsSettlement(uint256 expiry);

// Tokens and venue
error TokenCallFailed(address token);
error TokenAmountMismatch(address token, uint256 received, uint256 expected);
error CallFailed(address target);
error HedgeFailed(int256 baseAmount);

// Shares and positions
error InsufficientBalance(address holder, uint256 balance, uint256 needed);
error InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
error DepositAboveLimit(uint256 assets, uint256 limit);
error WithdrawAboveLimit(uint256 assets, uint256 limit);
error NothingMinted(uint256 assets);
error PermitExpired(uint256 deadline, uint256 now_);
error PermitInvalid(address signer, address owner);
