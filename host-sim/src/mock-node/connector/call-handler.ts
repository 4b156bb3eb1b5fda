/** How is one HTTP request of a connector answered, from its first byte to the answer's last? */
import type { IncomingMessage, ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { NodeConfig } from "../config/node-config.ts";
import { ContractError, malformed } from "../contract/contract-error.ts";
import { decodeCall } from "../contract/decode.ts";
import type { Answer, Message } from "../contract/messages.ts";
import { Networks } from "../decision/networks.ts";
import { deliver, dropsUnread } from "../faults/deliver.ts";
import type { Fault } from "../faults/fault.ts";
import type { FaultSet } from "../faults/fault-set.ts";
import { FaultError, readFaultHeader } from "../faults/read-faults.ts";
import { spoilAnswers } from "../faults/spoil-answers.ts";
import type { Call } from "../journal/entries.ts";
import type { NodeLog } from "../log.ts";
import type { NodeMetrics } from "../metrics/metrics.ts";
import { checkCall, targetOf } from "./call-head.ts";
import type { Judge } from "./judge.ts";
import { PartTurns } from "./part-turns.ts";
import { BodyReader } from "./read-body.ts";
import { errorReply, nodeReply, NODE_HEADER, NODE_VERSION, type Reply } from "../contract/reply.ts";

/** Names the faults of one request, among the headers of the inspected request itself. */
export const FAULT_HEADER = "x-mock-node-fault";

/** After so long in one batch, others get their turn. */
const TURN_MS = 20;

interface Judged {
  readonly answer?: Answer | undefined;
  readonly struck: readonly Fault[];
}

interface Outcome {
  readonly reply: Reply;
  readonly faults: readonly Fault[];
}

export class CallHandler {
  readonly #config: NodeConfig;
  readonly #metrics: NodeMetrics;
  readonly #judge: Judge;
  readonly #faults: FaultSet;
  readonly #log: NodeLog;
  readonly #bodies: BodyReader;
  readonly #allowed: Networks;
  readonly #turns = new PartTurns();
  #calls = 0;

  constructor(parts: {
    config: NodeConfig;
    metrics: NodeMetrics;
    judge: Judge;
    faults: FaultSet;
    log: NodeLog;
  }) {
    this.#config = parts.config;
    this.#metrics = parts.metrics;
    this.#judge = parts.judge;
    this.#faults = parts.faults;
    this.#log = parts.log;
    const { callBytes, heldBytes } = parts.config.mock.limits;
    this.#bodies = new BodyReader({ callBytes, readingBytes: heldBytes });
    this.#allowed = new Networks(parts.config.connector.allowedNetworks);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const begin = performance.now();
    this.#calls += 1;
    try {
      const { reply, faults } = await this.#outcome(request, response);
      const { appReplyTimeout: ms, appReplyTimeoutCode: code } = this.#config.connector;
      await deliver({ response, reply, faults, timeout: { ms, code } });
      const duration = performance.now() - begin;
      this.#metrics.latency(duration);
      this.#log.access(request, reply.status, duration);
    } finally {
      this.#calls -= 1;
    }
  }

  async #outcome(request: IncomingMessage, response: ServerResponse): Promise<Outcome> {
    const target = targetOf(request.url ?? "", this.#config.connector.externalHealthCheck.endpoint);
    if (target.kind === "health") return this.#health(request);
    if (target.kind === "other") {
      discard(request, response);
      return {
        reply: errorReply(404, "no such path: POST {prefix}/connector/v1/messages is"),
        faults: [],
      };
    }
    try {
      const call = checkCall(request, target.version, this.#allowed);
      this.#checkLoad();
      const messages = decodeCall(await this.#bodies.read(request));
      return await this.#answer(messages, call);
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      discard(request, response);
      this.#count(error);
      this.#log.write("warn", `call refused with ${error.status}: ${error.message}`);
      return { reply: errorReply(error.status, error.message), faults: [] };
    }
  }

  #health(request: IncomingMessage): Outcome {
    request.resume();
    this.#metrics.seen("health");
    const { enabled } = this.#config.connector.externalHealthCheck;
    const faults = this.#faults.take({ type: "health" });
    if (!enabled) {
      const error = "connector.external_health_check.enabled is false";
      return { reply: errorReply(404, error), faults };
    }
    const headers = { [NODE_HEADER]: NODE_VERSION, "content-type": "text/plain" };
    return { reply: { status: 200, headers, body: Buffer.from("OK\n") }, faults };
  }

  #checkLoad(): void {
    const { callsAtOnce } = this.#config.mock.limits;
    if (this.#calls <= callsAtOnce) return;
    const reason = `${callsAtOnce} calls are under way already (mock.limits.calls_at_once)`;
    throw new ContractError(503, reason, { errorType: "DroppedOnOverload" });
  }

  async #answer(messages: readonly Message[], call: Call): Promise<Outcome> {
    const sync = messages.find((message) => message.type === "request" && message.mode === "sync");
    if (sync && messages.length > 1) {
      throw malformed(
        "MsgDataFormat",
        `messages[0]: a call with mode "sync" must hold one message, not ${messages.length}`,
      );
    }
    const alone = messages.length === 1;
    const judging: Promise<Judged>[] = [];
    let since = performance.now();
    for (const message of messages) {
      if (performance.now() - since > TURN_MS) {
        await nextTurn();
        since = performance.now();
      }
      this.#metrics.seen(message.type === "response" ? "response" : "request");
      judging.push(this.#inTurn(message, () => this.#one(message, call, alone)));
    }
    const judged = await Promise.all(judging);
    const faults = judged.flatMap(({ struck }) => struck);
    const answers = judged.flatMap(({ answer }) => answer ?? []);
    return { reply: nodeReply(200, spoilAnswers(answers, faults)), faults };
  }

  /** Those behind a part that has to wait don't wait with it: it may be one of them that another call waits for. */
  async #inTurn(message: Message, judge: () => Judged): Promise<Judged> {
    if (message.type === "part" && !this.#judge.isNext(message)) {
      const { partWait } = this.#config.mock.limits;
      await this.#turns.wait(message.id, () => this.#judge.isNext(message), partWait);
    }
    const judged = judge();
    this.#turns.told(message.id);
    return judged;
  }

  /** In a batch a message that is refused gets an error of its own; alone, its error is the call's. */
  #one(message: Message, call: Call, alone: boolean): Judged {
    const { struck, wrong } = this.#struck(message);
    const dropped = dropsUnread(struck);
    if (dropped || wrong) {
      const why = wrong ?? `the connection was cut unread: ${dropped?.name}=begin`;
      this.#judge.refused(message, call, struck, why);
      return {
        answer: wrong && message.type !== "response" ? { id: message.id, error: wrong } : undefined,
        struck,
      };
    }
    try {
      return { answer: this.#judge.judge(message, call, struck), struck };
    } catch (error) {
      if (alone || !(error instanceof ContractError)) throw error;
      this.#count(error);
      return { answer: { id: message.id, error: error.message }, struck };
    }
  }

  #struck(message: Message): { struck: Fault[]; wrong?: string } {
    const facts = this.#judge.factsOf(message);
    const part = message.type === "response" ? 0 : message.part;
    const struck = this.#faults.take({
      type: message.type,
      mode: facts?.request.mode,
      method: facts?.request.method,
      host: facts?.origin.host,
      path: facts?.request.path,
      id: message.id,
      part,
    });
    const header = facts?.request.headers.find(([name]) => name.toLowerCase() === FAULT_HEADER);
    if (!header || message.type === "response" || !this.#config.mock.allowRequestFaults)
      return { struck };
    try {
      return { struck: [...struck, ...readFaultHeader(header[1], part, this.#config.mode)] };
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      return { struck, wrong: `header ${FAULT_HEADER}: ${error.message}` };
    }
  }

  #count({ errorType, rejected }: ContractError): void {
    if (errorType) this.#metrics.error(errorType);
    if (rejected) this.#metrics.rejected(rejected);
  }
}

/** The rest of a body that nobody reads; a client that goes on sending is cut off. */
const MAX_DISCARDED = 64 * 1024 * 1024;

function discard(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || request.destroyed) return;
  response.setHeader("connection", "close");
  let left = MAX_DISCARDED;
  request.on("error", () => undefined);
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}
