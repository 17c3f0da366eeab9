// The embedded database has one connection, on which the writer leaves temporary tables that are named like ours and come
// first where a query names no schema. Queries of clients are answered in transactions of their own that look there last,
// and that cannot write. PostgreSQL has connections for reading, and Ponder does as much on them.

interface Query {
  sql: string;
  params: unknown[];
}
interface Connection {
  query(sql: string, params?: unknown[]): Promise<unknown>;
}

/** A database whose session answers queries so. */
export function plainly<Database extends object>(db: Database): Database {
  const { $client: client, _: inner } = db as any;
  if (typeof client.transaction !== "function") return db;
  const prepareQuery = (query: Query) => ({
    execute: () => client.transaction((connection: Connection) => answer(connection, query)),
  });
  const session = Object.create(inner.session, { prepareQuery: { value: prepareQuery } });
  return Object.create(db, { _: { value: Object.create(inner, { session: { value: session } }) } });
}

async function answer(connection: Connection, { sql, params }: Query): Promise<unknown> {
  await connection.query("set transaction read only");
  await connection.query("select set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)");
  return connection.query(sql, params);
}
