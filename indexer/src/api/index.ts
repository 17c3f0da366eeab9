// GraphQL at / and /graphql; SQL at /sql/db, read only, as @ponder/client asks it and a browser or curl can.
import { Hono } from "hono";
import { client, graphql } from "ponder";
import { db } from "ponder:api";
import schema from "ponder:schema";
import { unremembered } from "./fresh";
import { plainly } from "./plainly";

const app = new Hono();
const sql = new Hono().use("/sql/*", client({ db: plainly(db), schema }));
app.get("/sql/*", (context) => sql.fetch(unremembered(context.req.raw)));
app.use("/", graphql({ db, schema }));
app.use("/graphql", graphql({ db, schema }));

export default app;
