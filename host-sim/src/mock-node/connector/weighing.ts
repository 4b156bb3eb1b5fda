/** Whose request is it, is it inspected at all, and does what was found there mean pass or block? */
import type { NodeConfig } from "../config/node-config.ts";
import { ContractError } from "../contract/contract-error.ts";
import type { RequestMessage } from "../contract/messages.ts";
import { decide, type Decision } from "../decision/decide.ts";
import { hostWithoutPort, matchesHost } from "../decision/host-pattern.ts";
import { InputFilters } from "../decision/input-filters.ts";
import { Networks } from "../decision/networks.ts";
import { createOriginOf, type OriginOf } from "../decision/request-origin.ts";
import { RouteTable } from "../decision/route-table.ts";
import { pathOf } from "../decision/url-path.ts";
import type { JoinedRequest } from "./part-joiner.ts";
import type { RequestFacts } from "./request-memory.ts";

export type Bypass = "mode_off" | "input_filters";

export class Weighing {
  readonly #config: NodeConfig;
  readonly #originOf: OriginOf;
  readonly #routes: RouteTable;
  readonly #graylist: Networks;
  readonly #filters: InputFilters;

  constructor(config: NodeConfig) {
    this.#config = config;
    this.#originOf = createOriginOf(config.proxyHeaders);
    this.#routes = new RouteTable(config.routes);
    this.#graylist = new Networks(config.mock.graylist);
    this.#filters = new InputFilters(config.inputFilters);
  }

  factsOf(request: RequestMessage): RequestFacts {
    const origin = this.#originOf(request);
    return { request, origin, route: this.#routes.choose(origin.host, this.#pathOf(request)) };
  }

  /** Throws a ContractError. */
  checkHost({ origin }: RequestFacts): void {
    const host = hostWithoutPort(origin.host);
    const { allowedHosts, key } = this.#config.connector;
    if (!allowedHosts || allowedHosts.some((pattern) => matchesHost(pattern, host))) return;
    const reason = `host ${host.slice(0, 255)} is not in ${key}.allowed_hosts`;
    throw new ContractError(415, reason, { rejected: "host" });
  }

  /** Why it is not inspected; undefined: it is. */
  bypassOf({ request, origin, route }: RequestFacts): Bypass | undefined {
    if (route.mode === "off") return "mode_off";
    const bypassed = this.#filters.bypass(request, origin, this.#pathOf(request));
    return bypassed ? "input_filters" : undefined;
  }

  /** `found`: new attacks in this part. */
  decide(joined: JoinedRequest, facts: RequestFacts, found: number): Decision {
    if (joined.blocked !== undefined) {
      return { action: "block", why: `an earlier part was blocked: ${joined.blocked}` };
    }
    const bypass = this.bypassOf(facts);
    if (bypass === "mode_off") return { action: "pass", why: "wallarm_mode is off: not inspected" };
    if (bypass) return { action: "pass", why: "input_filters bypass it: not inspected" };
    const { blocking, key } = this.#config.connector;
    const decision = decide({
      mode: facts.route.mode,
      attacks: [...joined.attacks],
      graylisted: this.#graylist.include(facts.origin.clientIp),
      blocking,
      blockingKey: `${key}.blocking`,
      sync: facts.request.mode === "sync",
    });
    return found > 0 || joined.part === 0
      ? decision
      : { ...decision, why: `${decision.why} (in this part nothing new)` };
  }

  #pathOf(request: Pick<RequestMessage, "path">): string {
    return pathOf(request.path, this.#config.connector.urlNormalize);
  }
}
