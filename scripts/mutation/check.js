// What the list names is there: every text once in its file, every test in its suite.
const fs = require("fs");
const path = require("path");

// What is wrong with the list, a line each.
function faults(mutations) {
  const names = mutations.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name}: its name is taken`);
  return [...twice, ...mutations.flatMap((mutation) => faultsOf(mutation).map((fault) => `${mutation.name}: ${fault}`))];
}

function faultsOf({ file, text, replacement, test, suite = "regressions" }) {
  const found = [];
  const places = fs.readFileSync(file, "utf8").split(text).length - 1;
  if (places !== 1) found.push(`${file} holds the text ${places} times instead of once: ${text.trim().split("\n")[0]}`);
  if (text === replacement) found.push("nothing is replaced");
  if (!hasTest(suite, test)) found.push(`tests/${suite} has no test ${test}`);
  return found;
}

// Whether a suite has a test of this path: the function in the file that its modules say, or in one that they share.
function hasTest(suite, test) {
  const parts = test.split("::");
  const name = parts.pop();
  const single = `tests/${suite}.rs`;
  const files = fs.existsSync(single) ? [single] : rustFiles(`tests/${suite}`);
  const last = parts[parts.length - 1];
  const isThere = (file) => !last || path.basename(file, ".rs") === last || path.basename(path.dirname(file)) === last || fs.readFileSync(file, "utf8").includes(`mod ${last}`);
  return files.some((file) => isThere(file) && new RegExp(`#\\[test\\][^{}]*fn ${name}\\(\\)`).test(fs.readFileSync(file, "utf8")));
}

function rustFiles(folder) {
  return fs.readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".rs")).map((file) => path.join(folder, file));
}

module.exports = { faults };
