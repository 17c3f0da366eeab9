// Runs what the pages for people show, as it stands there and in its order, each page against a devnet of its own.
//   node tests/docs/run.mjs SMIRK_BINARY [EXAMPLE_BINARY]   (scripts/docs does this)
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const require = createRequire(path.join(root, "package.json"));
const [smirk, example] = process.argv.slice(2).map((file) => path.resolve(file));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "smirk-docs-"));

/** Milliseconds in which a machine of any speed comes to what is waited for: who is longer hangs. */
const patience = 300_000;

/** What each page's blocks have to say, in order: a block that is not expected, or one that is missing, is a failure. */
const pages = {
  "providing.md": [
    ["sh", /deposit/i],
    ["js", /a share is 0\.\d+|a share is 1[\s\S]*yours bring [\d,.]+ USD, of which [\d,.]+ USD now\nthese values are current/],
    ["sh", /withdr/i],
  ],
  "margin.md": [
    ["math"],
    ["math"],
    ["mermaid"],
    ["math"],
    ["sh", /5,?000[^]*2600 Call[^]*2800 Call/],
    ["sh", /2600 Call[^]*withdr/i],
  ],
  "operating.md": [
    // Addresses and keys are the reader's own; a test of the keeper's reads it.
    ["toml"],
    ["sh", /"decision":"is due","duty":"list"[^]*"duty":"rebalance"[^]*"decision":"finishing what is under way"/],
    // A test of the keeper's asks for it.
    ["json", /^source currency time index expiries, expiry forward points, strike vol bid ask$/],
  ],
  "deployment.md": [["sh", /./]],
  "integrating.md": [
    ["sh", /^$/],
    ["js", /^true ETH-25DEC26-2600-C\n$/],
    ["js", /^paid at most [\d,.]+ USD/],
    ["js", /^1266 series, [5-9]\d\d can be bought now\nclosing everything brings [1-9]\d+ atoms in 1 order\nnav\(\) is fresh\n$/],
    ["python", /^costs \d{7,} atoms; held: 0 shares and 1\.0 options\n$/],
    ["rust", /costs \d+ atoms\nrefused: the nearest strike is 2400\n$/],
    ["solidity", /^bought 2 options for what was quoted, wrote a spread of 2 legs\n$/],
  ],
};

const blocksOf = (page) => [...fs.readFileSync(path.join(root, "docs", page), "utf8").matchAll(/```(\w+)\n([^]*?)```/g)].map(([, language, text]) => ({ language, text }));

/** The devnet that a page starts with, and the environment that it asks for. */
async function start(block) {
  const line = block.split("\n").find((each) => each.startsWith("smirk devnet"));
  const flags = line.split("#")[0].trim().split(/\s+/).slice(1);
  const file = path.join(folder, "addresses.json");
  fs.rmSync(file, { force: true });
  const child = spawn(smirk, [...flags.map((flag) => (flag === "addresses.json" ? file : flag)), "--port", "0"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  // The last line, said once the addresses are written.
  let said = "";
  for await (const chunk of child.stdout) if (/^Listening on .*\n/m.test((said += chunk))) break;
  const exported = [...block.matchAll(/^export (\w+)=(\S+)/gm)].map(([, name, value]) => [name, value.endsWith("addresses.json") ? file : value]);
  return { child, book: JSON.parse(fs.readFileSync(file, "utf8")), env: { ...process.env, ...Object.fromEntries(exported), PATH: `${path.dirname(smirk)}:${process.env.PATH}` } };
}

function run(command, args, { input, env, cwd = root }) {
  const { status, stdout, stderr } = spawnSync(command, args, { input, env, cwd, encoding: "utf8", timeout: patience });
  assert.equal(status, 0, `${command} ${args.join(" ")}:\n${input ?? ""}\n${stdout}${stderr}`);
  return stdout;
}

const languages = {
  // What starts the devnet and sets the environment has happened.
  sh: (text, stage) => {
    const rest = text.split("\n").filter((line) => !/^(smirk devnet|export \w+=([^$]|\$PWD))/.test(line)).join("\n");
    return run("bash", ["-e"], { ...stage, input: rest.replace(/\b(addresses\.json|keeper\.toml)/g, (name) => path.join(folder, name)) });
  },
  // A keeper that looks on for some seconds: where they are too few for the machine it is given more.
  keeper: (text, stage, says) => {
    for (let times = 1; ; times *= 4) {
      const said = languages.sh(text.replace(/^(timeout --preserve-status )(\d+)/m, (_, command, seconds) => command + times * seconds), stage);
      if (says.test(said) || times > 16) return said;
    }
  },
  js: (text, stage) => run(process.execPath, ["--input-type=module", "-"], { ...stage, input: text, cwd: path.join(root, "clients", "typescript") }),
  python: (text, stage) => run("python3", ["-"], { ...stage, input: text }),
  // The page shows the file that was compiled.
  rust: (text, stage) => {
    assert.equal(text, fs.readFileSync(path.join(root, "tests/clients/alloy/examples/quote.rs"), "utf8"));
    return run(example, [], stage);
  },
  // The fields, from the outside in.
  json: (text) => {
    const outer = JSON.parse(text);
    const [expiry] = outer.expiries;
    return [outer, expiry, expiry.points[0]].map((fields) => Object.keys(fields).join(" ")).join(", ");
  },
  solidity: deployAndBuy,
};

/** Compiles the contract, gives it money, and has it buy. */
async function deployAndBuy(text, { book }) {
  const solc = require("solc");
  const sources = { "Buyer.sol": { content: text }, "Pool.sol": { content: fs.readFileSync(path.join(root, "abi", "Pool.sol"), "utf8") } };
  const settings = { outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } } };
  const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings })));
  assert.deepEqual((output.errors ?? []).filter(({ severity }) => severity === "error"), []);
  const { abi, evm } = output.contracts["Buyer.sol"].Buyer;
  const at = createRequire(path.join(root, "clients", "typescript", "package.json"));
  const { createPublicClient, createWalletClient, erc20Abi, http } = at("viem");
  const { privateKeyToAccount } = at("viem/accounts");
  const account = privateKeyToAccount(book.accounts[2].privateKey);
  const transport = http(book.rpcUrl);
  const [client, wallet] = [createPublicClient({ transport }), createWalletClient({ account, transport })];
  const sent = async (hash) => client.waitForTransactionReceipt({ hash: await hash });
  const { contractAddress: buyer } = await sent(wallet.deployContract({ abi, bytecode: `0x${evm.bytecode.object}`, chain: null }));
  const { quote, pool } = book.contracts;
  await sent(wallet.writeContract({ address: quote, abi: erc20Abi, functionName: "transfer", args: [buyer, 10_000_000_000n], chain: null }));
  const wad = 10n ** 18n;
  const args = [pool, BigInt(book.expiries[1]), 2600n * wad, 2n * wad];
  const { status } = await sent(wallet.writeContract({ address: buyer, abi, functionName: "buyCall", args, chain: null }));
  assert.equal(status, "success");
  const poolAbi = JSON.parse(fs.readFileSync(path.join(root, "abi", "Pool.json"), "utf8"));
  const id = (BigInt(book.expiries[1]) << 128n) | (2600n * wad);
  const held = await client.readContract({ address: pool, abi: poolAbi, functionName: "balanceOf", args: [account.address, id] });
  assert.equal(await client.readContract({ address: quote, abi: erc20Abi, functionName: "allowance", args: [buyer, pool] }), 0n);
  const spread = [pool, BigInt(book.expiries[1]), 2600n * wad, 2800n * wad, wad, 1_000_000_000n];
  await sent(wallet.writeContract({ address: buyer, abi, functionName: "writeSpread", args: spread, chain: null }));
  const account_ = await client.readContract({ address: pool, abi: poolAbi, functionName: "account", args: [buyer] });
  assert.ok(account_.quote > 1_000_000_000n, "the premium is in the account");
  return `bought ${held / wad} options for what was quoted, wrote a spread of ${account_.legs.length} legs\n`;
}

/** Links of the README and the pages to files of this repository. */
function checkLinks() {
  const chain = ["devnet/README.md", "node/README.md", "inkhorn/README.md", "inkhorn/MIGRATING.md", "inkhorn-test/README.md"].map((name) => `crates/${name}`);
  const files = ["README.md", "CONTRIBUTING.md", "containers/README.md", "indexer/README.md", "clients/typescript/README.md", "examples/counter/README.md", ...chain, ...fs.readdirSync(path.join(root, "docs")).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)];
  let count = 0;
  for (const file of files) {
    for (const [, link] of fs.readFileSync(path.join(root, file), "utf8").replace(/```[^]*?```/g, "").matchAll(/\]\(([^)\s]+)\)/g)) {
      // A project has a page or a repository of its own.
      assert.doesNotMatch(link, /crates\.io|docs\.rs|npmjs\.com|pypi\.org/, file);
      if (/^(https?:|#)/.test(link)) continue;
      count += 1;
      assert.ok(fs.existsSync(path.join(root, path.dirname(file), link.split("#")[0])), `${file} links to ${link}`);
    }
  }
  assert.ok(count > 20);
  console.log(`docs: ${count} links`);
}

/** What the containers' keeper does: it finds the pool in the address book and works on it. */
async function checkContainersKeeper() {
  const stage = await start("smirk devnet --with-pool --live --addresses addresses.json");
  try {
    const env = { ...stage.env, SMIRK_ADDRESSES: path.join(folder, "addresses.json"), SMIRK_LISTEN: "127.0.0.1:0" };
    const keeper = spawn("containers/keeper", { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(keeper, "exit");
    const hang = setTimeout(() => keeper.kill("SIGKILL"), patience);
    let said = "";
    for await (const chunk of keeper.stdout) {
      said += chunk;
      if (/"duty":"rebalance"/.test(said)) keeper.kill("SIGTERM");
    }
    clearTimeout(hang);
    assert.deepEqual(await ended, [0, null], said);
    assert.match(said, /"duty":"rebalance"/);
    assert.doesNotMatch(said, /"decision":"fails"/);
    assert.ok(!said.includes(stage.book.roles.keeper.privateKey.slice(2)));
    console.log("docs: containers/keeper");
  } finally {
    stage.child.kill("SIGINT");
  }
}

try {
  checkLinks();
  await checkContainersKeeper();
  for (const [page, expected] of Object.entries(pages)) {
    const blocks = blocksOf(page);
    assert.deepEqual(blocks.map(({ language }) => language), expected.map(([language]) => language), `the blocks of ${page}`);
    const stage = await start(blocks.find(({ language }) => language === "sh").text);
    try {
      for (const [index, { language, text }] of blocks.entries()) {
        const says = expected[index][1];
        if (says === undefined) continue;
        const kind = /^timeout .* keeper /m.test(text) ? "keeper" : language;
        assert.match(await languages[kind](text, stage, says), says, `${page}, block ${index + 1}`);
      }
      console.log(`docs: ${page}, ${expected.filter(([, says]) => says).length} blocks`);
    } finally {
      stage.child.kill("SIGINT");
    }
  }
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
