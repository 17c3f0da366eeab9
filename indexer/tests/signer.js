// A keeper that only signs, as a process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const ANY_KEY = `0x${"11".repeat(32)}`;

/** A signer of a devnet's pool on an exchange; gives where it tells the market, and ends it. */
export async function signer(smirk, folder, book, exchange) {
  const config = join(folder, "keeper.toml");
  writeFileSync(
    config,
    `rpc = "${book.rpcUrl}"\npool = "${book.contracts.pool}"\nlisten = "127.0.0.1:0"\n[signer]\nkey = { env = "SIGNER_KEY" }\n` +
      `currency = "ETH"\nevery = 0.2\nsources = [{ kind = "deribit", url = "${exchange.url}" }]\n`,
  );
  const child = spawn(smirk, ["keeper", "--config", config], { env: { ...process.env, SIGNER_KEY: ANY_KEY } });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise((resolve, reject) => {
    child.on("exit", (code) => reject(new Error(`the keeper ended: ${code}`)));
    lines.on("line", (line) => {
      const { address } = JSON.parse(line);
      if (address) resolve(`http://${address}/market`);
    });
  });
  return { url, end: () => (child.kill("SIGKILL"), ended) };
}
