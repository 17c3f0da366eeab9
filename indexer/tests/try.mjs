import { Indexer } from "./indexer.js";
const i = Object.create(Indexer.prototype); i.url = "http://127.0.0.1:42100";
for (const q of process.argv.slice(2)) console.log(q, await i.sql(q));
