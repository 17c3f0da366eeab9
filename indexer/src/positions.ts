// Positions move: ERC-6909.
import { ponder } from "ponder:registry";
import { positionChange } from "ponder:schema";
import { zeroAddress } from "viem";
import { place } from "./ledger/context";
import { give, release, take } from "./ledger/position";
import { held } from "./ledger/bill";
import { read, write } from "./ledger/money";

ponder.on(
  "Pool:Transfer(address caller, address indexed sender, address indexed receiver, uint256 indexed id, uint256 amount)",
  async ({ event, context }) => {
    const { sender, receiver, id, amount } = event.args;
    if (sender === zeroAddress) {
      await held(context, id, { supply: amount });
      await give(context, receiver, id, amount, 0n);
    } else if (receiver === zeroAddress) {
      await held(context, id, { supply: -amount });
      await release(context, sender, id, amount);
    } else if (amount > 0n) {
      await give(context, receiver, id, amount, await take(context, sender, id, amount));
    }
    await context.db
      .insert(positionChange)
      .values({ ...place(event), from: sender, to: receiver, series: id, size: amount });
  },
);
