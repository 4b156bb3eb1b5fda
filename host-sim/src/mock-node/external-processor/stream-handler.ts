/** How is one gRPC stream served, message after message, until one of the two sides ends it? */
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { NodeConfig } from "../config/node-config.ts";
import { ContractError } from "../contract/contract-error.ts";
import type { Judge } from "../connector/judge.ts";
import { Networks } from "../decision/networks.ts";
import type { Fault } from "../faults/fault.ts";
import type { NodeLog } from "../log.ts";
import type { NodeMetrics } from "../metrics/metrics.ts";
import { Exchange, type Turn } from "./exchange.ts";
import { grpcStatusOf } from "./grpc-status.ts";
import { PROCESS_PATH, processingRequest, type ProcessingRequest } from "./messages.ts";
import { spoilReply } from "./spoil-replies.ts";
import type { StreamFaults } from "./stream-faults.ts";
import { cutConnection, endOf, pause, type ByteStream, type StreamEnd } from "./stream-ends.ts";

const REQUEST_ID = "x-wallarm-request-id";

export interface StreamHandlerParts {
  readonly config: NodeConfig;
  readonly metrics: NodeMetrics;
  readonly judge: Judge;
  readonly faults: StreamFaults;
  readonly log: NodeLog;
  readonly now: () => number;
  /** The connection that a stream came by. */
  readonly socketOf: (peer: string) => Socket | undefined;
}

export class StreamHandler {
  readonly #parts: StreamHandlerParts;
  readonly #allowed: Networks;
  #streams = 0;

  constructor(parts: StreamHandlerParts) {
    this.#parts = parts;
    this.#allowed = new Networks(parts.config.connector.allowedNetworks);
  }

  async handle(stream: ByteStream): Promise<void> {
    const begin = performance.now();
    const peer = stream.getPeer();
    const exchange = this.#exchange(stream);
    this.#streams += 1;
    let end: StreamEnd | undefined;
    try {
      end = await this.#serve(stream, exchange);
    } finally {
      this.#streams -= 1;
      await exchange.end();
      const { method = "", path = "" } = exchange.request ?? {};
      const how = stream.cancelled ? "by the gateway" : `with status ${end?.code ?? 0}`;
      const message = `stream of ${method} ${path.slice(0, 500)} ended ${how}`;
      this.#parts.log.line(message, { peer, ms: Number((performance.now() - begin).toFixed(1)) });
    }
    if (stream.cancelled || end.kind === "cut") return;
    if (end.code === 0) stream.end();
    else stream.emit("error", { code: end.code, details: end.details });
  }

  #exchange(stream: ByteStream): Exchange {
    const { judge, faults, now, config } = this.#parts;
    const peer = stream.getPeer();
    const requestId = stream.metadata.get(REQUEST_ID)[0]?.toString();
    const call = { peer, path: PROCESS_PATH, connector: "ext_proc", connectorVersion: "" };
    const responseBytes = config.mock.journal.bodyBytes;
    const signal = untilCancelled(stream);
    return new Exchange({ judge, faults, now, call, responseBytes, requestId, signal });
  }

  async #serve(stream: ByteStream, exchange: Exchange): Promise<StreamEnd> {
    try {
      this.#admit(stream.getPeer());
      // The stream must survive the end of the loop: it still has its status to carry.
      const messages: AsyncIterable<Buffer> = stream.iterator({ destroyOnReturn: false });
      for await (const bytes of messages) {
        const end = await this.#message(stream, exchange, bytes);
        if (end) return end;
      }
      return { kind: "status", code: 0, details: "" };
    } catch (error) {
      if (stream.cancelled || !(error instanceof Error))
        return { kind: "cut", code: 1, details: "" };
      return this.#failed(error);
    }
  }

  #failed(error: Error): StreamEnd {
    const { metrics, log } = this.#parts;
    if (!(error instanceof ContractError)) {
      log.write("error", `the mock node failed: ${String(error)}`);
      return { kind: "status", code: grpcStatusOf(500), details: "the mock node failed" };
    }
    if (error.errorType) metrics.error(error.errorType);
    if (error.rejected) metrics.rejected(error.rejected);
    log.write("warn", `stream refused: ${error.message}`);
    return { kind: "status", code: grpcStatusOf(error.status), details: error.message };
  }

  #admit(peer: string): void {
    const { connector, mock } = this.#parts.config;
    const address = peer.replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
    if (!this.#allowed.include(address)) {
      const reason = `network of ${address} is not in ${connector.key}.allowed_networks`;
      throw new ContractError(403, reason, { rejected: "remote_address" });
    }
    const { callsAtOnce } = mock.limits;
    if (this.#streams <= callsAtOnce) return;
    const reason = `${callsAtOnce} streams are open already (mock.limits.calls_at_once)`;
    throw new ContractError(503, reason, { errorType: "DroppedOnOverload" });
  }

  /** Undefined: the stream goes on. */
  async #message(
    stream: ByteStream,
    exchange: Exchange,
    bytes: Buffer,
  ): Promise<StreamEnd | undefined> {
    const begin = performance.now();
    const message = decode(bytes);
    this.#parts.metrics.seen(message.request?.startsWith("response") ? "response" : "request");
    const turn = await exchange.take(message);
    const late = await this.#delay(turn.faults, stream);
    if (late) return late;
    const end = endOf(turn.faults);
    if (end?.kind === "cut") cutConnection(this.#parts.socketOf(stream.getPeer()));
    if (end) return end;
    this.#answer(stream, turn);
    this.#parts.metrics.latency(performance.now() - begin);
    return undefined;
  }

  async #delay(faults: readonly Fault[], stream: ByteStream): Promise<StreamEnd | undefined> {
    const ms = faults.reduce((sum, { name, value }) => {
      return sum + (name === "delay" ? Number(value) : 0);
    }, 0);
    const limit = this.#parts.config.connector.appReplyTimeout;
    const tooLate = limit !== undefined && ms > limit;
    await pause(tooLate ? limit : ms, stream);
    if (!tooLate) return undefined;
    const details = `no verdict within app_reply_timeout of ${limit} ms`;
    return { kind: "status", code: grpcStatusOf(504), details };
  }

  #answer(stream: ByteStream, { reply, phase, faults }: Turn): void {
    if (reply === undefined || stream.cancelled) return;
    for (const bytes of spoilReply(reply, phase, faults)) stream.write(bytes);
  }
}

function untilCancelled(stream: ByteStream): AbortSignal {
  const controller = new AbortController();
  stream.once("cancelled", () => controller.abort());
  return controller.signal;
}

function decode(bytes: Buffer): ProcessingRequest {
  try {
    return processingRequest.decode(bytes);
  } catch (error) {
    const reason = `not a ProcessingRequest: ${(error as Error).message.slice(0, 200)}`;
    throw new ContractError(400, reason, { errorType: "MsgDataFormat" });
  }
}
