// A devnet that serves the built page, a browser, and what tests do with them.
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
export const dist = path.join(folder, "dist");
const root = path.join(folder, "..");

export const smirk = process.env.SMIRK ?? path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, "target"), "debug", "smirk");

/** Milliseconds in which a machine of any speed comes to what is waited for: who is longer hangs. */
export const patience = 180_000;

// Waits until what is asserted holds: a page comes to it in steps, and nothing says which was the last.
export async function eventually(assertion) {
  const begun = Date.now();
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() - begun > patience) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// Replays the demo's week and writes its report.
export async function writeReport(file) {
  const child = spawn(smirk, ["demo", "--report", file], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`the replay ended with ${code}`);
}

// A devnet with the pool and the page, at the same hour in every run and on a free port if no other is asked for; gives its URL and
// its address book.
export async function startDevnet({ port = "0", timestamp = "1796162400" } = {}) {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), "smirk-page-"));
  const book = path.join(place, "addresses.json");
  const child = spawn(smirk, ["devnet", "--with-pool", "--port", port, "--timestamp", timestamp, "--addresses", book, "--page", dist], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (log += chunk));
  child.once("error", (error) => (log += error.message));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for (let waited = 0; waited < patience; waited += 50) {
    const url = /Listening on (http:\S+)\n/.exec(log)?.[1];
    if (url) {
      return {
        url,
        book: JSON.parse(fs.readFileSync(book, "utf8")),
        async stop() {
          child.kill("SIGINT");
          await ended;
          fs.rmSync(place, { recursive: true, force: true });
        },
      };
    }
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the devnet ended:\n${log}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill("SIGKILL");
  throw new Error(`the devnet did not come up:\n${log}`);
}

export async function rpc(url, method, ...params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const answer = await (await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body })).json();
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}

export function startBrowser() {
  const quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", timeout: patience, args: ["--no-sandbox", "--disable-gpu", ...quiet] });
}

// A page of its own, and what its console complained about.
export async function openPage(browser, { width = 1440, height = 900, scheme = "light", wallet, scripts = [], hasTouch = false } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, hasTouch, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  // Once, so that reloads find what the page itself has remembered.
  if (wallet) await context.addInitScript((name) => localStorage.getItem("smirk.wallet") ?? localStorage.setItem("smirk.wallet", name), wallet);
  for (const script of scripts) await context.addInitScript(script.run, script.argument);
  return { page, complaints, close: () => context.close() };
}

// A devnet and a browser for the tests of a file.
export function useStage() {
  const stage = {};
  before(async () => {
    stage.browser = await startBrowser();
    stage.devnet = await startDevnet();
  });
  after(async () => {
    await stage.browser?.close();
    await stage.devnet?.stop();
  });
  stage.open = (page, view) => page.goto(`${stage.devnet.url}/#/${view}`);
  // Runs with a page and fails if its console complained.
  stage.inPage = (name, options, run) =>
    test(name, async () => {
      const opened = await openPage(stage.browser, typeof options === "function" ? options() : options);
      try {
        await run(opened.page, opened);
        assert.deepEqual(opened.complaints, [], "the console is quiet");
      } catch (error) {
        await opened.page.screenshot({ path: path.join(os.tmpdir(), "smirk-page-failure.png") }).catch(() => {});
        throw error;
      } finally {
        await opened.close();
      }
    });
  return stage;
}

const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// What axe finds that is hard to read or to operate.
export async function barriers(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations.map(({ id, nodes }) => `${where} ${id}: ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary}`);
}

// A web server of static files, as any other.
export async function serveFiles(files) {
  const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json" };
  const server = http.createServer((request, response) => {
    const name = new URL(request.url, "http://localhost").pathname;
    const found = files[name] ?? (fs.existsSync(path.join(dist, name)) && name.includes(".") ? fs.readFileSync(path.join(dist, name)) : undefined);
    response.writeHead(found === undefined ? 404 : 200, { "content-type": types[path.extname(name)] ?? "text/plain" });
    response.end(found);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => (server.closeAllConnections(), server.close()) };
}

// A wallet that announces itself (EIP-6963) and whose keys are the node's: on another chain until it is asked to change.
export const wallet = {
  run: ({ url, account }) => {
    let chainId = "0x1";
    const listeners = {};
    const provider = {
      async request({ method, params }) {
        window.walletCalls = [...(window.walletCalls ?? []), method];
        const decline = () => Promise.reject(Object.assign(new Error("User rejected the request."), { code: 4001 }));
        if (window.walletDeclines && ["eth_requestAccounts", "eth_sendTransaction", "wallet_switchEthereumChain"].includes(method)) return decline();
        if (window.walletIsLocked && method === "eth_requestAccounts") return [];
        if (method === "eth_requestAccounts" || method === "eth_accounts") return [account];
        if (method === "eth_chainId") return chainId;
        if (method === "wallet_switchEthereumChain") {
          chainId = params[0].chainId;
          listeners.chainChanged?.(chainId);
          return null;
        }
        const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
        const answer = await (await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body })).json();
        if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
        return answer.result;
      },
      on: (name, listener) => (listeners[name] = listener),
      removeListener: (name) => delete listeners[name],
    };
    const icon = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>";
    const detail = Object.freeze({ info: { uuid: "350670db-19fa-4704-a166-e52e178b59d2", name: "Test Wallet", icon, rdns: "test.wallet" }, provider });
    const announce = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
    window.addEventListener("eip6963:requestProvider", announce);
    announce();
  },
};
