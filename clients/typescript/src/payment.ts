/** Leave for the pool to take the quote token: an approval, or a permit (EIP-2612) that the holder only signs. */
import { domainSeparator, erc20Abi, hexToNumber, parseAbi, slice, type Address, type TransactionReceipt, type TypedDataDomain } from "viem";
import type { Pool, Wallet } from "./pool.js";
import { send, type OnStep } from "./transaction.js";

/** How leave is given. */
export type Payment = "approval" | "permit";

const permitAbi = parseAbi([
  "function name() view returns (string)",
  "function version() view returns (string)",
  "function nonces(address owner) view returns (uint256)",
  "function DOMAIN_SEPARATOR() view returns (bytes32)",
  "function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)",
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

/** Signs a permit and carries it to the token. */
async function permit(pool: Pool, wallet: Wallet, amount: bigint, deadline: bigint, onStep?: OnStep): Promise<TransactionReceipt> {
  const owner = wallet.account.address;
  const [domain, nonce] = await Promise.all([
    readPermitDomain(pool),
    pool.client.readContract({ abi: permitAbi, address: pool.surroundings.quote, functionName: "nonces", args: [owner] }),
  ]);
  if (!domain) throw new Error(`${pool.units.quote} takes no permits`);
  const label = `Permit for ${pool.units.quote}`;
  onStep?.({ kind: "signing", label });
  const message = { owner, spender: pool.address, value: amount, nonce, deadline };
  const signature = await wallet.signTypedData({ account: wallet.account, domain, types: permitTypes, primaryType: "Permit", message });
  const [r, s, v] = [slice(signature, 0, 32), slice(signature, 32, 64), hexToNumber(slice(signature, 64, 65))];
  const args = [owner, pool.address, amount, deadline, v < 27 ? v + 27 : v, r, s];
  return send(pool, wallet, { abi: permitAbi, address: pool.surroundings.quote, functionName: "permit", args }, label, onStep);
}

/** Gives the pool leave to take `amount` atoms of the quote token, unless it has that already. */
export async function authorise(
  pool: Pool,
  wallet: Wallet,
  { amount, by = "approval", deadline, onStep }: { amount: bigint; by?: Payment; deadline: bigint; onStep?: OnStep | undefined },
): Promise<TransactionReceipt | undefined> {
  const { allowance } = await readFunds(pool, wallet.account.address);
  if (allowance >= amount) return undefined;
  if (by === "permit") return permit(pool, wallet, amount, deadline, onStep);
  const call = { abi: erc20Abi, address: pool.surroundings.quote, functionName: "approve", args: [pool.address, amount] };
  return send(pool, wallet, call, `Approval of ${pool.units.quote}`, onStep);
}
