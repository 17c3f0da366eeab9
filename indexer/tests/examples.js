// The queries that README.md shows are asked as they stand there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const README = new URL("../README.md", import.meta.url);

/** Blocks of a language in the README. */
const blocks = (language) =>
  [...readFileSync(README, "utf8").matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, "g"))].map(([, text]) => text);

export async function examples(indexer) {
  const asked = { graphql: blocks("graphql"), sql: blocks("sql") };
  for (const query of asked.graphql) {
    for (const [name, { items }] of Object.entries(await indexer.graphql(query))) assert.ok(items.length > 0, name);
  }
  for (const query of asked.sql) assert.ok((await indexer.sql(query)).length > 0, query);
  assert.ok(asked.graphql.length > 0 && asked.sql.length > 0);
  return { graphql: asked.graphql.length, sql: asked.sql.length };
}
