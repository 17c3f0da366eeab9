// scripts/mutations, from the repository's root.
const { MUTATIONS } = require("./list");
const { faults } = require("./check");
const { Copy, FOLDER } = require("./copy");
const { testBinary, runTest } = require("./tests");

const USAGE = `usage: scripts/mutations [--check | --list] [NAME...]

Takes the pool's defences away one at a time: changes a copy of the tree, builds the program from it, runs one test of
tests/regressions (or of the suite that it names) on that program, and expects it to fail. Without names it goes through all of
them, fifteen to forty seconds each; scripts/test only checks the list. Ends with a table; a defence that no test misses has SURVIVED, and the exit code is 1.

First every test is run on the copy's program as it is, and must pass.

  NAME     only these defences
  --check  only see that every text and every test of the list is there
  --list   print the names with what each takes away, and stop
  --help`;

function main(argv) {
  if (argv.includes("--help")) return console.log(USAGE);
  if (argv.includes("--list")) return MUTATIONS.forEach(({ name, defence }) => console.log(`${name.padEnd(24)} ${defence}`));
  const wrong = faults(MUTATIONS);
  if (wrong.length) stop(`the list is not the tree's:\n${wrong.join("\n")}`);
  if (argv.includes("--check")) return console.log(`mutations: ${MUTATIONS.length} texts and their tests are there`);
  const chosen = argv.length ? argv.map(named) : MUTATIONS;
  const suites = [...new Set(chosen.map(suiteOf))];
  const binaries = new Map(suites.map((suite) => [suite, testBinary(FOLDER, suite)]));
  const copy = new Copy();
  const built = copy.build();
  if (built.error) stop(`the program as it is was not built: ${built.error}`);
  // In the copy, so that a test does not fail there for what the copy lacks.
  const whole = new Map(chosen.map((mutation) => [mutation.test, suiteOf(mutation)]));
  for (const [name, suite] of whole) {
    const { failed, reason } = runTest(binaries.get(suite), name, copy.root);
    if (failed) stop(`${name} fails on the program as it is: ${reason}`);
  }
  console.log(`mutations: ${whole.size} tests pass on the program as it is`);
  const rows = chosen.map((mutation) => row(copy, binaries.get(suiteOf(mutation)), mutation));
  table(rows);
  process.exit(rows.every(({ result }) => result === "failed as it should") ? 0 : 1);
}

const suiteOf = (mutation) => mutation.suite ?? "regressions";

function named(name) {
  const found = MUTATIONS.find((mutation) => mutation.name === name);
  if (!found) stop(`no defence is called ${name}; see scripts/mutations --list`);
  return found;
}

// Applies one mutation, builds, and runs its test.
function row(copy, test, mutation) {
  const { name, file, text, replacement } = mutation;
  const started = Date.now();
  const outcome = { ...mutation, result: "SURVIVED", reason: "" };
  const undo = copy.change(file, text, replacement);
  const built = copy.build();
  if (built.error) {
    outcome.result = "not built";
    outcome.reason = built.error;
  } else {
    const { failed, reason } = runTest(test, mutation.test, copy.root);
    if (failed) [outcome.result, outcome.reason] = ["failed as it should", reason];
  }
  undo();
  console.log(`${name}: ${outcome.result} (${Math.round((Date.now() - started) / 1000)} s) ${outcome.reason}`);
  return outcome;
}

function table(rows) {
  console.log("\n| defence | test | |\n|---|---|---|");
  for (const { defence, test, result } of rows) console.log(`| ${defence} | ${test} | ${result} |`);
  const count = rows.filter(({ result }) => result === "failed as it should").length;
  console.log(`\nmutations: ${count} of ${rows.length} failed as they should`);
}

function stop(message) {
  console.error(`mutations: ${message}`);
  process.exit(1);
}

main(process.argv.slice(2));
