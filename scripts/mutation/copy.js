// A copy of the tree in which one file at a time is changed and the program is built.
const fs = require("fs");
const os = require("os");
const path = require("path");
const { execFileSync, spawnSync } = require("child_process");

// Outside the repository, so that its configuration of cargo is not read twice.
const FOLDER = path.join(os.tmpdir(), "smirk-mutations");

class Copy {
  constructor() {
    this.source = process.cwd();
    this.root = path.join(FOLDER, "tree");
    fs.rmSync(this.root, { recursive: true, force: true });
    const files = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" }).split("\0").filter(Boolean);
    for (const file of files) this.take(file);
    fs.symlinkSync(path.join(this.source, "node_modules"), path.join(this.root, "node_modules"));
    fs.mkdirSync(path.join(this.root, "artifacts"), { recursive: true });
    for (const kind of ["contracts", "published"]) {
      fs.symlinkSync(path.join(this.source, "artifacts", kind), path.join(this.root, "artifacts", kind));
    }
  }

  take(file) {
    const [from, to] = [this.source, this.root].map((root) => path.join(root, file));
    if (!fs.existsSync(from)) return;
    fs.mkdirSync(path.dirname(to), { recursive: true });
    // The pool's library is a link to its sources.
    if (fs.lstatSync(from).isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(from), to);
    else fs.copyFileSync(from, to);
  }

  // Replaces a text that occurs once, and returns what undoes it.
  change(file, text, replacement) {
    const whole = fs.readFileSync(path.join(this.root, file), "utf8");
    const places = whole.split(text).length - 1;
    if (places !== 1) throw new Error(`${file} holds the text ${places} times instead of once:\n${text}`);
    fs.writeFileSync(path.join(this.root, file), whole.replace(text, () => replacement));
    return () => fs.writeFileSync(path.join(this.root, file), whole);
  }

  // Builds the program with a cache of its own.
  build() {
    const env = { ...process.env, CARGO_TARGET_DIR: path.join(FOLDER, "target") };
    const { status, stderr } = spawnSync("scripts/build", ["--no-setup"], { cwd: this.root, env, encoding: "utf8", maxBuffer: 1 << 26 });
    const error = stderr.split("\n").find((line) => /^error/.test(line));
    return { error: status === 0 ? null : (error ?? stderr.trim().split("\n").pop()) };
  }
}

module.exports = { Copy, FOLDER };
