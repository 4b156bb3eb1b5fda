/** What can be asked of a running gateway? The admin pages, as Envoy's. They read and change nothing but log levels. */
import { Hono, type Context } from "hono";
import { changeLogging } from "./logging-page.ts";
import type { LoggerLevels } from "./logger-levels.ts";
import type { Stat } from "./stat.ts";
import { statsAsPrometheus } from "./stats-prometheus.ts";
import { statsAsJson, statsAsText } from "./stats-text.ts";

export interface AdminSource {
  readonly levels: LoggerLevels;
  state(): "LIVE" | "DRAINING" | "PRE_INITIALIZING";
  stats(): Stat[];
  configDump(): unknown;
  serverInfo(): Record<string, unknown>;
}

const COMMANDS = [
  ["/config_dump", "dump the configuration in use"],
  ["/logging (POST)", "query or change log levels: ?level=debug, ?wasm=debug"],
  ["/ready", "print the state, 200 if LIVE, otherwise 503"],
  ["/server_info", "print version and state"],
  ["/stats", "print statistics: ?filter=REGEX, ?usedonly, ?format=text|json|prometheus"],
  ["/stats/prometheus", "print statistics in Prometheus format"],
] as const;

const FORMATS = ["text", "json", "prometheus"];

export function adminPages(source: AdminSource): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header("cache-control", "no-cache, max-age=0");
    context.header("x-content-type-options", "nosniff");
    context.header("server", "envoy");
  });
  app.get("/", (context) => context.html(indexPage()));
  app.get("/help", (context) => context.text(helpText()));
  app.get("/ready", (context) => {
    const state = source.state();
    return context.text(`${state}\n`, state === "LIVE" ? 200 : 503);
  });
  app.get("/server_info", (context) => json(context, source.serverInfo()));
  app.get("/config_dump", (context) => json(context, source.configDump()));
  app.get("/stats", (context) => statsPage(context, source, context.req.query("format") ?? "text"));
  app.get("/stats/prometheus", (context) => statsPage(context, source, "prometheus"));
  // Envoy wants a POST even to look; here looking is free, changing takes a POST.
  app.get("/logging", (context) => {
    if (new URL(context.req.url).search === "") return context.text(source.levels.describe());
    return context.text("Method GET not allowed, POST required.", 405);
  });
  app.post("/logging", (context) => {
    const page = changeLogging(source.levels, new URL(context.req.url).searchParams);
    return context.text(page.text, page.status);
  });
  app.notFound((context) => context.text(`invalid path. ${helpText()}`, 404));
  app.onError((error, context) => context.text(`internal error: ${error.message}\n`, 500));
  return app;
}

function statsPage(context: Context, source: AdminSource, format: string): Response {
  if (!FORMATS.includes(format)) {
    return context.text(`usage: /stats?format=(${FORMATS.join("|")})\n\n`, 400);
  }
  const query = new URL(context.req.url).searchParams;
  const filter = query.get("filter") ?? "";
  let pattern: RegExp;
  try {
    pattern = new RegExp(filter);
  } catch {
    return context.text(`Invalid regex: ${filter}`, 400);
  }
  const usedOnly = query.has("usedonly");
  const wanted = source
    .stats()
    .filter((each) => pattern.test(each.name) && (each.used || !usedOnly));
  if (format === "json") return context.json(JSON.parse(statsAsJson(wanted)) as object);
  return context.text(format === "text" ? statsAsText(wanted) : statsAsPrometheus(wanted));
}

function json(context: Context, value: unknown): Response {
  return context.body(`${JSON.stringify(value, null, 1)}\n`, 200, {
    "content-type": "application/json",
  });
}

function helpText(): string {
  const lines = COMMANDS.map(([path, text]) => `  ${path}: ${text}\n`);
  return `admin commands are:\n${lines.join("")}`;
}

function indexPage(): string {
  const rows = COMMANDS.map(([title, text]) => {
    const path = title.split(" ")[0]!;
    return `<tr><td><a href="${path}">${title}</a></td><td>${text}</td></tr>`;
  });
  return `<!doctype html><meta charset="utf-8"><title>host-sim admin</title><h1>host-sim admin</h1><table>${rows.join("")}</table>`;
}
