/** What does the node say about one message? Decides, counts, and writes into the journal what and why. */
import type { NodeConfig } from "../config/node-config.ts";
import { ContractError } from "../contract/contract-error.ts";
import type {
  Answer,
  Message,
  PartMessage,
  ProbeMessage,
  RequestMessage,
  ResponseMessage,
} from "../contract/messages.ts";
import type { Decision } from "../decision/decide.ts";
import type { Attack } from "../detection/index.ts";
import type { Fault } from "../faults/fault.ts";
import type { Call } from "../journal/entries.ts";
import type { NodeMetrics } from "../metrics/metrics.ts";
import { Inspector } from "../inspection/inspector.ts";
import { Askers } from "./askers.ts";
import { newAttacks, toInspect } from "./inspect-joined.ts";
import { joinedOf, PartJoiner, type JoinedRequest } from "./part-joiner.ts";
import { RequestMemory, type RequestFacts } from "./request-memory.ts";
import { Scribe } from "./scribe.ts";
import { Weighing } from "./weighing.ts";

export interface JudgeOptions {
  readonly config: NodeConfig;
  readonly metrics: NodeMetrics;
  readonly scribe: Scribe;
  readonly now: () => number;
}

/** A message that waits for its verdict, and how it came. */
export interface Question<M extends Message = Message> {
  readonly message: M;
  /** Of its bytes; undefined where the same message never comes twice. */
  readonly digest?: string;
  readonly call: Call;
  readonly faults: readonly Fault[];
  /** Settles once the journal has those that stood before it in its call. */
  readonly earlier?: Promise<unknown> | undefined;
  /** Aborted when the caller has gone. */
  readonly signal?: AbortSignal | undefined;
}

/** What comes after the begin of a request, and belongs to it. */
interface Later {
  readonly type: "part" | "response";
  readonly id: string;
}

type Asked = Question<RequestMessage | PartMessage>;

export class Judge {
  readonly #metrics: NodeMetrics;
  readonly #scribe: Scribe;
  readonly #joiner: PartJoiner;
  readonly #memory = new RequestMemory();
  readonly #weighing: Weighing;
  readonly #inspector: Inspector;

  constructor({ config, metrics, scribe, now }: JudgeOptions) {
    this.#metrics = metrics;
    this.#scribe = scribe;
    this.#joiner = new PartJoiner(config.mock.limits, now);
    this.#weighing = new Weighing(config);
    this.#inspector = new Inspector(config.mock);
  }

  /** Whether a request with this id was judged before. */
  knows(id: string): boolean {
    return this.#joiner.knows(id);
  }

  /** Whether this very message was asked about before, and is remembered. */
  remembers(message: Message | ProbeMessage, digest: string): boolean {
    if (message.type !== "request" && message.type !== "part") return false;
    return this.#joiner.asked(message.id, message.part)?.digest === digest;
  }

  /** The lowest part that must come before this one can be judged; undefined: none. */
  lackOf(part: PartMessage): number | undefined {
    return this.#joiner.lackOf(part);
  }

  /** Holds nothing of this request any longer: no further part of it will come. */
  forget(id: string): void {
    this.#joiner.drop(id);
  }

  /** What is known of the request that a message belongs to. */
  factsOf(message: RequestMessage | Later): RequestFacts | undefined {
    return message.type === "request"
      ? this.#weighing.factsOf(message)
      : this.#memory.get(message.id);
  }

  /** Rejects with a ContractError where no verdict can be given. Messages of responses get no answer. */
  async judge(question: Question): Promise<Answer | undefined> {
    const { message, digest = "", call, faults, earlier, signal } = question;
    if (message.type === "response") {
      await earlier;
      this.#response({ message, call, faults });
      return undefined;
    }
    const before = this.#joiner.asked(message.id, message.part);
    if (before && before.digest === digest) {
      before.askers.add(signal);
      return before.answer;
    }
    const asked: Asked = { message, digest, call, faults, earlier, signal };
    try {
      return await (before ? this.#contradiction(asked) : this.#firstVerdict(asked));
    } catch (error) {
      if (error instanceof ContractError) this.refused(question, error.message);
      throw error;
    }
  }

  /** Judged like any other message, but not counted, and remembered nowhere. */
  async probe(probe: ProbeMessage, signal: AbortSignal): Promise<Answer> {
    const request: RequestMessage = { ...probe, type: "request" };
    const joined = joinedOf(request);
    const facts = this.#weighing.factsOf(request);
    const bypassed = this.#weighing.bypassOf(facts) !== undefined;
    const waiter = { client: "", signal };
    const attacks = bypassed ? [] : await this.#inspector.inspect(toInspect(joined, 0), waiter);
    for (const { type } of attacks) joined.attacks.add(type);
    const { action } = this.#weighing.decide(joined, facts, attacks.length);
    return { id: probe.id, part: 0, action };
  }

  /** Journal entry of a message without a verdict. */
  refused({ message, call, faults }: Question, why: string): void {
    const facts = this.factsOf(message);
    this.#scribe.message({ message, facts, call, faults, action: "error", why, attacks: [] });
  }

  #contradiction(asked: Asked): Answer {
    const { id, part } = asked.message;
    const error = `id ${id}: part ${part} came before, with other bytes`;
    this.#metrics.error("DuplicateReqId");
    this.refused(asked, error);
    return { id, part, error };
  }

  #firstVerdict(asked: Asked): Promise<Answer> {
    const { message, digest = "" } = asked;
    const facts = this.#admitted(message);
    const joined =
      message.type === "request" ? this.#joiner.begin(message) : this.#joiner.next(message);
    this.#memory.set(message.id, facts);
    const askers = new Askers();
    askers.add(asked.signal);
    const answer = this.#verdict(asked, joined, facts, askers.signal);
    joined.turn = answer.catch(() => this.#joiner.forget(message.id));
    this.#joiner.remember(message.id, message.part, { digest, answer, askers });
    return answer;
  }

  #admitted(message: RequestMessage | PartMessage): RequestFacts {
    const facts = this.factsOf(message);
    if (facts === undefined) {
      const reason = `id ${message.id}: part ${message.part} came without part 0`;
      throw new ContractError(400, reason, { errorType: "MsgDataFormat" });
    }
    this.#weighing.checkHost(facts);
    return facts;
  }

  /** Parts of one request are judged in turn. */
  async #verdict(
    asked: Asked,
    joined: JoinedRequest,
    facts: RequestFacts,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { message, call, faults, earlier } = asked;
    const { application } = facts.route;
    const attacks = await this.#attacks(message, joined, facts, signal);
    await earlier;
    this.#count(message, facts);
    for (const { type } of attacks) joined.attacks.add(type);
    const { action, why } = forced(faults) ?? this.#weighing.decide(joined, facts, attacks.length);
    if (attacks.length > 0) this.#metrics.threats(attacks.length, application);
    if (action === "block" && joined.blocked === undefined) {
      joined.blocked = why;
      this.#metrics.requestBlocked(joined.attacks.size, application);
    }
    this.#scribe.message({ message, joined, facts, call, faults, action, why, attacks });
    return {
      id: message.id,
      part: message.part,
      action,
      status: action === "block" ? 403 : undefined,
      attacks: [...joined.attacks],
      application: application === -1 ? undefined : application,
    };
  }

  /** What has a verdict counts: what is dropped may come again. */
  #count({ part, body }: RequestMessage | PartMessage, facts: RequestFacts): void {
    const { application } = facts.route;
    this.#metrics.processed("request", body.length, application);
    if (part > 0) return;
    const bypass = this.#weighing.bypassOf(facts);
    if (bypass) this.#metrics.bypassed(bypass);
    else this.#metrics.inspected(application);
  }

  async #attacks(
    { body }: RequestMessage | PartMessage,
    joined: JoinedRequest,
    facts: RequestFacts,
    signal: AbortSignal,
  ): Promise<readonly Attack[]> {
    const isBypassed = this.#weighing.bypassOf(facts) !== undefined;
    const looked = isBypassed ? undefined : toInspect(joined, body.length);
    await joined.turn;
    if (looked === undefined || joined.blocked !== undefined) return []; // blocked for good
    const client = facts.origin.clientIp;
    return newAttacks(joined, await this.#inspector.inspect(looked, { client, signal }));
  }

  #response({ message, call, faults }: Question<ResponseMessage>): void {
    const facts = this.#memory.get(message.id);
    // The end of one that went on is the same response.
    if (message.part === 0) {
      if (facts?.route.mode === "off") this.#metrics.responseBypassed();
      this.#metrics.processed("response", message.body.length, facts?.route.application ?? -1);
    }
    const why = facts ? "a response" : "a response to a request that this node has not seen";
    this.#scribe.message({ message, facts, call, faults, action: "none", why, attacks: [] });
  }
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
