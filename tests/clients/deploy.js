// Deploys the pool to a running devnet with scripts/deploy, which has cast sign, and with cargo stylus, and keeps its program
// active over two years.
//   node deploy.js SMIRK_BINARY   (scripts/clients does this)
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { deployPool } from "./deployment.js";
import { startDevnet, stopDevnet } from "./devnet.js";
import { keepActive } from "./lifetime.js";
import { activateAgain, deployWithStylus, traceAppointment } from "./stylus.js";

const [smirk] = process.argv.slice(2);
if (!smirk) {
  console.error("usage: node deploy.js SMIRK_BINARY");
  process.exit(2);
}

async function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "smirk-deploy-"));
  const devnet = await startDevnet(smirk, folder);
  try {
    const { rpcUrl, contracts, accounts } = devnet.book;
    const context = { rpcUrl, contracts, folder, account: accounts[0] };
    const pool = await deployPool(context);
    const another = { ...context, account: accounts[1] };
    const theirs = await deployWithStylus(another);
    traceAppointment(context, pool);
    await keepActive(context, pool);
    activateAgain(another, theirs);
  } finally {
    await stopDevnet(devnet);
  }
  fs.rmSync(folder, { recursive: true });
}

await main();
