// Ponder remembers what a query was answered until its tables get new rows. Rows that go with blocks that are taken back don't
// count, so that it would go on giving them. A query that is like no other is answered afresh.

let asked = 0;

/** The same question with a mark that no question had before. */
export function unremembered(request: Request): Request {
  const url = new URL(request.url);
  const question = url.searchParams.get("sql");
  if (url.pathname !== "/sql/db" || question === null) return request;
  try {
    url.searchParams.set("sql", JSON.stringify({ ...JSON.parse(question), asked: ++asked }));
  } catch {
    // What is no JSON is refused further on.
  }
  return new Request(url, request);
}
