/** Leave for the pool to take the quote token: an approval, or a permit (EIP-2612) that the holder only signs. */
import { domainSeparator, encodeFunctionData, erc20Abi, hexToNumber, parseAbi, slice, type Address, type Hex, type TransactionReceipt, type TypedDataDomain } from "viem";
import { poolAbi } from "./generated/abi.js";
import { contract, type Pool, type Wallet } from "./pool.js";
import { send, type Call, type OnStep } from "./transaction.js";

/** How leave is given. */
export type Payment = "approval" | "permit";

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
 * that: by an approval beforehand, or by a permit that goes in the same transaction.
 */
export async function sendPaid(pool: Pool, wallet: Wallet, call: Call, { amount, by = "approval", deadline, label, onStep }: PaymentTerms): Promise<TransactionReceipt[]> {
  const { allowance } = amount > 0n ? await readFunds(pool, wallet.account.address) : { allowance: 0n };
  if (allowance >= amount) return [await send(pool, wallet, call, label, onStep)];
  if (by === "permit") {
    const permit = await signPermit(pool, wallet, amount, deadline, onStep);
    const own = encodeFunctionData(call as Parameters<typeof encodeFunctionData>[0]);
    const both = { ...contract(pool), functionName: "multicall", args: [[permit, own]] };
    return [await send(pool, wallet, both, label, onStep)];
  }
  const approve = { abi: erc20Abi, address: pool.surroundings.quote, functionName: "approve", args: [pool.address, amount] };
  const approval = await send(pool, wallet, approve, `Approval of ${pool.units.quote}`, onStep);
  return [approval, await send(pool, wallet, call, label, onStep)];
}
