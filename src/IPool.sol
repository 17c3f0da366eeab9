// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.23;

/// The Smirk pool: an options AMM on Arbitrum Stylus.
///
/// Scales: sizes, prices, vols and ratios are WAD (1e18); cash is in quote-token units (atoms); times are unix seconds.
/// Fields of structs have their unit beside them. Of arguments, results, events and errors it goes by the name, or is said there; an
/// amount of an id is options, WAD.
/// * options, WAD: size calls puts longs shorts leg lot minimum
/// * quote atoms: premium spread surcharge capacity rent total cost proceeds maxCost minProceeds assets maxAssets minAssets payout
///   reward owed (of LoanChanged base atoms) setAside funded cash pot claim change charge insurance free freeCash gate quote quoteAmount
///   quote_
/// * quote, WAD: nav equity loss initial maintenance requirement requirementBefore requirementAfter valueBefore valueAfter strikes
///   putStrikes logVega depth
/// * quote per base, WAD: price spot strike tick nearest mark anchorSpot feedPrice venuePrice
/// * base, WAD: baseAmount baseTraded exposure exposureLimit netDelta hedgePosition slope
/// * shares (three decimals more than quote): shares maxShares minShares
/// * a year, WAD: vol volAfter atmVol carry; vol, WAD: volJump jump
/// * ratio, WAD: leftWing rightWing share shift used moneyness maxDeviation
/// * unix seconds: expiry deadline now_ postedAt updatedAt previousUpdatedAt acceptableAt flaggedAt newest time since upSince until
///   standing earliest latest expiration; seconds: cutoff maxAge grace
/// * that of what they bound: limit low high cap floor needed
/// * numbers: id index count threshold signers report reports legs check reason roundId previousRoundId phase presentPhase answeredIn
///   decimals decimals_ nonce chainId extensions v
/// Signs: orders are positive and the side is the taker's; whatever is called net, position, delta or exposure is the
/// pool's view, negative meaning short. Every refusal is one of the typed errors below and leaves everything as it was.
/// Whatever moves money or prices the book refuses with Reentered while a state-changing call is under way. Of the views
/// only quoteBuy minds a pause.
interface IPool {
    /// The pool's full answer to an order. Premium to rent in atoms; the rest WAD. Greeks are the taker's.
    /// total = premium + fee for a purchase, premium - fee for a sale; fee = spread + surcharge + capacity + rent:
    /// spread, the half-spread in vol on the anchor; surcharge, what the venue's price and the cost of hedging there add;
    /// capacity, interest on the tails the order ties up; rent, for a node that it opens.
    struct Quote {
        uint256 premium; // quote atoms
        uint256 fee; // quote atoms
        uint256 total; // quote atoms
        uint256 spread; // quote atoms
        uint256 surcharge; // quote atoms
        uint256 capacity; // quote atoms
        uint256 rent; // quote atoms
        uint256 mark; // quote per option, WAD
        uint256 forward; // quote per base, WAD
        uint256 volBefore; // a year, WAD
        uint256 volAfter; // a year, WAD
        uint256 shift; // ratio, WAD
        int256 delta; // base, WAD
        int256 gamma; // base per unit of price, WAD
        int256 vega; // quote per 1.00 of vol, WAD
        int256 theta; // quote a year, WAD
        int256 plannedHedge; // base, WAD
        int256 exposureAfter; // base, WAD
        uint256 band; // base, WAD
        uint256 exposureLimit; // base, WAD
    }

    /// A leg of an order: size is positive for what the taker buys, negative for what it sells. Of an account: positive for what
    /// it is long, negative for what it is short.
    struct Leg {
        uint256 id; // series
        int256 size; // options, WAD
    }

    /// What an order's quote says of one leg; WAD. mark: anchor value of one option. spread: the leg's part (quote) before what
    /// a missing hedge adds; premium and the other charges are the order's as a whole and no leg's.
    struct LegQuote {
        uint256 id; // series
        int256 size; // options, WAD
        uint256 mark; // quote per option, WAD
        uint256 forward; // quote per base, WAD
        uint256 volBefore; // a year, WAD
        uint256 volAfter; // a year, WAD
        int256 delta; // base, WAD
        uint256 spread; // quote, WAD
    }

    /// The pool's full answer to an order of legs: as Quote, with premium and total positive for what the taker pays, negative
    /// for what it gets; total = premium + fee.
    struct OrderQuote {
        int256 premium; // quote atoms
        uint256 fee; // quote atoms
        int256 total; // quote atoms
        uint256 spread; // quote atoms
        uint256 surcharge; // quote atoms
        uint256 capacity; // quote atoms
        uint256 rent; // quote atoms
        uint256 shift; // ratio, WAD
        int256 delta; // base, WAD
        int256 gamma; // base per unit of price, WAD
        int256 vega; // quote per 1.00 of vol, WAD
        int256 theta; // quote a year, WAD
        int256 plannedHedge; // base, WAD
        int256 exposureAfter; // base, WAD
        uint256 band; // base, WAD
        uint256 exposureLimit; // base, WAD
        LegQuote[] legs;
    }

    /// Net greeks, hedge, band and scenario gate, WAD; pool's view. outsideSince: since when the exposure has been outside its
    /// band (unix seconds, zero while it is inside); upsideUsed, downsideUsed: the largest parts of capacity in use. hedgePosition:
    /// base held less base owed to the lender; health: collateral times the lender's threshold over debt, at the most 2^128 - 1,
    /// as it is without debt.
    struct Risk {
        int256 netDelta; // base, WAD
        int256 netGamma; // base per unit of price, WAD
        int256 netVega; // quote per 1.00 of vol, WAD
        int256 netTheta; // quote a year, WAD
        int256 hedgePosition; // base, WAD
        int256 exposure; // base, WAD
        uint256 band; // base, WAD
        uint256 exposureLimit; // base, WAD
        int256 hedgeDue; // base, WAD
        int256 equity; // quote, WAD
        uint256 worstLoss; // quote, WAD
        uint256 worstSpot; // quote per base, WAD
        int256 worstVolMove; // logarithm of the factor on vols of 28 days, WAD
        uint256 equityFloor; // quote, WAD
        int256 upsideSlope; // base, WAD
        int256 upsideSlopeLimit; // base, WAD
        int256 valueAtZero; // quote, WAD
        uint256 outsideSince; // unix seconds
        uint256 upsideUsed; // ratio, WAD
        uint256 downsideUsed; // ratio, WAD
        uint256 health; // ratio, WAD
    }

    /// Net asset value (WAD of quote: mid, and the sides at which shares are redeemed and minted), charges not yet earned
    /// (WAD, in cash and in no net asset value), and recorded money (atoms); insurance is node rents and nobody's equity.
    /// owed and supplied are what the lender wants back in base and gives back in quote, of which interestOwed and
    /// interestEarned are interest. hedgeCashFlow + (base - owed) x spot is the hedge's profit so far; hedgeCost what its swaps
    /// cost against the feed. stale: the price is one that nothing trades at, or the book can't be valued as for a deposit: an anchor
    /// with positions is past its limit, or an expiry awaits its settlement price.
    struct Nav {
        int256 mid; // quote, WAD
        int256 low; // quote, WAD
        int256 high; // quote, WAD
        uint256 unearned; // quote, WAD
        uint256 cash; // quote atoms
        uint256 base; // base atoms
        uint256 setAside; // quote atoms
        uint256 shortfall; // quote atoms
        uint256 insurance; // quote atoms
        uint256 fees; // quote atoms
        uint256 capacity; // quote atoms
        uint256 rent; // quote atoms
        int256 premiums; // quote atoms
        int256 hedgeCashFlow; // quote atoms
        int256 hedgeCost; // quote atoms
        uint256 owed; // base atoms
        uint256 supplied; // quote atoms
        int256 interestOwed; // base atoms
        int256 interestEarned; // quote atoms
        bool stale;
    }

    /// One (expiry, strike): the pool's net positions and, per option, anchor vol, values and greeks, WAD.
    struct BookNode {
        uint256 expiry; // unix seconds
        uint256 strike; // quote per base, WAD
        int256 calls; // options, WAD
        int256 puts; // options, WAD
        uint256 vol; // a year, WAD
        uint256 call; // quote per option, WAD
        uint256 put; // quote per option, WAD
        uint256 delta; // of a call, base, WAD
        uint256 gamma; // base per unit of price, WAD
        uint256 vega; // quote per 1.00 of vol, WAD
        int256 theta; // quote a year, WAD
    }

    /// One listed expiry and its anchor, WAD; all zero but the expiry before the first anchor. spot: the feed's price when it
    /// was posted; volJump, carryJump: what posts moved and has not melted; unearned: charges not yet earned, quote.
    struct Anchor {
        uint256 expiry; // unix seconds
        uint256 atmVol; // a year, WAD
        uint256 leftWing; // slope, WAD
        uint256 rightWing; // slope, WAD
        int256 carry; // a year, WAD
        uint256 postedAt; // unix seconds
        uint256 spot; // quote per base, WAD
        uint256 volJump; // vol, WAD
        uint256 carryJump; // carry x time, WAD
        uint256 unearned; // quote, WAD
    }

    /// What the pool makes of its price sources. tradable: a buy would not be refused for the oracle.
    struct OracleStatus {
        uint256 price; // quote per base, WAD
        uint256 updatedAt; // unix seconds
        uint256 venuePrice; // quote per base, WAD
        bool sequencerUp;
        bool tradable;
    }

    /// An account's leg with, per option, anchor vol, value and greeks, WAD.
    struct AccountLeg {
        uint256 id; // series
        int256 size; // options, WAD
        uint256 vol; // a year, WAD
        uint256 mark; // quote per option, WAD
        int256 delta; // base per option, WAD
        uint256 gamma; // base per unit of price, WAD
        uint256 vega; // quote per 1.00 of vol, WAD
        int256 theta; // quote a year, WAD
    }

    /// An account that has met its legs of settled expiries. quote in atoms, below zero what it owes; value: quote and legs at the
    /// anchor, WAD; initial, maintenance: what value must be to open and withdraw, and to stay; the prices of base at which it
    /// could be liquidated, zero for none, spot for now; flaggedAt: when it was found below maintenance, zero for never.
    struct Account {
        int256 quote; // quote atoms
        int256 value; // quote, WAD
        uint256 initial; // quote, WAD
        uint256 maintenance; // quote, WAD
        uint256 liquidationDown; // quote per base, WAD
        uint256 liquidationUp; // quote per base, WAD
        uint256 flaggedAt; // unix seconds
        AccountLeg[] legs;
    }

    /// What was fixed at construction; the feed until acceptFeed.
    struct Surroundings {
        address base;
        address quote;
        address feed;
        address sequencer;
        address venue;
        address lender;
    }

    /// What the owner sets within hard bounds. A parameter's index is its place here, from zero on; abi/parameters.json has meaning,
    /// default and bounds of each.
    struct Parameters {
        uint256 depth; // quote, WAD
        uint256 coupling; // ratio, WAD
        uint256 wingDepth; // ratio, WAD
        uint256 shortTerm; // ratio, WAD
        uint256 shiftCap; // ratio, WAD
        uint256 halfSpread; // vol, WAD
        uint256 feeFloor; // ratio, WAD
        uint256 capacityRate; // ratio a year, WAD
        uint256 anchorFresh; // seconds
        uint256 anchorLimit; // seconds
        uint256 riskAversion; // whole number
        uint256 edgeSlack; // ratio, WAD
        uint256 capacityMinimum; // ratio, WAD
        uint256 hedgeGas; // quote, WAD
        uint256 bandCap; // ratio, WAD
        uint256 exposureCap; // ratio, WAD
        uint256 equityFloor; // ratio, WAD
        uint256 upsideSlope; // ratio, WAD
        uint256 navSpread; // ratio, WAD
        uint256 navPriceSpread; // ratio, WAD
        uint256 strikeTick; // quote per base, WAD
        uint256 minimumSize; // options, WAD
        uint256 moneynessLow; // ratio, WAD
        uint256 moneynessHigh; // ratio, WAD
        uint256 cutoff; // seconds
        uint256 feedMaxAge; // seconds
        uint256 sequencerGrace; // seconds
        uint256 venueDeviation; // ratio, WAD
        uint256 hedgePriceLimit; // ratio, WAD
        uint256 minimumHedge; // base, WAD
        uint256 anchorInterval; // seconds
        uint256 anchorJump; // ratio, WAD
        uint256 nodeRent; // quote a year, WAD
        uint256 spotLag; // vol per logarithm of spot, WAD
    }

    /// What one signer of the quorum says of the whole surface, signed over SurfaceReport(uint256 time,uint256 spot,uint256[12]
    /// slices) in the domain of DOMAIN_SEPARATOR. spot: quote per base when it was made, WAD. A slice is expiry (bits 0..31), ATM
    /// vol (64..95), left wing (96..127), right wing (128..159) and carry (160..191, signed), in steps of 1e-9; expiries ascend and
    /// zeros fill what is left.
    struct SurfaceReport {
        uint256 time; // unix seconds
        uint256 spot; // quote per base, WAD
        uint256[12] slices;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    // Trading

    /// What buy would charge in this block: premium and fee rounded up. Refuses as buy does, but for the taker's own
    /// limit, deadline and funds.
    function quoteBuy(uint256 id, uint256 size) external view returns (Quote memory quote);
    /// What sell would pay in this block: premium rounded down, fee up.
    function quoteSell(uint256 id, uint256 size) external view returns (Quote memory quote);
    /// Opens a long of size for receiver; the caller pays cost (premium + fee), at most maxCost.
    function buy(uint256 id, uint256 size, uint256 maxCost, uint256 deadline, address receiver) external returns (uint256 cost);
    /// Returns a long of size from the caller to the pool; receiver gets proceeds, at least minProceeds. Open while paused.
    function sell(uint256 id, uint256 size, uint256 minProceeds, uint256 deadline, address receiver) external returns (uint256 proceeds);
    /// What trade would charge (positive) or pay (negative) in this block for one to eight legs of different series.
    /// onAccount: what is sold is written on an account that holds nothing of its series; else the caller holds it.
    function quote(Leg[] calldata legs, bool onAccount) external view returns (OrderQuote memory quote_);
    /// Fills one to eight legs of different series as one order: one premium, one hedge, all or nothing. The caller pays and gives
    /// the longs that it sells; receiver gets what is bought and what the order pays. total is what the caller paid, negative for
    /// what receiver got, and at most limit, of the same sign. An order that only sells is open while paused, as sell is.
    function trade(Leg[] calldata legs, int256 limit, uint256 deadline, address receiver) external returns (int256 total);
    /// Brings the hedge back inside its band when it is outside, and the collateral of a loan up to twice the debt when its
    /// health is below 1.6; anyone. The caller of a filled hedge or a filled gap gets hedgeGas.
    function rebalance() external returns (int256 baseTraded);
    /// Packs a series: strike (WAD) in bits 0..127, expiry in 128..191, bit 192 set for a put.
    function encodeId(bool put, uint256 expiry, uint256 strike) external view returns (uint256 id);
    function decodeId(uint256 id) external view returns (bool put, uint256 expiry, uint256 strike);

    /// The venue asks for what a swap of the pool owes it: amount0Delta, amount1Delta in atoms of the venue's tokens. Answered only to
    /// the venue while such a swap runs.
    function uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes calldata data) external;

    // Expiry

    /// Fixes the settlement price. Anyone, once. At once with the round of the feed's present phase whose predecessor is older
    /// than expiry. If that phase began after expiry, the round becomes a proposal, which an earlier one replaces for an hour;
    /// then any call makes it the price. If the feed ended, its last round settles three days after expiry.
    function settle(uint256 expiry, uint256 roundId) external;
    /// Burns size of the caller's settled series and pays receiver, rounded down. Open while paused.
    function claim(uint256 id, uint256 size, address receiver) external returns (uint256 payout);
    /// Settlement price, what is still owed to holders and what of that is set aside for them; zeros before settlement.
    function settlement(uint256 expiry) external view returns (uint256 price, uint256 owed, uint256 setAside);

    // Accounts: quote and up to 24 signed legs of one owner, which may be short. docs/margin.md has the rules.

    /// Pays amount atoms of the caller's into an account. Anyone.
    function depositMargin(uint256 amount, address account_) external;
    /// Pays amount atoms of the caller's account to receiver; its value must be its initial requirement after that. Open while paused.
    function withdrawMargin(uint256 amount, address receiver) external;
    /// Moves a long of size from the caller's wallet into its account, where it closes a short of the same series first.
    function depositPosition(uint256 id, uint256 size) external;
    /// Moves a long of size out of the caller's account; the account's value must be its initial requirement after that.
    function withdrawPosition(uint256 id, uint256 size, address receiver) external;
    /// Lets delegate trade on the caller's account. Nothing leaves the account by its hand.
    function setDelegate(address delegate, bool approved) external;
    function isDelegate(address account_, address delegate) external view returns (bool approved);
    /// Fills one to eight legs of different series as one order on an account, by its owner or a delegate: buys close shorts before they
    /// open longs, sells close longs before they write shorts. total comes out of the account's quote, or goes into it if negative.
    /// The account's value must be its initial requirement after that, unless the order lowers the requirement by at least as much as
    /// the value.
    function tradeOnAccount(Leg[] calldata legs, int256 limit, uint256 deadline, address account_) external returns (int256 total);
    /// What tradeOnAccount would charge (positive) or pay (negative) in this block; whether the account has the margin is not looked at.
    function quoteOnAccount(Leg[] calldata legs, address account_) external view returns (OrderQuote memory quote_);
    /// Notes that an account is below its maintenance requirement, or no longer is. Anyone.
    function flag(address account_) external;
    /// Closes as much of every leg of an account below its maintenance requirement as brings its value to the initial one, at what an
    /// order pays, while the venue is near the feed: how near widens with the time since the account was flagged. Anyone; receiver gets
    /// the reward, 0.3 % of spot per option it was short and 1 % of what the closed legs were worth together, either way, and the insurance half as much.
    function liquidate(address account_, address receiver) external returns (uint256 reward);
    /// Lets an account meet its legs of settled expiries. Anyone; every other call on the account begins with it.
    function touch(address account_) external;
    function account(address account_) external view returns (Account memory state);
    /// What legs are worth together at the anchor (value: quote, WAD), and what they would require.
    function marginFor(Leg[] calldata legs) external view returns (int256 value, uint256 initial, uint256 maintenance);
    /// Quote of all accounts, what of it the pool has lent, and what accounts are short together: calls and puts (WAD) and the
    /// strikes of the puts (WAD of quote). unmet (atoms): what is in doubt of their debts and is nobody's who withdraws; touch ends a doubt
    /// about an account that is above its maintenance requirement again.
    function accounts() external view returns (uint256 pot, uint256 claim, uint256 calls, uint256 puts, uint256 putStrikes, uint256 unmet);
    /// What all accounts hold of a series, WAD; the longs in wallets are what the pool is short, less longs and plus shorts.
    function interest(uint256 id) external view returns (uint256 longs, uint256 shorts);

    // Surface

    /// Lists an expiry, which trades once it has an anchor. Keeper or owner. Where all twelve places are taken the owner's gets that of the
    /// farthest expiry in which nobody holds anything.
    function listExpiry(uint256 expiry) external;
    /// Posts the ATM vol, the wing slopes over the root of ATM total variance, and the carry per year (forward = spot x
    /// e^(carry x time)); WAD, stored in steps of 1e-9. Bounds, jump, butterfly and calendar are checked. Keeper, while there are
    /// no signers.
    function postAnchor(uint256 expiry, uint256 atmVol, uint256 leftWing, uint256 rightWing, int256 carry) external;
    /// Posts the whole surface of the median signer: the report whose distances to the others add up to the least. Reports are of
    /// different signers in the order of signers(), at least threshold of them, each newer than the last post's newest and at most
    /// 300 seconds old, each within 1 % of the feed, each of every live expiry that has an anchor. Anyone; not while paused.
    function postSurface(SurfaceReport[] calldata reports) external;
    /// Proposes who may sign and how many have to: ascending addresses, then zeros; all zeros give the surface back to the keeper.
    /// Owner.
    function proposeSigners(uint256 threshold, address[8] calldata newSigners) external;
    /// Makes the last proposal, which is named again, the quorum a day after it was made. Anyone.
    function acceptSigners(uint256 threshold, address[8] calldata newSigners) external;
    /// The quorum, the newest report that was posted, and from when on a proposal can be accepted (zero for none).
    function signers() external view returns (uint256 threshold, address[8] memory signers_, uint256 newest, uint256 acceptableAt);
    function impliedVol(uint256 expiry, uint256 strike) external view returns (uint256 vol);
    /// Listed expiries, ascending.
    function surface() external view returns (Anchor[] memory anchors);

    // State

    function book() external view returns (BookNode[] memory nodes);
    function risk() external view returns (Risk memory risk_);
    function nav() external view returns (Nav memory nav_);
    function parameters() external view returns (Parameters memory parameters_);
    function oracleStatus() external view returns (OracleStatus memory status);
    function surroundings() external view returns (Surroundings memory surroundings_);

    // Liquidity: ERC-4626 over the quote token. Deposits at the high side of net asset value or above, withdrawals at the low side
    // less a charge for the capacity that they take from the others. Previews and limits count what accounts owe besides (claim of
    // accounts()), withdrawals as far as that is not in doubt; nav(), totalAssets and the conversions don't.

    function asset() external view returns (address token);
    function totalAssets() external view returns (uint256 assets);
    function convertToShares(uint256 assets) external view returns (uint256 shares);
    function convertToAssets(uint256 shares) external view returns (uint256 assets);
    function maxDeposit(address receiver) external view returns (uint256 assets);
    function maxMint(address receiver) external view returns (uint256 shares);
    function maxWithdraw(address owner_) external view returns (uint256 assets);
    function maxRedeem(address owner_) external view returns (uint256 shares);
    function previewDeposit(uint256 assets) external view returns (uint256 shares);
    function previewMint(uint256 shares) external view returns (uint256 assets);
    function previewWithdraw(uint256 assets) external view returns (uint256 shares);
    function previewRedeem(uint256 shares) external view returns (uint256 assets);
    function deposit(uint256 assets, address receiver) external returns (uint256 shares);
    function mint(uint256 shares, address receiver) external returns (uint256 assets);
    function withdraw(uint256 assets, address receiver, address owner_) external returns (uint256 shares);
    function redeem(uint256 shares, address receiver, address owner_) external returns (uint256 assets);
    /// The same four with a limit on the other side of the exchange and a deadline.
    function depositAtLeast(uint256 assets, address receiver, uint256 minShares, uint256 deadline) external returns (uint256 shares);
    function mintAtMost(uint256 shares, address receiver, uint256 maxAssets, uint256 deadline) external returns (uint256 assets);
    function withdrawAtMost(uint256 assets, address receiver, address owner_, uint256 maxShares, uint256 deadline) external returns (uint256 shares);
    function redeemAtLeast(uint256 shares, address receiver, address owner_, uint256 minAssets, uint256 deadline) external returns (uint256 assets);

    // Several calls in one

    /// Up to 16 calls of this contract by the caller, one after the other, all or none; the first refusal is the answer.
    function multicall(bytes[] calldata data) external returns (bytes[] memory results);
    /// Lets the pool spend value (atoms) of the caller's quote token by its EIP-2612 signature; before an order or a deposit in one
    /// multicall. Refused only if the pool may not spend that much in the end, whoever carried the signature there.
    function permitQuote(uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;
    /// The same through Permit2 (0x000000000022D473030F116dDEE9F6B43aC78BA3), for who has approved that and not the pool: its
    /// PermitSingle for value (atoms) of the quote token with the pool as spender, until expiration (unix seconds; 0: this block), signed by the
    /// caller. Whatever the pool takes, it takes through Permit2 where the token itself does not let it.
    function permit2Quote(uint160 value, uint48 expiration, uint48 nonce, uint256 deadline, bytes calldata signature) external;

    // The share: ERC-20 with EIP-2612 permit

    function name() external view returns (string memory name_);
    function symbol() external view returns (string memory symbol_);
    /// The quote token's decimals plus three.
    function decimals() external view returns (uint8 decimals_);
    function totalSupply() external view returns (uint256 shares);
    function balanceOf(address holder) external view returns (uint256 shares);
    function allowance(address owner_, address spender) external view returns (uint256 shares);
    function transfer(address to, uint256 shares) external returns (bool success);
    function transferFrom(address from, address to, uint256 shares) external returns (bool success);
    function approve(address spender, uint256 shares) external returns (bool success);
    /// value: shares.
    function permit(address owner_, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;
    function nonces(address owner_) external view returns (uint256 nonce);
    function DOMAIN_SEPARATOR() external view returns (bytes32 separator);
    /// ERC-5267.
    function eip712Domain() external view returns (bytes1 fields, string memory name_, string memory version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] memory extensions);

    // Positions: ERC-6909 with its metadata, supply and content extensions, WAD by packed series id

    function balanceOf(address owner_, uint256 id) external view returns (uint256 amount);
    function allowance(address owner_, address spender, uint256 id) external view returns (uint256 amount);
    function isOperator(address owner_, address spender) external view returns (bool approved);
    function transfer(address receiver, uint256 id, uint256 amount) external returns (bool success);
    function transferFrom(address sender, address receiver, uint256 id, uint256 amount) external returns (bool success);
    function approve(address spender, uint256 id, uint256 amount) external returns (bool success);
    function setOperator(address spender, bool approved) external returns (bool success);
    /// "ETH 2026-12-25 3000 Call"; with the time of day (UTC) after the date if it is not 08:00.
    function name(uint256 id) external view returns (string memory name_);
    /// "ETH 2026-12-25 3000 C".
    function symbol(uint256 id) external view returns (string memory symbol_);
    /// Always 18; positions are multiples of 1e12.
    function decimals(uint256 id) external view returns (uint8 decimals_);
    /// What wallets hold of a series together; what stands on accounts is not theirs. Refused with AlreadySettled after settlement.
    function totalSupply(uint256 id) external view returns (uint256 amount);
    /// The terms of a series, and the collection, as JSON in a data URI.
    function tokenURI(uint256 id) external view returns (string memory uri);
    function contractURI() external view returns (string memory uri);
    function supportsInterface(bytes4 interfaceId) external view returns (bool supported);

    // Roles

    function owner() external view returns (address owner_);
    function pendingOwner() external view returns (address owner_);
    /// May pause, may not resume.
    function guardian() external view returns (address guardian_);
    /// May list expiries and post anchors within limits.
    function keeper() external view returns (address keeper_);
    function paused() external view returns (bool paused_);
    function transferOwnership(address newOwner) external;
    function acceptOwnership() external;
    function setGuardian(address newGuardian) external;
    function setKeeper(address newKeeper) external;
    /// One parameter within its hard bounds; index is its place in Parameters, from zero on, and value in the unit there. Owner.
    function setParameter(uint256 index, uint256 value) external;
    /// Which part of its free cash and collateral the pool keeps at the lender, debt or not (WAD, at most 0.8, at first zero):
    /// rebalance supplies it, and whatever needs the cash brings it back. Owner.
    function setIdleShare(uint256 share) external;
    function idleShare() external view returns (uint256 share);
    /// A feed to take the place of one that has ended. Owner.
    function proposeFeed(address feed) external;
    /// The proposed feed in the place of the present one, three days after the proposal, if that has said nothing since. Where it fails, or
    /// says what is no price or one of a time to come, it has to have done so at the proposal, and no anchor to have been posted since. The
    /// new one's price has to be fresh and near the venue's, and its rounds readable. What is held of past expiries is settled before, or
    /// waited for until six days after (AwaitsSettlement), unless the present one fails. Anyone.
    function acceptFeed(address feed) external;
    function proposedFeed() external view returns (address feed, uint256 acceptableAt);
    /// Stops new risk; every exit stays open. Guardian or owner. Neither this nor resume is taken in the middle of a state-changing
    /// call (Reentered), which would undo it.
    function pause() external;
    function resume() external;

    // Events

    // A taker opened a long and paid all of it: premium, spread, surcharge, capacity, rent.
    event Bought(address indexed taker, address indexed receiver, uint256 indexed id, uint256 size, uint256 premium, uint256 spread, uint256 surcharge, uint256 capacity, uint256 rent, uint256 volAfter);
    // A taker returned a long. The receiver got the premium less spread, surcharge and capacity.
    event Sold(address indexed taker, address indexed receiver, uint256 indexed id, uint256 size, uint256 premium, uint256 spread, uint256 surcharge, uint256 capacity, uint256 rent, uint256 volAfter);
    // An order of legs as a whole: positive premium was paid by the taker, negative went to the receiver, and the charges on top
    // of it or out of it. A LegFilled follows for each leg. Premium and charges are of the whole and no leg's.
    event Ordered(address indexed taker, address indexed receiver, int256 premium, uint256 spread, uint256 surcharge, uint256 capacity, uint256 rent, uint256 legs);
    // A leg of an order: size positive if the taker bought it; mark, the anchor value of one option then.
    event LegFilled(address indexed taker, address indexed receiver, uint256 indexed id, int256 size, uint256 mark, uint256 volAfter);
    // The pool traded base on the hedge venue: positive baseAmount (WAD) was bought for quoteAmount (atoms), negative was sold;
    // zero was bought for what less than an atom of it costs.
    event Hedged(int256 baseAmount, uint256 quoteAmount, uint256 spot);
    // This much of a due hedge was not filled; the exposure is what is left. reason: 1 the venue had no more within the price
    // limit, or failed; 2 no free cash to buy with, or no base to sell that is held or lent; 3 not tried in this call: beyond the
    // order's own delta, which is for rebalance, or a sale of base that would be borrowed further from the feed than the window allows.
    event HedgeMissed(int256 baseAmount, int256 exposure, uint256 exposureLimit, uint8 reason);
    // A step at the lender: base borrowed (repaid if negative), quote supplied as collateral (withdrawn if negative), and what is
    // owed (base) and collateral (quote) now; atoms.
    event LoanChanged(int256 borrowed, int256 supplied, uint256 owed, uint256 collateral);
    // The lender let others take collateral (quote) for debt (base): what is gone of both, atoms, and the feed's price when that was
    // booked.
    event LoanLiquidated(uint256 collateral, uint256 debt, uint256 spot);
    // Who called rebalance, the base it traded, and what the caller was paid, quote atoms: for a due hedge done, or for
    // collateral put up.
    event Rebalanced(address indexed by, int256 baseAmount, uint256 reward);
    // Where the pool stands after a change; nav is net asset value at the mid.
    event PoolStatus(uint256 spot, int256 nav, int256 netDelta, int256 hedgePosition, uint256 cash);
    // What shares are worth after a deposit, a withdrawal, a rebalance, a settlement or a post, as nav() and totalSupply() answer it at the
    // end of that call: net asset value (quote, WAD) at the mid, on the side at which shares are redeemed (low) and on that at which
    // they are made (high), and their supply (shares). None without a price fit for trading. An order says the mid alone.
    event ShareStatus(int256 mid, int256 low, int256 high, uint256 supply);
    event ExpiryListed(uint64 indexed expiry);
    // Nobody held anything of it, and another expiry was listed in its place.
    event ExpiryDelisted(uint64 indexed expiry);
    // An anchor as stored, the feed's price then, and what is left of posts' jumps with this one: volJump, and carryJump (carry x
    // time, WAD).
    event AnchorPosted(uint64 indexed expiry, uint256 atmVol, uint256 leftWing, uint256 rightWing, int256 carry, uint256 spot, uint256 volJump, uint256 carryJump);
    // A price that no single round proves: it stands at `until` unless an earlier round is proposed.
    event SettlementProposed(uint64 indexed expiry, uint256 roundId, uint256 price, uint256 updatedAt, uint256 until);
    // roundId is zero when a proposal stood.
    event Settled(uint64 indexed expiry, uint256 roundId, uint256 price, uint256 owed);
    // Cash was set aside for holders of an expiry, amount in quote atoms: what is set aside for them with it, and what they are owed. In
    // full, that of the accounts' pot goes there at once.
    event Funded(uint64 indexed expiry, uint256 amount, uint256 funded, uint256 owed);
    event Claimed(address indexed holder, address indexed receiver, uint256 indexed id, uint256 size, uint256 payout);
    // What accounts owed for an expiry less what they were owed, amount in quote atoms: moved from their pot to the pool, or if
    // negative owed to the pot.
    event AccountsSettled(uint64 indexed expiry, int256 amount);
    // An account met its leg in a settled series: size as it was, amount that it added to the quote (atoms), and the quote after that.
    event LegSettled(address indexed account, uint256 indexed id, int256 size, int256 amount, int256 quote);
    // amount in quote atoms; quote, what the account has after that.
    event MarginDeposited(address indexed account, address indexed by, uint256 amount, int256 quote);
    // amount in quote atoms; quote, what the account has after that.
    event MarginWithdrawn(address indexed account, address indexed receiver, uint256 amount, int256 quote);
    // A long came into an account, or left it for the wallet of receiver if negative (zero for one that came in); leg is what the
    // account has of the series after that.
    event PositionMoved(address indexed account, address indexed receiver, uint256 indexed id, int256 size, int256 leg);
    // An order on an account: what it paid (negative for what it got), and its quote, value (WAD of quote) and initial requirement
    // after that. The order itself is in Ordered and LegFilled, with the account as receiver.
    event AccountTraded(address indexed account, address indexed by, int256 total, int256 quote, int256 value, uint256 initial);
    // An account's value (WAD of quote) was found below its requirement, or above it again: flaggedAt is zero then.
    event AccountFlagged(address indexed account, address indexed by, int256 value, uint256 requirement, uint256 flaggedAt);
    // This part (ratio, WAD) of every leg that could be closed was, for total, at a reward and an insurance premium out of the account.
    event Liquidated(address indexed account, address indexed by, uint256 part, int256 total, uint256 reward, uint256 insurance, int256 valueBefore, uint256 requirementBefore, int256 valueAfter, uint256 requirementAfter);
    // The insurance got this amount of the fees (quote atoms), and has that much.
    event Insured(uint256 amount, uint256 insurance);
    event DelegateSet(address indexed account, address indexed delegate, bool approved);
    // What the pool has lent to the accounts' pot changed to claim.
    event ClaimChanged(int256 change, uint256 claim);
    // An account with nothing left to pay with owed this, which the insurance and then the pool paid (quote atoms); quote is what it
    // still owes.
    event DebtCovered(address indexed account, uint256 insurance, uint256 pool, int256 quote);
    // index and value as setParameter has them: the unit is that of the field of Parameters.
    event ParameterSet(uint256 indexed index, uint256 value);
    // What is fixed at construction, and the parameters as they were then. feeTier: Uniswap's, hundredths of a basis point. baseScale,
    // quoteScale, feedScale: WAD per atom of base and of quote, and per unit of the feed's answer. The last two are what stands for quote
    // supplied to the lender, and for base borrowed from it; zero without a lender.
    event Constructed(address base, address quote, address feed, address sequencer, address venue, address lender, uint256 feeTier, uint256 baseScale, uint256 quoteScale, uint256 feedScale, Parameters parameters, address collateralToken, address debtToken);
    event IdleShareSet(uint256 share);
    event FeedProposed(address indexed feed, uint256 acceptableAt);
    // feedScale: WAD per unit of the new feed's answer.
    event FeedReplaced(address indexed previous, address indexed feed, uint256 feedScale);
    event OwnershipTransferStarted(address indexed previousOwner, address indexed newOwner);
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);
    event GuardianSet(address indexed guardian);
    event KeeperSet(address indexed keeper);
    event Paused(address indexed by);
    event Resumed(address indexed by);
    // The surface is this signer's, made at `time`, of so many reports, the newest of which is of `newest` (unix seconds): later posts take
    // only newer ones. An AnchorPosted for each expiry comes before.
    event SurfacePosted(address indexed signer, uint256 time, uint256 newest, uint256 reports);
    event SignersProposed(uint256 threshold, address[8] signers, uint256 acceptableAt);
    event SignersChanged(uint256 threshold, address[8] signers);

    // ERC-4626
    event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares);
    event Withdraw(address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares);
    // What a leaver paid for capacity, atoms, out of its shares' value: the others' until expiry, the last one with positions.
    event ExitCharged(address indexed owner, uint64 indexed expiry, uint256 charge);
    // ERC-20 (the share); value: shares.
    event Transfer(address indexed from, address indexed to, uint256 value);
    // The same: value is shares.
    event Approval(address indexed owner, address indexed spender, uint256 value);
    // ERC-6909 (the positions)
    event Transfer(address caller, address indexed sender, address indexed receiver, uint256 indexed id, uint256 amount);
    event OperatorSet(address indexed owner, address indexed spender, bool approved);
    event Approval(address indexed owner, address indexed spender, uint256 indexed id, uint256 amount);

    // Errors

    // Guards
    error Reentered();
    error PoolPaused();
    error NotAuthorised(address caller, address required);
    error DeadlinePassed(uint256 deadline, uint256 now_);
    error AlreadyConstructed();
    error UnknownSelector(bytes4 selector);
    error ArgumentInvalid(uint256 index);
    error ZeroAddress();
    error ReceiverInvalid(address receiver);
    // value in the unit of the argument that was too large.
    error ValueTooLarge(uint256 value, uint256 limit);

    // Construction and parameters
    error DecimalsUnsupported(address token, uint256 decimals);
    // feeTier: Uniswap's, hundredths of a basis point.
    error VenueMissing(address factory, uint256 feeTier);
    // Not an Aave v3 addresses provider whose market lends base against quote.
    error LenderInvalid(address lender);
    // index and value as setParameter has them: the unit is that of the field of Parameters.
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
    error StrikeOffGrid(uint256 strike, uint256 tick, uint256 nearest);
    error MoneynessOutOfRange(uint256 moneyness, uint256 low, uint256 high);
    error AnchorMissing(uint256 expiry);
    // limit: seconds of age.
    error AnchorStale(uint256 expiry, uint256 postedAt, uint256 limit);
    error AnchorTooSoon(uint256 earliest, uint256 now_);
    // jump: of vol, or of carry x time; WAD.
    error AnchorJumpTooLarge(uint256 jump, uint256 limit);
    // Spot has moved further than limit (quote) since the anchor was posted; nothing opens until the next post.
    error AnchorBehindSpot(uint256 spot, uint256 anchorSpot, uint256 limit);
    // check: 1 ATM vol, 2 wing, 3 slope; against a neighbour (value earlier, limit later): 4 ATM variance, 5 left wing,
    // 6 right wing, 7 curvature; 8 carry. value and limit WAD.
    error AnchorRejected(uint256 check, int256 value, int256 limit);

    // Quorum
    error ReportCountInvalid(uint256 count, uint256 threshold, uint256 signers);
    // report counts from zero; check: 1 signer (value, whoever the signature recovers to: none of them, or none after the one
    // before), 2 older than limit, 3 later than limit, 4 spot away from the feed's (limit), 5 expiry: value is missing, or not
    // listed, out of order or not in the first report
    error ReportRejected(uint256 report, uint256 check, uint256 value, uint256 limit);
    // A threshold beyond the number of signers or of none, or addresses that don't ascend (zeros last), of which count are not zero.
    error SignersInvalid(uint256 threshold, uint256 count);
    // acceptableAt is zero when these were not proposed last.
    error SignersNotDue(uint256 acceptableAt, uint256 now_);

    // Trading
    error SizeZero();
    error SizeBelowMinimum(uint256 size, uint256 minimum);
    error SizeOffGrid(uint256 size, uint256 lot);
    error CostAboveLimit(uint256 cost, uint256 limit);
    error ProceedsBelowLimit(uint256 proceeds, uint256 limit);
    // Of an order of legs: positive is what the caller would pay, negative what the receiver would get.
    error TotalAboveLimit(int256 total, int256 limit);
    error LegCountInvalid(uint256 count, uint256 limit);
    error LegRepeated(uint256 id);
    error ShiftAboveCap(uint256 shift, uint256 cap);
    // Traders would be longer of options than the depth prices safely, or a sale would make others' dearer; logVega is the whole book's, net by
    // expiry.
    error QuoteUnavailable(uint256 logVega, uint256 depth);
    error CapacityExhausted(uint256 used, uint256 limit);
    // Of the venue's price or the end price of an own swap there.
    error VenueTooFar(uint256 price, uint256 feedPrice, uint256 limit);

    // Risk
    error ExposureAboveLimit(int256 exposure, uint256 limit);
    error ScenarioLossAboveEquity(int256 equity, uint256 loss, uint256 floor);
    error UpsideSlopeBelowLimit(int256 slope, int256 limit);
    // value: quote, WAD.
    error ValueAtZeroBelowFloor(int256 value, uint256 floor);
    error InsufficientFreeCash(uint256 free, uint256 needed);

    // Oracle
    // answer: in the feed's own decimals.
    error FeedPriceInvalid(int256 answer);
    error FeedRoundIncomplete(uint256 roundId, uint256 answeredIn);
    error FeedStale(uint256 updatedAt, uint256 maxAge, uint256 now_);
    // acceptableAt is zero when this feed was not proposed last. The present one, or where it says no price the last post of an anchor, spoke
    // at saidAt, which has to be three days before acceptableAt or earlier; saidAt is now where it says none but did at the proposal.
    error FeedNotDue(uint256 acceptableAt, uint256 saidAt, uint256 now_);
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
    error RoundMissing(uint256 roundId);
    error RoundOfOtherPhase(uint256 roundId, uint256 phase, uint256 presentPhase);
    error RoundNotEarlier(uint256 roundId, uint256 updatedAt, uint256 standing);
    error AwaitsSettlement(uint256 expiry);

    // Accounts
    error TooManyLegs(uint256 limit);
    // value: quote, WAD.
    error MarginBelowRequirement(int256 value, uint256 requirement);
    error AccountInDebt(int256 quote);
    error InsufficientMargin(int256 quote, uint256 needed);
    // value: quote, WAD.
    error AccountHealthy(int256 value, uint256 requirement);
    // What accounts would be short of: calls (WAD), strikes of puts (WAD of quote).
    error AccountCallsAboveLimit(uint256 calls, uint256 limit);
    error AccountPutsAboveLimit(uint256 strikes, uint256 limit);

    // Tokens and venue
    error TokenCallFailed(address token);
    // received, expected: atoms of the token.
    error TokenAmountMismatch(address token, uint256 received, uint256 expected);
    error CallFailed(address target);
    // The venue said that it filled what it was not asked for, or never asked to be paid; baseAmount is what the hedge was to trade,
    // negative for a sale. Where it asks for too much it gets this as its refusal, with the most atoms that it may ask for.
    error HedgeFailed(int256 baseAmount);

    // Shares and positions
    // balance: atoms of quote, shares, or options (WAD), whichever was to move.
    error InsufficientBalance(address holder, uint256 balance, uint256 needed);
    // allowance: atoms of quote, shares, or options (WAD), whichever was to move.
    error InsufficientAllowance(address spender, uint256 allowance, uint256 needed);
    // The least of the three binds: free cash, what the scenario gate leaves, and the owner's part of the lesser of the two (quote atoms).
    error WithdrawAboveLimit(uint256 assets, uint256 freeCash, uint256 gate, uint256 part);
    error SharesBelowLimit(uint256 shares, uint256 limit);
    error SharesAboveLimit(uint256 shares, uint256 limit);
    error AssetsBelowLimit(uint256 assets, uint256 limit);
    error AssetsAboveLimit(uint256 assets, uint256 limit);
    error NothingPaid(uint256 shares);
    // nav and floor: quote atoms.
    error NavBelowFloor(uint256 nav, uint256 floor);
    error NothingMinted(uint256 assets);
    error PermitExpired(uint256 deadline, uint256 now_);
    error PermitInvalid(address signer, address owner);
}
