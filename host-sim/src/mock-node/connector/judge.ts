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
import { inspectJoined } from "./inspect-joined.ts";
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
}

/** What comes after the begin of a request, and belongs to it. */
interface Later {
  readonly type: "part" | "response";
  readonly id: string;
}

type Asked = Question<RequestMessage | PartMessage>;

export class Judge {
  readonly #config: NodeConfig;
  readonly #metrics: NodeMetrics;
  readonly #scribe: Scribe;
  readonly #joiner: PartJoiner;
  readonly #memory = new RequestMemory();
  readonly #weighing: Weighing;

  constructor({ config, metrics, scribe, now }: JudgeOptions) {
    this.#config = config;
    this.#metrics = metrics;
    this.#scribe = scribe;
    this.#joiner = new PartJoiner(config.mock.limits, now);
    this.#weighing = new Weighing(config);
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
    const { message, digest = "", call, faults, earlier } = question;
    if (message.type === "response") {
      await earlier;
      this.#response({ message, call, faults });
      return undefined;
    }
    const before = this.#joiner.asked(message.id, message.part);
    if (before && before.digest === digest) return before.answer;
    const asked: Asked = { message, digest, call, faults, earlier };
    try {
      return await (before ? this.#contradiction(asked) : this.#firstVerdict(asked));
    } catch (error) {
      if (error instanceof ContractError) this.refused(question, error.message);
      throw error;
    }
  }

  /** Judged like any other message, but not counted, and remembered nowhere. */
  async probe(probe: ProbeMessage): Promise<Answer> {
    const request: RequestMessage = { ...probe, type: "request" };
    const joined = joinedOf(request);
    const facts = this.#weighing.factsOf(request);
    const bypassed = this.#weighing.bypassOf(facts) !== undefined;
    const attacks = bypassed ? [] : await this.#attacks(joined, 0);
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
    const answer = this.#verdict(asked, joined, facts);
    this.#joiner.remember(message.id, message.part, { digest, answer });
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

  async #verdict(asked: Asked, joined: JoinedRequest, facts: RequestFacts): Promise<Answer> {
    const { message, call, faults, earlier } = asked;
    const { application } = facts.route;
    this.#metrics.processed("request", message.body.length, application);
    const attacks = await this.#inspect(message, joined, facts);
    await earlier;
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

  async #inspect(
    { part, body }: RequestMessage | PartMessage,
    joined: JoinedRequest,
    facts: RequestFacts,
  ): Promise<readonly Attack[]> {
    if (joined.blocked !== undefined) return []; // once blocked, blocked for good
    const bypass = this.#weighing.bypassOf(facts);
    if (bypass) {
      if (part === 0) this.#metrics.bypassed(bypass);
      return [];
    }
    if (part === 0) this.#metrics.inspected(facts.route.application);
    return this.#attacks(joined, body.length);
  }

  async #attacks(joined: JoinedRequest, newBytes: number): Promise<readonly Attack[]> {
    const { base64Points } = this.#config.mock;
    return Promise.resolve(inspectJoined(joined, newBytes, { base64Points }));
  }

  #response({ message, call, faults }: Question<ResponseMessage>): void {
    const facts = this.#memory.get(message.id);
    if (facts?.route.mode === "off") this.#metrics.responseBypassed();
    this.#metrics.processed("response", message.body.length, facts?.route.application ?? -1);
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
