/** Which route does a request take, and so which mode and application? Priorities are those of nginx. */
import type { NodeConfig, RouteConfig, WallarmMode } from "../config/node-config.ts";
import { hostWithoutPort, matchesHost } from "./host-pattern.ts";

export interface ChosenRoute {
  readonly mode: WallarmMode;
  readonly application: number;
  /** Undefined: no route matched, `route_config` itself speaks. */
  readonly name: string | undefined;
}

export class RouteTable {
  readonly #general: ChosenRoute;
  readonly #rows: readonly RouteConfig[];

  constructor({ mode, application, rows }: NodeConfig["routes"]) {
    this.#general = { mode, application, name: undefined };
    this.#rows = rows;
  }

  /** `path` as `pathOf` gives it. A route that names the host goes before one for every host. */
  choose(host: string, path: string): ChosenRoute {
    const name = hostWithoutPort(host);
    const named = this.#rows.filter((row) => row.host !== undefined && matchesHost(row.host, name));
    const exact = named.filter((row) => row.host === name);
    const anywhere = this.#rows.filter((row) => row.host === undefined);
    return (
      chooseRow(exact, path) ?? chooseRow(named, path) ?? chooseRow(anywhere, path) ?? this.#general
    );
  }
}

function chooseRow(rows: readonly RouteConfig[], path: string): RouteConfig | undefined {
  const exact = rows.find(({ location }) => location?.kind === "exact" && location.path === path);
  if (exact) return exact;
  const prefix = longestPrefix(rows, path);
  if (prefix?.location?.kind === "strong prefix") return prefix;
  const regex = rows.find(
    ({ location }) => location?.kind === "regex" && location.pattern.test(path),
  );
  // A route with a host and no path takes whatever of that host no other route takes.
  return regex ?? prefix ?? rows.find(({ location }) => location === undefined);
}

function longestPrefix(rows: readonly RouteConfig[], path: string): RouteConfig | undefined {
  let longest: RouteConfig | undefined;
  let length = -1;
  for (const row of rows) {
    const { location } = row;
    if (location?.kind !== "prefix" && location?.kind !== "strong prefix") continue;
    if (location.path.length > length && path.startsWith(location.path)) {
      longest = row;
      length = location.path.length;
    }
  }
  return longest;
}
