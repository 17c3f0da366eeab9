// Prints what has happened at the pool so far, and with --follow what happens from now on: node examples/watch.js addresses.json
import { describeEvent, readEvents } from "@smirk/client";
import { connect } from "./connect.js";

const { pool } = await connect();
const names = ["Bought", "Sold", "Claimed", "Deposit", "Withdraw", "Hedged", "Settled", "AnchorPosted", "ExpiryListed"];
async function print(fromBlock, toBlock) {
  for (const event of await readEvents(pool, names, { fromBlock, toBlock })) console.log(`${event.block}: ${describeEvent(event, pool.units)}`);
}
const latest = await pool.client.getBlockNumber();
await print(0n, latest);
if (process.argv.includes("--follow")) {
  let next = latest + 1n;
  pool.client.watchBlockNumber({
    emitMissed: false,
    onBlockNumber: async (block) => {
      const from = next;
      next = block + 1n;
      await print(from, block);
    },
  });
}
