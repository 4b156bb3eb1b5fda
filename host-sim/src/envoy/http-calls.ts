/** Which HTTP calls did a root context begin, and what came back? Answers come to the root, whoever made the call. */
import { MapType, Status } from "../wasm/abi.ts";
import {
  failed,
  ok,
  type HostBuffer,
  type HttpCallRequest,
  type Result,
} from "../wasm/host-context.ts";
import { ConstantBuffer } from "./body-buffer.ts";
import type { RecordedCall } from "./call-journal.ts";
import type { CallingRoot } from "./calling-root.ts";
import type { ContextHost } from "./context-host.ts";
import { HeaderMap } from "./header-map.ts";
import { HttpCall, type HttpMessage } from "./http-call.ts";

interface PendingCall {
  readonly call: HttpCall;
  readonly recorded: RecordedCall;
}

export class HttpCalls {
  private readonly calls = new Map<number, PendingCall>();
  private answer: HttpMessage | null = null;
  private readonly root: CallingRoot;
  private readonly vm: ContextHost;

  constructor(root: CallingRoot, vm: ContextHost) {
    this.root = root;
    this.vm = vm;
  }

  call(request: HttpCallRequest): Result<number> {
    const { journal, clock } = this.vm.services;
    const message = callMessage(request);
    const { cluster: clusterName, timeoutMs } = request;
    const recorded = journal.begin({
      plugin: this.root.plugin.name,
      cluster: clusterName,
      timeoutMs,
      ...message,
    });
    const cluster = this.vm.services.cluster(clusterName);
    const sendable = [":path", ":method", ":authority"].every((name) => message.headers.has(name));
    if (cluster === undefined || !sendable || timeoutMs > 0x7fffffff) {
      return failed(journal.reject(recorded, Status.BadArgument));
    }
    const token = this.vm.nextHttpCallId();
    if (cluster.isFull === true) cluster.onOverflow?.();
    if (!cluster.hasHosts || cluster.isFull === true) {
      return failed(journal.reject(recorded, Status.InternalFailure));
    }
    const call = new HttpCall({
      onSuccess: (answer, made) => this.vm.whenIdle(() => this.onAnswer(token, answer, made)),
      onFailure: (reason) => this.vm.whenIdle(() => this.onFailure(token, reason)),
    });
    this.calls.set(token, { call, recorded });
    call.send(cluster, message, timeoutMs, clock);
    return ok(token);
  }

  private onAnswer(token: number, answer: HttpMessage, made: string | null): void {
    const pending = this.calls.get(token);
    if (pending === undefined) return;
    this.calls.delete(token);
    const status = Number(answer.headers.getFirst(":status"));
    this.vm.services.journal.end(
      pending.recorded,
      made === null ? "answered" : "made",
      made ?? undefined,
      status,
    );
    this.answer = answer;
    const { headers, body, trailers } = answer;
    this.callResponse(
      token,
      headers.size,
      body.length,
      trailers?.size ?? 0,
      () => (this.answer = null),
    );
  }

  private onFailure(token: number, reason: string): void {
    const pending = this.calls.get(token);
    if (pending === undefined) return;
    this.calls.delete(token);
    this.vm.services.journal.end(pending.recorded, "failed", reason);
    this.root.setStatus(Status.BrokenConnection, "reset");
    const after = (): void => this.root.setStatus(Status.BrokenConnection, "");
    this.callResponse(token, 0, 0, 0, after);
  }

  private callResponse(
    token: number,
    headers: number,
    body: number,
    trailers: number,
    after: () => void,
  ): void {
    const { guest } = this.vm;
    this.vm.addAfterCall(after);
    this.vm.callback(() =>
      guest.call(
        this.root,
        "proxy_on_http_call_response",
        this.root.id,
        token,
        headers,
        body,
        trailers,
      ),
    );
  }

  cancelAll(): void {
    for (const { call, recorded } of this.calls.values()) {
      this.vm.services.journal.end(recorded, "cancelled");
      call.cancel();
    }
    this.calls.clear();
  }

  // Only within the callback of the answer

  readableMap(type: number): HeaderMap | null {
    if (type === MapType.HttpCallResponseHeaders) return this.answer?.headers ?? null;
    return type === MapType.HttpCallResponseTrailers ? (this.answer?.trailers ?? null) : null;
  }

  get body(): HostBuffer | null {
    return this.answer === null ? null : new ConstantBuffer(this.answer.body);
  }
}

function callMessage(request: HttpCallRequest): HttpMessage {
  const headers = new HeaderMap(request.headers, "request");
  if (request.body.length > 0) headers.set("content-length", String(request.body.length));
  // What Envoy's client for such calls adds.
  headers.set("x-envoy-internal", "true");
  if (request.timeoutMs > 0) {
    headers.set("x-envoy-expected-rq-timeout-ms", String(request.timeoutMs));
  }
  const { trailers: pairs } = request;
  const trailers = pairs.length === 0 ? null : new HeaderMap(pairs, "trailers");
  return { headers, body: request.body, trailers };
}
