// A chain over JSON-RPC, and what a deployment finds on it.
const { calldata, keccak, refusal, words, address } = require("./abi");

const ARB_OWNER_PUBLIC = "0x000000000000000000000000000000000000006b";
const ARB_WASM = "0x0000000000000000000000000000000000000071";
const ARB_WASM_CACHE = "0x0000000000000000000000000000000000000072";
// Ether that simulated calls may spend.
const PLENTY = 10n ** 24n;

class CallRefused extends Error {
  constructor(message, data) {
    const known = data && refusal(data);
    super(known?.text ?? (data && data !== "0x" ? `${message}: ${data}` : message));
    this.known = known;
  }
}

class Chain {
  constructor(url) {
    this.url = url;
  }

  async request(method, ...params) {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const headers = { "content-type": "application/json" };
    const response = await fetch(this.url, { method: "POST", headers, body }).catch((error) => {
      throw new Error(`${this.url} does not answer: ${error.cause?.message ?? error.message}`);
    });
    const answer = await response.json().catch(() => {
      throw new Error(`${this.url} does not answer JSON-RPC: status ${response.status}`);
    });
    if (!answer.error) return answer.result;
    if (method === "eth_call") throw new CallRefused(answer.error.message, answer.error.data);
    throw new Error(`${method}: ${answer.error.message}`);
  }

  // Calls at the latest block; `codes` puts code at addresses first, and a call from someone may spend ether that it lacks.
  call(to, data, { from, value = 0n, codes = {} } = {}) {
    const overrides = Object.fromEntries(Object.entries(codes).map(([account, code]) => [account, { code }]));
    if (from) overrides[from] = { ...overrides[from], balance: `0x${PLENTY.toString(16)}` };
    const transaction = { to, data, ...(from && { from }), ...(value && { value: `0x${value.toString(16)}` }) };
    return this.request("eth_call", transaction, "latest", ...(Object.keys(overrides).length ? [overrides] : []));
  }

  // The first word of an answer, as a number.
  async number(to, signature, ...values) {
    const [first] = words(await this.call(to, calldata(signature, ...values)));
    if (first === undefined) throw new Error(`${to} does not answer ${signature}`);
    return first;
  }

  code(account) {
    return this.request("eth_getCode", account, "latest");
  }

  async codehash(account) {
    return keccak(Buffer.from((await this.code(account)).slice(2), "hex"));
  }

  // The latest block's time, Unix seconds.
  async now() {
    return BigInt((await this.request("eth_getBlockByNumber", "latest", false)).timestamp);
  }

  // Most fragments that a program may have, none before ArbOS 60.
  mostFragments() {
    return this.number(ARB_OWNER_PUBLIC, "getMaxStylusContractFragments()").catch(() => 0n);
  }

  async isCached(codehash) {
    return (await this.number(ARB_WASM_CACHE, "codehashIsCached(bytes32)", codehash)) === 1n;
  }

  // The contract that takes bids for the cache, if there is one.
  async cacheManager() {
    const [, count, ...managers] = words(await this.call(ARB_WASM_CACHE, calldata("allCacheManagers()")));
    return count ? address(managers.at(-1)) : undefined;
  }
}

module.exports = { Chain, CallRefused, ARB_WASM };
