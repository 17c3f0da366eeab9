/** Leave for the pool to take the quote token: an approval, or a permit that the holder only signs, of the token (EIP-2612) or of Permit2. */
import { domainSeparator, encodeFunctionData, erc20Abi, hexToNumber, maxUint256, parseAbi, slice, type Address, type Hex, type TransactionReceipt, type TypedDataDomain } from "viem";
import { poolAbi } from "./generated/abi.js";
import { contract, type Pool, type Wallet } from "./pool.js";
import { send, type Call, type OnStep } from "./transaction.js";

/** How leave is given. */
export type Payment = "approval" | "permit" | "permit2";

/** Where Permit2 stands on every chain that has it. */
export const permit2Address: Address = "0x000000000022D473030F116dDEE9F6B43aC78BA3";

const permitAbi = parseAbi([
  "function name() view returns (string)",
  "function version() view returns (string)",
  "function nonces(address owner) view returns (uint256)",
  "function DOMAIN_SEPARATOR() view returns (bytes32)",
]);

const permitTypes = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
} as const;

const permit2Abi = parseAbi(["function allowance(address user, address token, address spender) view returns (uint160 amount, uint48 expiration, uint48 nonce)"]);

const permit2Types = {
  PermitSingle: [
    { name: "details", type: "PermitDetails" },
    { name: "spender", type: "address" },
    { name: "sigDeadline", type: "uint256" },
  ],
  PermitDetails: [
    { name: "token", type: "address" },
    { name: "amount", type: "uint160" },
    { name: "expiration", type: "uint48" },
    { name: "nonce", type: "uint48" },
  ],
} as const;

/** What an account has of the quote token and what the pool may take of it, atoms. */
export async function readFunds(pool: Pool, account: Address): Promise<{ balance: bigint; allowance: bigint }> {
  const token = { abi: erc20Abi, address: pool.surroundings.quote } as const;
  const [balance, allowance] = await Promise.all([
    pool.client.readContract({ ...token, functionName: "balanceOf", args: [account] }),
    pool.client.readContract({ ...token, functionName: "allowance", args: [account, pool.address] }),
  ]);
  return { balance, allowance };
}

/**
 * The EIP-712 domain of the quote token's permits, or undefined when it has none. A token states only the hash of its
 * domain, so the versions in use are tried until one has that hash.
 */
export async function readPermitDomain(pool: Pool): Promise<TypedDataDomain | undefined> {
  const token = { abi: permitAbi, address: pool.surroundings.quote } as const;
  const optional = <T>(promise: Promise<T>) => promise.catch(() => undefined);
  const [name, version, separator] = await Promise.all([
    pool.client.readContract({ ...token, functionName: "name" }),
    optional(pool.client.readContract({ ...token, functionName: "version" })),
    optional(pool.client.readContract({ ...token, functionName: "DOMAIN_SEPARATOR" })),
  ]);
  const versions = [...new Set([version, "1", "2"])].filter((candidate) => candidate !== undefined);
  const domains = versions.map((candidate) => ({ name, version: candidate, chainId: pool.chainId, verifyingContract: pool.surroundings.quote }));
  return domains.find((domain) => domainSeparator({ domain }) === separator);
}

/** Signs a permit for the pool; gives the call that takes it there. */
async function signPermit(pool: Pool, wallet: Wallet, amount: bigint, deadline: bigint, onStep?: OnStep): Promise<Hex> {
  const owner = wallet.account.address;
  const [domain, nonce] = await Promise.all([
    readPermitDomain(pool),
    pool.client.readContract({ abi: permitAbi, address: pool.surroundings.quote, functionName: "nonces", args: [owner] }),
  ]);
  if (!domain) throw new Error(`${pool.units.quote} takes no permits`);
  onStep?.({ kind: "signing", label: `Permit for ${pool.units.quote}` });
  const message = { owner, spender: pool.address, value: amount, nonce, deadline };
  const signature = await wallet.signTypedData({ account: wallet.account, domain, types: permitTypes, primaryType: "Permit", message });
  const [r, s, v] = [slice(signature, 0, 32), slice(signature, 32, 64), hexToNumber(slice(signature, 64, 65))];
  return encodeFunctionData({ abi: poolAbi, functionName: "permitQuote", args: [amount, deadline, v < 27 ? v + 27 : v, r, s] });
}

/** What Permit2 may take of an account's quote token, atoms: with enough of it, paying by "permit2" needs one signature alone. */
export async function readPermit2Approval(pool: Pool, account: Address): Promise<bigint> {
  return pool.client.readContract({ abi: erc20Abi, address: pool.surroundings.quote, functionName: "allowance", args: [account, permit2Address] });
}

/** Whether the chain has Permit2. */
export async function hasPermit2(pool: Pool): Promise<boolean> {
  const code = await pool.client.getCode({ address: permit2Address });
  return code !== undefined && code !== "0x";
}

/** Signs leave in Permit2 for the pool, until the deadline; gives the call that takes it there. */
async function signPermit2(pool: Pool, wallet: Wallet, amount: bigint, deadline: bigint, onStep?: OnStep): Promise<Hex> {
  const [owner, token] = [wallet.account.address, pool.surroundings.quote];
  const [, , nonce] = await pool.client.readContract({ abi: permit2Abi, address: permit2Address, functionName: "allowance", args: [owner, token, pool.address] });
  onStep?.({ kind: "signing", label: `Permit2 for ${pool.units.quote}` });
  const expiration = Number(deadline);
  const signature = await wallet.signTypedData({
    account: wallet.account,
    domain: { name: "Permit2", chainId: pool.chainId, verifyingContract: permit2Address },
    types: permit2Types,
    primaryType: "PermitSingle",
    message: { details: { token, amount, expiration, nonce }, spender: pool.address, sigDeadline: deadline },
  });
  return encodeFunctionData({ abi: poolAbi, functionName: "permit2Quote", args: [amount, expiration, nonce, deadline, signature] });
}

const signatures = { permit: signPermit, permit2: signPermit2 };

/** How a call of the pool that takes quote tokens is paid for. */
export interface PaymentTerms {
  /** The most that it takes, atoms. */
  readonly amount: bigint;
  readonly by?: Payment | undefined;
  /** Until when a permit is good, unix seconds. */
  readonly deadline: bigint;
  readonly label: string;
  readonly onStep?: OnStep | undefined;
}

/**
 * Carries out a call of the pool that takes quote tokens, with leave for exactly what it may take where the pool has not got
 * that: by an approval beforehand, or by a permit that goes in the same transaction. Permit2 may take nothing before it is
 * approved itself, once for everything that is ever paid through it; where that is missing, it comes first.
 */
export async function sendPaid(pool: Pool, wallet: Wallet, call: Call, { amount, by = "approval", deadline, label, onStep }: PaymentTerms): Promise<TransactionReceipt[]> {
  const { allowance } = amount > 0n ? await readFunds(pool, wallet.account.address) : { allowance: 0n };
  if (allowance >= amount) return [await send(pool, wallet, call, label, onStep)];
  const approve = { abi: erc20Abi, address: pool.surroundings.quote, functionName: "approve" };
  if (by !== "approval") {
    const before: TransactionReceipt[] = [];
    if (by === "permit2" && (await readPermit2Approval(pool, wallet.account.address)) < amount) {
      before.push(await send(pool, wallet, { ...approve, args: [permit2Address, maxUint256] }, `Approval of ${pool.units.quote} for Permit2`, onStep));
    }
    const permit = await signatures[by](pool, wallet, amount, deadline, onStep);
    const own = encodeFunctionData(call as Parameters<typeof encodeFunctionData>[0]);
    const both = { ...contract(pool), functionName: "multicall", args: [[permit, own]] };
    return [...before, await send(pool, wallet, both, label, onStep)];
  }
  const approval = await send(pool, wallet, { ...approve, args: [pool.address, amount] }, `Approval of ${pool.units.quote}`, onStep);
  return [approval, await send(pool, wallet, call, label, onStep)];
}
