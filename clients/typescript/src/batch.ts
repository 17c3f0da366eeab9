/** Many reads of the pool in one go, each with its own answer or refusal. */
import { decodeFunctionResult, encodeFunctionData, parseAbi, type Address, type ContractFunctionArgs, type ContractFunctionName, type ContractFunctionReturnType, type Hex } from "viem";
import { poolAbi } from "./generated/abi.js";
import type { Pool } from "./pool.js";
import { refusalOfData, toRefusal, type Refusal } from "./refusal.js";

/** How several reads travel: through the chain's multicall contract, or as one request of many calls. */
export type Batch = "multicall" | "json-rpc";

/** Where Multicall3 is on nearly every chain. */
export const multicall3: Address = "0xcA11bde05977b3631167028862bE2a173976CA11";

const multicallAbi = parseAbi([
  "struct Call3 { address target; bool allowFailure; bytes callData; }",
  "struct Result { bool success; bytes returnData; }",
  "function aggregate3(Call3[] calls) payable returns (Result[] returnData)",
]);
/** Reads in one multicall: some 200,000 gas each, far below what nodes execute in a call. */
const mostInMulticall = 100;

/** Name of a view of the pool. */
export type View = ContractFunctionName<typeof poolAbi, "view" | "pure">;

/** What a view answers. */
export type Returned<Name extends View> = ContractFunctionReturnType<typeof poolAbi, "view" | "pure", Name>;

/** One read of the pool. */
export type Read<Name extends View = View> = {
  readonly functionName: Name;
  readonly args?: ContractFunctionArgs<typeof poolAbi, "view" | "pure", Name>;
};

/** An answer, or why there is none. */
export type Answer<Value> = { readonly value: Value; readonly refusal?: undefined } | { readonly value?: undefined; readonly refusal: Refusal };

/**
 * The answers to reads of one function, in order. A typed refusal is an answer, too.
 *
 * @throws what the node or the transport says when there is no answer at all.
 */
export async function readAll<const Name extends View>(
  pool: Pick<Pool, "client" | "address" | "batch" | "units">,
  functionName: Name,
  calls: readonly ContractFunctionArgs<typeof poolAbi, "view" | "pure", Name>[],
  blockNumber?: bigint,
): Promise<Answer<ContractFunctionReturnType<typeof poolAbi, "view" | "pure", Name>>[]> {
  type Value = ContractFunctionReturnType<typeof poolAbi, "view" | "pure", Name>;
  const encode = (args: unknown) => (encodeFunctionData as (parameters: unknown) => Hex)({ abi: poolAbi, functionName, args });
  // The ABI's overloads are more than the compiler unfolds here; the signature above says what comes out.
  const decode = (data: Hex) => (decodeFunctionResult as (parameters: unknown) => unknown)({ abi: poolAbi, functionName, data }) as Value;
  const at = blockNumber === undefined ? {} : { blockNumber };
  if (pool.batch === "json-rpc") {
    return Promise.all(
      calls.map(async (args) => {
        try {
          const { data } = await pool.client.call({ to: pool.address, data: encode(args), ...at });
          return { value: decode(data ?? "0x") };
        } catch (error) {
          const refusal = toRefusal(error, pool.units, functionName);
          if (refusal) return { refusal };
          throw error;
        }
      }),
    );
  }
  const answers: Answer<Value>[] = [];
  const parts = Array.from({ length: Math.ceil(calls.length / mostInMulticall) }, (_, index) => calls.slice(index * mostInMulticall, (index + 1) * mostInMulticall));
  const ask = (part: typeof calls) =>
    pool.client.readContract({
      address: multicall3,
      abi: multicallAbi,
      functionName: "aggregate3",
      args: [part.map((args) => ({ target: pool.address, allowFailure: true, callData: encode(args) }))],
      ...at,
    } as never) as Promise<readonly { success: boolean; returnData: Hex }[]>;
  for (const { success, returnData } of (await Promise.all(parts.map(ask))).flat()) {
    if (success) {
      answers.push({ value: decode(returnData) });
      continue;
    }
    const refusal = refusalOfData(returnData, pool.units, functionName);
    if (!refusal) throw new Error(`${functionName} failed without a reason that the pool gives`);
    answers.push({ refusal });
  }
  return answers;
}
