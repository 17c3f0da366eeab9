import { Indexer } from "./indexer.js";
const i = Object.create(Indexer.prototype); i.url = "http://127.0.0.1:42100";
console.log(JSON.stringify(await i.graphql(process.argv[2])));
