// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

interface IArbWasm {
    function codehashAsmSize(bytes32 codehash) external view returns (uint32 size);
}

interface IArbWasmCache {
    function cacheProgram(address program) external;
    function evictCodehash(bytes32 codehash) external;
    function codehashIsCached(bytes32 codehash) external view returns (bool);
}

interface IArbOwnerPublic {
    function isChainOwner(address account) external view returns (bool);
}

/// Sells places in the program cache to the highest bidders, with the interface that cargo-stylus expects. When the cache
/// is full, the lowest bids make room for one that is no lower. Chain owners set the rules and receive the bids.
contract CacheManager {
    struct Entry {
        bytes32 code;
        uint64 size;
        uint192 bid;
    }

    IArbWasm private constant ARB_WASM = IArbWasm(address(0x71));
    IArbWasmCache private constant ARB_WASM_CACHE = IArbWasmCache(address(0x72));
    IArbOwnerPublic private constant ARB_OWNER_PUBLIC = IArbOwnerPublic(address(0x6b));

    /// Smallest size that a program is counted with.
    uint64 private constant SMALLEST_SIZE = 4096;

    /// Bytes of native code that find room. Storage starts with these four in one slot.
    uint64 public cacheSize;
    /// Bytes of native code that are cached.
    uint64 public queueSize;
    /// Wei per second by which a bid loses against a later one.
    uint64 public decay;
    /// Whether bids are refused.
    bool public isPaused;
    /// Cached programs in no particular order.
    Entry[] public entries;

    event InsertBid(bytes32 indexed codehash, address program, uint192 bid, uint64 size);
    event DeleteBid(bytes32 indexed codehash, uint192 bid, uint64 size);
    event SetCacheSize(uint64 size);
    event SetDecayRate(uint64 decay);
    event Pause();
    event Unpause();

    error NotChainOwner(address sender);
    error AsmTooLarge(uint256 asm, uint256 queueSize, uint256 cacheSize);
    error AlreadyCached(bytes32 codehash);
    error BidTooSmall(uint192 bid, uint192 min);
    error BidsArePaused();
    error TransferFailed();

    modifier onlyChainOwner() {
        if (!ARB_OWNER_PUBLIC.isChainOwner(msg.sender)) revert NotChainOwner(msg.sender);
        _;
    }

    /// Caches a program for the value sent.
    function placeBid(address program) external payable {
        if (isPaused) revert BidsArePaused();
        bytes32 code = program.codehash;
        if (ARB_WASM_CACHE.codehashIsCached(code)) revert AlreadyCached(code);
        uint64 size = sizeOf(code);
        uint192 bid = uint192(msg.value + decayed());
        makeRoom(size, bid);
        entries.push(Entry(code, size, bid));
        queueSize += size;
        ARB_WASM_CACHE.cacheProgram(program);
        emit InsertBid(code, program, bid, size);
    }

    /// Least value with which a program would be cached now.
    function getMinBid(address program) external view returns (uint192 min) {
        return getMinBid(sizeOf(program.codehash));
    }

    /// Least value with which so many bytes of native code would be cached now.
    function getMinBid(uint64 size) public view returns (uint192 min) {
        if (size > cacheSize) revert AsmTooLarge(size, 0, cacheSize);
        Entry[] memory rest = entries;
        uint256 used = queueSize;
        uint192 highest;
        while (used + size > cacheSize) {
            uint256 index = lowest(rest);
            used -= rest[index].size;
            highest = rest[index].bid;
            rest[index].bid = type(uint192).max;
        }
        uint256 discount = decayed();
        return highest > discount ? uint192(highest - discount) : 0;
    }

    /// Every cached program.
    function getEntries() external view returns (Entry[] memory) {
        return entries;
    }

    /// Sets how many bytes of native code find room; what is cached already stays.
    function setCacheSize(uint64 size) external onlyChainOwner {
        cacheSize = size;
        emit SetCacheSize(size);
    }

    /// Sets by how many wei per second bids lose against later ones.
    function setDecayRate(uint64 rate) external onlyChainOwner {
        decay = rate;
        emit SetDecayRate(rate);
    }

    /// Refuses bids or accepts them again.
    function setPaused(bool paused) external onlyChainOwner {
        isPaused = paused;
        if (paused) emit Pause();
        else emit Unpause();
    }

    /// Evicts every program.
    function evictAll() external onlyChainOwner {
        while (entries.length != 0) evict(entries.length - 1);
    }

    /// Pays the bids received to the sender.
    function sweepFunds() external onlyChainOwner {
        (bool paid,) = msg.sender.call{value: address(this).balance}("");
        if (!paid) revert TransferFailed();
    }

    /// Evicts the lowest bids until `size` bytes find room, unless one is higher than `bid`.
    function makeRoom(uint64 size, uint192 bid) private {
        if (size > cacheSize) revert AsmTooLarge(size, queueSize, cacheSize);
        while (queueSize + size > cacheSize) {
            uint256 index = lowest(entries);
            uint192 min = entries[index].bid;
            if (bid < min) revert BidTooSmall(bid, min);
            evict(index);
        }
    }

    function evict(uint256 index) private {
        Entry memory entry = entries[index];
        entries[index] = entries[entries.length - 1];
        entries.pop();
        queueSize -= entry.size;
        ARB_WASM_CACHE.evictCodehash(entry.code);
        emit DeleteBid(entry.code, entry.bid, entry.size);
    }

    function lowest(Entry[] memory among) private pure returns (uint256 index) {
        for (uint256 i = 1; i < among.length; ++i) {
            if (among[i].bid < among[index].bid) index = i;
        }
    }

    function sizeOf(bytes32 code) private view returns (uint64) {
        uint64 size = ARB_WASM.codehashAsmSize(code);
        return size < SMALLEST_SIZE ? SMALLEST_SIZE : size;
    }

    /// Wei that a bid placed now is worth more than one placed at the start of time.
    function decayed() private view returns (uint256) {
        return block.timestamp * decay;
    }
}
