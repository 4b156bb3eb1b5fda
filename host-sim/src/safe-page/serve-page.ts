/** How is a page served that shows what attackers sent, on a port of this machine? So that nothing in it runs, and no other site reads it. */
import type { Context, Hono } from "hono";
import { readPage } from "./page-files.ts";

/** Nothing that the page shows may run, load or be framed. */
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
 * Guards all of `app`, and serves the page in the first of `folders` that is there: index.html as `/`, style and scripts by name.
 * From the sources these are several scripts, the bundle has them in one.
 */
export function servePage(app: Hono, folders: readonly URL[]): void {
  const read = readPage(folders);
  const asset = (c: Context, name: string): Response | Promise<Response> => {
    const found = read(name);
    if (found === undefined) return c.notFound();
    const { contentType, body } = found;
    const headers = { "content-type": contentType, "content-security-policy": PAGE_POLICY };
    return c.body(body, 200, headers);
  };
  app.use(guard);
  app.get("/", (c) => asset(c, "index.html"));
  app.get("/:name{[a-z]+\\.(?:css|js)}", (c) => asset(c, c.req.param("name")));
}

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
