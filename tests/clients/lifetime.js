// A pool's program over the years: kept alive, left to expire, activated again.
import assert from "node:assert/strict";
import { request } from "./devnet.js";
import { deployScript, refused, run } from "./run.js";

const DAY = 86_400;
const NAME = "0x06fdde03";

async function travel({ rpcUrl }, days) {
  await request(rpcUrl, "evm_increaseTime", days * DAY);
  await request(rpcUrl, "evm_mine");
}

// Days from the latest block's time to the end of the program's life, as scripts/deploy states it.
async function daysLeft({ rpcUrl }, output) {
  const [, until] = output.match(/active until ([-0-9]{10} [:0-9]{8}) UTC(?![^]*active until)/);
  const { timestamp } = await request(rpcUrl, "eth_getBlockByNumber", "latest", false);
  return (Date.parse(`${until.replace(" ", "T")}Z`) / 1000 - Number(timestamp)) / DAY;
}

const near = (days, expected) => assert.ok(Math.abs(days - expected) < 0.1, `${days} days left, and not ${expected}`);

const answers = ({ rpcUrl }, pool) => request(rpcUrl, "eth_call", { to: pool, data: NAME }, "latest");

export async function keepActive(context, pool) {
  const command = (name) => deployScript(context, [name, pool]);
  const nonce = () => request(context.rpcUrl, "eth_getTransactionCount", context.account.address, "latest");
  near(await daysLeft(context, run(...command("status"))), 365);

  const before = await nonce();
  assert.match(run(...command("keep-alive")), /nothing to do before/);
  assert.match(run(...command("reactivate")), /nothing to do: the program is active/);
  assert.match(run(...command("bid")), /cache: the program is in it/);
  assert.equal(await nonce(), before, "nothing was sent");

  await travel(context, 334);
  near(await daysLeft(context, run(...command("status"))), 31);
  near(await daysLeft(context, run(...command("keep-alive"))), 365);
  assert.match(run(...command("keep-alive")), /nothing to do before/);
  await travel(context, 32);
  near(await daysLeft(context, run(...command("keep-alive"))), 365);
  await answers(context, pool);

  await travel(context, 366);
  await assert.rejects(answers(context, pool), "an expired program answers nothing");
  assert.match(run(...command("status")), /not active: it has expired, 366 days after/);
  assert.match(refused(...command("keep-alive")), /can't be kept alive/);
  near(await daysLeft(context, run(...command("reactivate"))), 365);
  await answers(context, pool);
  console.log("clients: scripts/deploy kept the program alive after 334 and 32 days, and activated it again after it had expired");
}
