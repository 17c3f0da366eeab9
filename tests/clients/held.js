// A node of which somebody stands in the way.
import { createServer } from "node:http";
import { once } from "node:events";

// Passes everything on to a node but for transactions after the first ones: who sends another waits, however long.
export async function lettingThrough(rpcUrl, most) {
  let sent = 0;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    if (body.includes("eth_sendRawTransaction") && (sent += 1) > most) return;
    const answer = await fetch(rpcUrl, { method: "POST", headers: { "content-type": "application/json" }, body }).catch(() => undefined);
    if (!answer) return response.destroy();
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { rpcUrl: `http://127.0.0.1:${server.address().port}`, end: () => (server.closeAllConnections(), server.close()) };
}
