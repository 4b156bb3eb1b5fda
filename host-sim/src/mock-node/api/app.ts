/** What can people and tests ask the node: its journal, its faults, and the Attacks page? */
import { Hono, type Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { FaultSet } from "../faults/fault-set.ts";
import { faultKinds } from "../faults/fault.ts";
import { FaultError } from "../faults/read-faults.ts";
import type { Journal } from "../journal/journal.ts";
import { servePage } from "../../safe-page/serve-page.ts";
import { EventStreams } from "./events.ts";
import { ApiError, readQuery } from "./query-string.ts";

/** Beside this file's folder; beside the bundle; and, from a bundle in the repository, in the sources. */
const PAGE_FOLDERS = ["../page/", "./page/", "../src/mock-node/page/"].map(
  (folder) => new URL(folder, import.meta.url),
);

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
  servePage(app, PAGE_FOLDERS);

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

  addFaults(app, faults, setFaults);
  app.notFound((c) => c.json({ error: `no such path: ${c.req.path.slice(0, 200)}` }, 404));
  app.onError(toResponse);
  return app;
}

function addFaults(app: Hono, faults: FaultSet, setFaults: ApiParts["setFaults"]): void {
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
