/** What does the node say about one message? Decides, counts, and writes into the journal what and why. */
import type { NodeConfig } from "../config/node-config.ts";
import { ContractError } from "../contract/contract-error.ts";
import type {
  Answer,
  Message,
  PartMessage,
  RequestMessage,
  ResponseMessage,
} from "../contract/messages.ts";
import { decide, type Decision } from "../decision/decide.ts";
import { hostWithoutPort, matchesHost } from "../decision/host-pattern.ts";
import { isBypassed } from "../decision/input-filters.ts";
import { Networks } from "../decision/networks.ts";
import { createOriginOf, type OriginOf, type RequestOrigin } from "../decision/request-origin.ts";
import { RouteTable, type ChosenRoute } from "../decision/route-table.ts";
import { pathOf } from "../decision/url-path.ts";
import type { Attack } from "../detection/index.ts";
import type { Fault } from "../faults/fault.ts";
import type { Call } from "../journal/entries.ts";
import type { NodeMetrics } from "../metrics/metrics.ts";
import { inspectJoined } from "./inspect-joined.ts";
import { PartJoiner, type JoinedRequest } from "./part-joiner.ts";
import { RequestMemory, type RequestFacts } from "./request-memory.ts";
import { Scribe } from "./scribe.ts";

export interface JudgeOptions {
  readonly config: NodeConfig;
  readonly metrics: NodeMetrics;
  readonly scribe: Scribe;
  readonly now: () => number;
}

/** What comes after the begin of a request, and belongs to it. */
interface Later {
  readonly type: "part" | "response";
  readonly id: string;
}

export class Judge {
  readonly #config: NodeConfig;
  readonly #metrics: NodeMetrics;
  readonly #scribe: Scribe;
  readonly #joiner: PartJoiner;
  readonly #memory = new RequestMemory();
  readonly #originOf: OriginOf;
  readonly #routes: RouteTable;
  readonly #graylist: Networks;

  constructor({ config, metrics, scribe, now }: JudgeOptions) {
    this.#config = config;
    this.#metrics = metrics;
    this.#scribe = scribe;
    this.#joiner = new PartJoiner(config.mock.limits, now);
    this.#originOf = createOriginOf(config.proxyHeaders);
    this.#routes = new RouteTable(config.routes);
    this.#graylist = new Networks(config.mock.graylist);
  }

  /** Whether a request with this id was judged before. */
  knows(id: string): boolean {
    return this.#joiner.knows(id);
  }

  /** Whether this part can be judged now: those before it have been. */
  isNext(part: PartMessage): boolean {
    return this.#joiner.isNext(part);
  }

  /** Holds nothing of this request any longer: no further part of it will come. */
  forget(id: string): void {
    this.#joiner.drop(id);
  }

  /** What is known of the request that a message belongs to. */
  factsOf(message: RequestMessage | Later): RequestFacts | undefined {
    if (message.type !== "request") return this.#memory.get(message.id);
    const origin = this.#originOf(message);
    return { request: message, origin, route: this.#routeOf(message, origin) };
  }

  /** Throws a ContractError where no verdict can be given. Messages of responses get no answer. */
  judge(message: Message, call: Call, faults: readonly Fault[]): Answer | undefined {
    if (message.type === "response") {
      this.#response(message, call, faults);
      return undefined;
    }
    try {
      const facts = this.#admitted(message);
      const joined =
        message.type === "request" ? this.#joiner.begin(message) : this.#joiner.next(message);
      this.#memory.set(message.id, facts);
      return this.#verdict({ message, joined, facts, call, faults });
    } catch (error) {
      if (error instanceof ContractError) this.refused(message, call, faults, error.message);
      throw error;
    }
  }

  /** Journal entry of a message without a verdict. */
  refused(message: Message, call: Call, faults: readonly Fault[], why: string): void {
    const facts = this.factsOf(message);
    this.#scribe.message({ message, facts, call, faults, action: "error", why, attacks: [] });
  }

  #admitted(message: RequestMessage | PartMessage): RequestFacts {
    const facts = this.factsOf(message);
    if (facts === undefined) {
      const reason = `id ${message.id}: part ${message.part} came without part 0`;
      throw new ContractError(400, reason, { errorType: "MsgDataFormat" });
    }
    const host = hostWithoutPort(facts.origin.host);
    const { allowedHosts, key } = this.#config.connector;
    if (allowedHosts && !allowedHosts.some((pattern) => matchesHost(pattern, host))) {
      const reason = `host ${host.slice(0, 255)} is not in ${key}.allowed_hosts`;
      throw new ContractError(415, reason, { rejected: "host" });
    }
    return facts;
  }

  #routeOf(request: RequestMessage, origin: RequestOrigin): ChosenRoute {
    const path = pathOf(request.path, this.#config.connector.urlNormalize);
    return this.#routes.choose(origin.host, path);
  }

  #verdict(judged: Judged): Answer {
    const { message, joined, facts, faults } = judged;
    const { application } = facts.route;
    this.#metrics.processed("request", message.body.length, application);
    const attacks = this.#inspect(judged);
    for (const { type } of attacks) joined.attacks.add(type);
    const { action, why } = forced(faults) ?? this.#decide(judged, attacks.length);
    if (attacks.length > 0) this.#metrics.threats(attacks.length, application);
    if (action === "block" && joined.blocked === undefined) {
      joined.blocked = why;
      this.#metrics.requestBlocked(joined.attacks.size, application);
    }
    this.#scribe.message({ ...judged, action, why, attacks });
    return {
      id: message.id,
      part: message.part,
      action,
      status: action === "block" ? 403 : undefined,
      attacks: [...joined.attacks],
      application: application === -1 ? undefined : application,
    };
  }

  #inspect({ message, joined, facts }: Judged): Attack[] {
    if (joined.blocked !== undefined) return []; // once blocked, blocked for good
    const bypass = this.#bypass(facts);
    if (bypass) {
      if (message.part === 0) this.#metrics.bypassed(bypass);
      return [];
    }
    if (message.part === 0) this.#metrics.inspected(facts.route.application);
    return inspectJoined(joined, message.body.length, {
      base64Points: this.#config.mock.base64Points,
    });
  }

  #bypass({ request, route }: RequestFacts): "mode_off" | "input_filters" | undefined {
    if (route.mode === "off") return "mode_off";
    const path = pathOf(request.path, this.#config.connector.urlNormalize);
    return isBypassed(this.#config.inputFilters, request, path) ? "input_filters" : undefined;
  }

  #decide({ joined, facts }: Judged, found: number): Decision {
    if (joined.blocked !== undefined) {
      return { action: "block", why: `an earlier part was blocked: ${joined.blocked}` };
    }
    const bypass = this.#bypass(facts);
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

  #response(message: ResponseMessage, call: Call, faults: readonly Fault[]): void {
    const facts = this.#memory.get(message.id);
    if (facts?.route.mode === "off") this.#metrics.responseBypassed();
    this.#metrics.processed("response", message.body.length, facts?.route.application ?? -1);
    const why = facts ? "a response" : "a response to a request that this node has not seen";
    this.#scribe.message({ message, facts, call, faults, action: "none", why, attacks: [] });
  }
}

export interface Judged {
  readonly message: RequestMessage | PartMessage;
  readonly joined: JoinedRequest;
  readonly facts: RequestFacts;
  readonly call: Call;
  readonly faults: readonly Fault[];
}

function forced(faults: readonly Fault[]): Decision | undefined {
  const fault = faults.find(({ name }) => name === "verdict");
  return (
    fault && {
      action: fault.value === "pass" ? "pass" : "block",
      why: `a fault decided: verdict=${fault.value}`,
    }
  );
}
