// The node and the pool's views, at any block.
import { toFunctionSelector } from "viem";

const BATCH = 100;

export class Node {
  constructor(url, pool) {
    this.url = url;
    this.pool = pool;
  }

  async post(body) {
    const answer = await fetch(this.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return answer.json();
  }

  async rpc(method, ...params) {
    const { result, error } = await this.post({ jsonrpc: "2.0", id: 1, method, params });
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** The words that views answer, in the order of the questions: [data, block number] each. */
  async ask(questions) {
    const answers = [];
    for (let at = 0; at < questions.length; at += BATCH) {
      const part = questions.slice(at, at + BATCH).map(([data, block], id) => ({
        jsonrpc: "2.0",
        id,
        method: "eth_call",
        params: [{ to: this.pool, data }, `0x${block.toString(16)}`],
      }));
      const replies = (await this.post(part)).sort((a, b) => a.id - b.id);
      for (const { result, error } of replies) {
        if (error) throw new Error(`a view failed: ${error.message}`);
        answers.push(words(result));
      }
    }
    return answers;
  }

  async blocks(first, last) {
    const blocks = [];
    for (let at = first; at <= last; at += BATCH) {
      const part = [];
      for (let id = at; id <= Math.min(at + BATCH - 1, last); id++) {
        part.push({ jsonrpc: "2.0", id, method: "eth_getBlockByNumber", params: [`0x${id.toString(16)}`, false] });
      }
      const replies = (await this.post(part)).sort((a, b) => a.id - b.id);
      blocks.push(...replies.map(({ result }) => ({ number: Number(result.number), time: BigInt(result.timestamp) })));
    }
    return blocks;
  }
}

const WORD = 64;
const words = (hex) => {
  const list = [];
  for (let at = 2; at < hex.length; at += WORD) list.push(BigInt(`0x${hex.slice(at, at + WORD)}`));
  return list;
};

/** Structs of a list that a view answers. */
export function structs(list, width) {
  const count = Number(list[1]);
  return Array.from({ length: count }, (_, at) => list.slice(2 + at * width, 2 + (at + 1) * width));
}

export const signed = (word) => BigInt.asIntN(256, word);

/** Call data of a view, of its signature and words. */
export const call = (signature, ...args) =>
  toFunctionSelector(signature) + args.map((arg) => BigInt(arg).toString(16).padStart(WORD, "0")).join("");

