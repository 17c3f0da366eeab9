// The indexer as a process, and what it is asked over HTTP.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const ROOT = new URL("..", import.meta.url).pathname;
/** Seconds in which a machine of any speed comes to what is waited for: who is longer hangs. */
const PATIENCE = 900;

/** A port that nobody listens on, below those that systems give to connections: of these one that is free now need not be so in a moment. */
async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(10_000 * Math.random());
    const server = createServer().listen(port);
    const isFree = await once(server, "listening").then(() => true, () => false);
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

export class Indexer {
  /** Starts it on a free port; settings are environment variables. */
  static async start(settings) {
    return new Indexer(String(await freePort()), settings);
  }

  constructor(port, settings) {
    this.url = `http://127.0.0.1:${port}`;
    this.said = [];
    this.process = spawn(
      process.execPath,
      ["node_modules/ponder/dist/esm/bin/ponder.js", "start", "--schema", "smirk", "--port", port, "--log-format", "json"],
      { cwd: ROOT, env: { ...process.env, PONDER_TELEMETRY_DISABLED: "1", ...settings } },
    );
    for (const stream of [this.process.stdout, this.process.stderr]) {
      createInterface({ input: stream }).on("line", (line) => this.said.push(line));
    }
    this.ended = new Promise((resolve) => this.process.on("exit", resolve));
  }

  /** Waits for something to be so. */
  async until(what, isSo) {
    const begun = Date.now();
    while (Date.now() - begun < 1_000 * PATIENCE) {
      if (this.process.exitCode !== null || this.process.signalCode !== null) break;
      const answer = await isSo().catch(() => false);
      if (answer) return answer;
      await sleep(100);
    }
    throw new Error(`${what}: not so after ${Math.round((Date.now() - begun) / 1_000)} s\n${this.said.slice(-20).join("\n")}`);
  }

  async ready() {
    await this.until("ready", async () => (await fetch(`${this.url}/ready`)).ok);
  }

  /** Waits until a block is indexed. */
  async reaches(block) {
    await this.until(`block ${block}`, async () => {
      const { smirk } = await (await fetch(`${this.url}/status`)).json();
      return smirk.block.number >= block;
    });
  }

  async sql(query, ...params) {
    const ask = JSON.stringify({ json: { sql: query, params } });
    const answer = await fetch(`${this.url}/sql/db?sql=${encodeURIComponent(ask)}`);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${query}: ${text}`);
    return JSON.parse(text).rows;
  }

  async graphql(query) {
    const answer = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    const { data, errors } = await answer.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  }

  async end(signal = "SIGTERM") {
    this.process.kill(signal);
    await this.ended;
  }
}
