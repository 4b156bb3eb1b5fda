/** How is one HTTP request of a connector answered, from its first byte to the answer's last? */
import type { IncomingMessage, ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import type { NodeConfig } from "../config/node-config.ts";
import { ContractError } from "../contract/contract-error.ts";
import { decodeCall } from "../contract/decode.ts";
import { Networks } from "../decision/networks.ts";
import { deliver } from "../faults/deliver.ts";
import type { Fault } from "../faults/fault.ts";
import type { FaultSet } from "../faults/fault-set.ts";
import { spoilAnswers } from "../faults/spoil-answers.ts";
import type { Call } from "../journal/entries.ts";
import type { NodeLog } from "../log.ts";
import type { NodeMetrics } from "../metrics/metrics.ts";
import { CallAnswerer, type AnswererParts } from "./call-answerer.ts";
import { checkCall, targetOf } from "./call-head.ts";
import { BodyReader } from "./read-body.ts";
import { errorReply, nodeReply, NODE_HEADER, NODE_VERSION, type Reply } from "../contract/reply.ts";

interface Outcome {
  readonly reply: Reply;
  readonly faults: readonly Fault[];
}

export class CallHandler {
  readonly #config: NodeConfig;
  readonly #metrics: NodeMetrics;
  readonly #faults: FaultSet;
  readonly #log: NodeLog;
  readonly #bodies: BodyReader;
  readonly #answerer: CallAnswerer;
  readonly #allowed: Networks;
  #calls = 0;

  constructor(parts: AnswererParts & { log: NodeLog }) {
    this.#config = parts.config;
    this.#metrics = parts.metrics;
    this.#faults = parts.faults;
    this.#log = parts.log;
    const { callBytes, heldBytes } = parts.config.mock.limits;
    this.#bodies = new BodyReader({ callBytes, readingBytes: heldBytes });
    this.#answerer = new CallAnswerer(parts);
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
      return await this.#answer(await this.#bodies.read(request), call, whileOpen(response));
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

  async #answer(body: Uint8Array, call: Call, signal: AbortSignal): Promise<Outcome> {
    const { answers, faults } = await this.#answerer.answer(decodeCall(body), call, signal);
    return { reply: nodeReply(200, spoilAnswers(answers, faults)), faults };
  }

  #count({ errorType, rejected }: ContractError): void {
    if (errorType) this.#metrics.error(errorType);
    if (rejected) this.#metrics.rejected(rejected);
  }
}

/** Aborted when the connection ends before the answer went out. */
function whileOpen(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (response.req.socket.destroyed) controller.abort();
  else response.once("close", () => controller.abort());
  return controller.signal;
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
