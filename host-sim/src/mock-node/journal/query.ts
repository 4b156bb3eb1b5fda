/** Which entries does a query of the API ask for? */
import type { AttackEntry, MessageEntry } from "./entries.ts";

/** Filters that are not given match everything. */
export interface JournalQuery {
  /** Attack type, or type of message (request, part, response). */
  readonly type?: string | undefined;
  /** Without port; upper and lower case are alike. */
  readonly host?: string | undefined;
  readonly action?: string | undefined;
  /** Id of the request, or how it begins. */
  readonly id?: string | undefined;
  readonly method?: string | undefined;
  /** Part of the path. */
  readonly path?: string | undefined;
  readonly client?: string | undefined;
  /** Any text in the request line, host, attack or value. */
  readonly text?: string | undefined;
  /** Only entries with a greater `seq`. */
  readonly since?: number | undefined;
  /** At most so many; 100 if not given. */
  readonly limit?: number | undefined;
  /** Newest first, unless asked otherwise. */
  readonly order?: "asc" | "desc" | undefined;
}

export const MAX_LIMIT = 10_000;
const DEFAULT_LIMIT = 100;

/** The newest entries that match, at most `limit` of them, in the order that is asked for. */
export function select<T extends MessageEntry | AttackEntry>(
  newestFirst: Iterable<T>,
  query: JournalQuery,
): T[] {
  const limit = Math.min(query.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
  const found: T[] = [];
  for (const entry of newestFirst) {
    if (found.length >= limit || entry.seq <= (query.since ?? 0)) break;
    if (matches(entry, query)) found.push(entry);
  }
  return query.order === "asc" ? found.reverse() : found;
}

function matches(entry: MessageEntry | AttackEntry, query: JournalQuery): boolean {
  const { type, host, action, id, method, path, client, text } = query;
  return (
    (type === undefined || entry.type === type) &&
    (action === undefined || entry.action === action) &&
    (method === undefined || entry.method === method) &&
    (client === undefined || entry.client === client) &&
    (id === undefined || entry.id.startsWith(id.toLowerCase())) &&
    (path === undefined || entry.path.includes(path)) &&
    (host === undefined || bareHost(entry.host) === bareHost(host)) &&
    (text === undefined || searchable(entry).includes(text.toLowerCase()))
  );
}

function bareHost(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, "");
}

function searchable(entry: MessageEntry | AttackEntry): string {
  const { method, path, host, client, type, id } = entry;
  const attack = "rule" in entry ? [entry.rule, entry.point, entry.value] : entry.attacks;
  return [method, path, host, client, type, id, ...attack].join("\n").toLowerCase();
}
