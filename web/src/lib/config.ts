/**
 * Where the pool is: `config.json` beside the page, or the file that `?config=` names. The file that
 * `smirk devnet --addresses` writes is one; it also has the development accounts.
 */
import { getAddress, isAddress, type Address, type Hex } from "viem";

/** An account with its key: on a development chain only. */
export interface DevelopmentAccount {
  readonly address: Address;
  readonly privateKey: Hex;
}

export interface Configuration {
  readonly name?: string;
  readonly chainId: number;
  /** Empty for the server that the page came from. */
  readonly rpcUrl: string;
  readonly explorer?: string;
  /** The block that the pool was made in: where its events begin. */
  readonly fromBlock?: number;
  readonly contracts: { readonly pool: Address } & Readonly<Record<string, Address>>;
  readonly feedDecimals?: number;
  readonly accounts?: readonly DevelopmentAccount[];
  readonly roles?: Readonly<Record<string, DevelopmentAccount>>;
}

/** There is no configuration, or it is none; the message says what to do. */
export class ConfigurationError extends Error {}

const isLoopback = (host: string) => ["localhost", "127.0.0.1", "[::1]"].includes(host);

/**
 * The address to read from. A link must not be able to point the page at somebody's own pool, so that only this server's
 * files and this machine's are read.
 */
function source(): URL {
  const given = new URLSearchParams(location.search).get("config");
  const url = new URL(given ?? "config.json", document.baseURI);
  if (url.origin !== location.origin && !isLoopback(url.hostname)) {
    throw new ConfigurationError(`A configuration is only read from this server or this machine, not from ${url.host}.`);
  }
  return url;
}

export async function readConfiguration(): Promise<Configuration> {
  const url = source();
  let found: Partial<Configuration>;
  try {
    const response = await fetch(url, { cache: "no-cache" });
    if (!response.ok) throw new Error(`status ${response.status}`);
    found = await response.json();
  } catch {
    throw new ConfigurationError(`No configuration at ${url.href}.`);
  }
  const pool = found.contracts?.pool;
  if (!Number.isSafeInteger(found.chainId) || !pool || !isAddress(pool, { strict: false })) {
    throw new ConfigurationError(`The configuration at ${url.href} has no chainId or no contracts.pool.`);
  }
  return { ...(found as Configuration), rpcUrl: found.rpcUrl || location.origin, contracts: { ...found.contracts, pool: getAddress(pool) } as Configuration["contracts"] };
}
