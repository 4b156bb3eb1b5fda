/** What can people and tests ask the node: its journal, its faults, and the Attacks page? */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { FaultSet } from "../faults/fault-set.ts";
import { faultKinds } from "../faults/fault.ts";
import { FaultError } from "../faults/read-faults.ts";
import type { Journal } from "../journal/journal.ts";
import { EventStreams } from "./events.ts";
import { pageAsset, type AssetName } from "./page-assets.ts";
import { ApiError, readQuery } from "./query-string.ts";

export interface ApiParts {
  readonly journal: Journal;
  readonly faults: FaultSet;
  readonly setFaults: (json: unknown) => Promise<void>;
  readonly events: EventStreams;
  /** Facts for `GET /api/node`. */
  readonly about: () => Record<string, unknown>;
}

export function createApi({ journal, faults, setFaults, events, about }: ApiParts): Hono {
  const app = new Hono();
  app.use(guard);
  app.get("/", (c) => asset(c, "index.html"));
  for (const name of ["page.css", "page.js"] as const) app.get(`/${name}`, (c) => asset(c, name));

  app.get("/api/node", (c) => c.json(about()));
  app.get("/api/attacks", (c) =>
    c.json({ seq: journal.seq, attacks: journal.attacks(readQuery(c.req.query())) }),
  );
  app.get("/api/messages", (c) =>
    c.json({ seq: journal.seq, messages: journal.messages(readQuery(c.req.query())) }),
  );
  app.get("/api/messages/:id", (c) => c.json(oneRequest(journal, c.req.param("id"))));
  for (const path of ["/api/attacks", "/api/messages"]) {
    app.delete(path, (c) => {
      journal.clear();
      return c.body(null, 204);
    });
  }
  app.get("/api/events", (c) =>
    events.full ? c.json({ error: "too many pages listen already" }, 503) : events.response(),
  );

  app.get("/api/faults", (c) => c.json({ faults: faults.describe() }));
  app.get("/api/faults/kinds", (c) => c.json(faultKinds));
  app.put("/api/faults", bodyLimit({ maxSize: 1024 * 1024 }), async (c) => {
    await setFaults(await readJson(c));
    return c.json({ faults: faults.describe() });
  });
  app.delete("/api/faults", async (c) => {
    await setFaults([]);
    return c.body(null, 204);
  });

  app.notFound((c) => c.json({ error: `no such path: ${c.req.path.slice(0, 200)}` }, 404));
  app.onError(toResponse);
  return app;
}

function asset(c: Context, name: AssetName): Response {
  const { contentType, body } = pageAsset(name);
  return c.body(body, 200, { "content-type": contentType, "content-security-policy": PAGE_POLICY });
}

/** The page shows attacks: nothing that it shows may run, load or be framed. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

/**
 * Another site's page must not read this through the user's browser: with a name of its own that leads to loopback
 * (DNS rebinding) it would be the same origin, so only addresses and localhost are served.
 */
async function guard(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  const host = (c.req.header("host") ?? "").replace(/:\d+$/, "");
  if (host !== "localhost" && !/^(\[[0-9a-f:.]+\]|[0-9.]+)$/i.test(host)) {
    return c.json({ error: "ask by IP address or as localhost" }, 403);
  }
  await next();
  c.header("x-content-type-options", "nosniff");
  c.header("referrer-policy", "no-referrer");
  c.header("cache-control", "no-store");
  return undefined;
}

/** Everything about one request: its parts, its attacks, its response. `id` may be how the id begins. */
function oneRequest(journal: Journal, id: string): Record<string, unknown> {
  const messages = journal.messages({ id, limit: 10_000, order: "asc" });
  if (messages.length === 0 || !/^[0-9a-f]{1,32}$/i.test(id)) {
    throw new ApiError(404, `no message of request ${id.slice(0, 32)} is in the journal`);
  }
  return { messages, attacks: journal.attacks({ id, limit: 10_000, order: "asc" }) };
}

async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json();
  } catch {
    throw new ApiError(400, "the body must be JSON");
  }
}

function toResponse(error: Error, c: Context): Response {
  if (error instanceof ApiError) return c.json({ error: error.message }, error.status);
  if (error instanceof FaultError) return c.json({ error: error.message }, 400);
  return c.json({ error: `the mock node failed: ${error.message}` }, 500);
}
