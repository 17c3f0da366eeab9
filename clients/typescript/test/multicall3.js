// Multicall3 where every chain has it: viem carries its creation code.
import { multicall3Bytecode } from "../node_modules/viem/_esm/constants/contracts.js";

export async function placeMulticall3({ client, rpc, book }, address) {
  const hash = await rpc("eth_sendTransaction", { from: book.accounts[9].address, data: multicall3Bytecode });
  const { contractAddress } = await client.waitForTransactionReceipt({ hash });
  await rpc("anvil_setCode", address, await client.getCode({ address: contractAddress }));
}
