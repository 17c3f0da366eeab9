// Where a pool is, from the file that `smirk devnet --addresses FILE` writes. On Arbitrum give the address and the URL instead.
import fs from "node:fs";
import { createPublicClient, createWalletClient, defineChain, http } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { connectPool } from "@smirk/client";

export async function connect(file = process.argv[2] ?? "addresses.json") {
  const book = JSON.parse(fs.readFileSync(file, "utf8"));
  const chain = defineChain({
    id: book.chainId,
    name: "devnet",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [book.rpcUrl] } },
  });
  const client = createPublicClient({ chain, transport: http(book.rpcUrl, { batch: true }) });
  const pool = await connectPool({ client, address: book.contracts.pool });
  const wallet = (account) => createWalletClient({ account: privateKeyToAccount(account.privateKey), chain, transport: http(book.rpcUrl) });
  return { pool, accounts: book.accounts, wallet };
}
