/**
 * What happens on a plugin's root context? Start and configuration, ticks, queues, its HTTP and gRPC calls and their
 * answers, and its end (Envoy: Context, without a stream).
 */
import { BufferType, MapType, Status } from "../wasm/abi.ts";
import {
  failed,
  ok,
  type GrpcRequest,
  type HostBuffer,
  type HttpCallRequest,
  type Result,
} from "../wasm/host-context.ts";
import { noStream, type AttributeScope } from "./attributes/scope.ts";
import { BaseContext } from "./base-context.ts";
import { ConstantBuffer, emptyBuffer } from "./body-buffer.ts";
import type { RecordedCall } from "./call-journal.ts";
import { GrpcCalls } from "./grpc-calls.ts";
import { HeaderMap } from "./header-map.ts";
import { HttpCall, type HttpMessage } from "./http-call.ts";
import type { Plugin } from "./plugin.ts";
import type { WasmVm } from "./wasm-vm.ts";

interface PendingCall {
  readonly call: HttpCall;
  readonly recorded: RecordedCall;
}

/** `proxy_get_status` after a failed call. */
const brokenConnection = { code: Status.BrokenConnection, message: "reset" };

export class RootContext extends BaseContext {
  readonly id: number;
  readonly root = this;
  tickPeriod = 0;
  private readonly calls = new Map<number, PendingCall>();
  private readonly grpc: GrpcCalls;
  private answer: HttpMessage | null = null;
  private created = false;
  private lastStatus = { code: 0, message: "" };

  constructor(vm: WasmVm, plugin: Plugin) {
    super(vm, plugin);
    this.id = vm.register(this);
    this.grpc = new GrpcCalls(this, vm);
  }

  /** A root context logs without the plugin's name. */
  protected get logPrefix(): string {
    const parts = [this.plugin.rootId, this.plugin.vmId];
    return parts.map((each) => (each === "" ? "" : ` ${each}`)).join("");
  }

  protected get attributeScope(): AttributeScope {
    const { name, rootId } = this.plugin;
    return { ...noStream, node: this.services.node, pluginName: name, rootId, vmId: this.vm.vmId };
  }

  // Begin and end

  start(): boolean {
    const { guest } = this.vm;
    return this.vm.callback(() => {
      this.configuring = this.plugin.config;
      this.create();
      this.configuring = null;
      if (!guest.has("proxy_on_vm_start")) return true;
      return guest.call(this, "proxy_on_vm_start", this.id, this.vm.vmConfig.length) !== 0;
    });
  }

  private create(): void {
    if (!this.created) this.vm.guest.call(this, "proxy_on_context_create", this.id, 0);
    this.created = true;
  }

  configure(): boolean {
    const { guest } = this.vm;
    if (!guest.has("proxy_on_configure")) return true;
    return this.vm.callback(() => {
      this.configuring = this.plugin.config;
      const size = this.plugin.config.length;
      const accepted = guest.call(this, "proxy_on_configure", this.id, size) !== 0;
      this.configuring = null;
      return accepted;
    });
  }

  /** False: the guest will say `proxy_done` later. */
  onDone(): boolean {
    const { guest } = this.vm;
    if (this.vm.failed || !guest.has("proxy_on_done")) return true;
    return this.vm.callback(() => guest.call(this, "proxy_on_done", this.id) !== 0);
  }

  onDelete(): void {
    this.vm.callback(() => this.vm.guest.call(this, "proxy_on_delete", this.id));
  }

  override done(): Status {
    return this.vm.rootIsDone(this) ? Status.Ok : Status.NotFound;
  }

  // Ticks and queues

  override setTickPeriod(milliseconds: number): Status {
    this.tickPeriod = milliseconds;
    this.vm.setTickPeriod(this, milliseconds);
    return Status.Ok;
  }

  onTick(): void {
    this.vm.callback(() => this.vm.guest.call(this, "proxy_on_tick", this.id));
  }

  override onQueueReady(token: number): void {
    if (!this.vm.contexts.has(this.id)) return;
    this.vm.callback(() => this.vm.guest.call(this, "proxy_on_queue_ready", this.id, token));
  }

  // HTTP calls

  override httpCall(request: HttpCallRequest): Result<number> {
    const { journal, clock } = this.services;
    const message = callMessage(request);
    const { cluster: clusterName, timeoutMs } = request;
    const recorded = journal.begin({
      plugin: this.plugin.name,
      cluster: clusterName,
      timeoutMs,
      ...message,
    });
    const cluster = this.services.cluster(clusterName);
    const sendable = [":path", ":method", ":authority"].every((name) => message.headers.has(name));
    if (cluster === undefined || !sendable || timeoutMs > 0x7fffffff) {
      return failed(journal.reject(recorded, Status.BadArgument));
    }
    const token = this.vm.nextHttpCallId();
    if (!cluster.hasHosts) return failed(journal.reject(recorded, Status.InternalFailure));
    const call = new HttpCall({
      onSuccess: (answer, made) => this.whenIdle(() => this.onAnswer(token, answer, made)),
      onFailure: (reason) => this.whenIdle(() => this.onFailure(token, reason)),
    });
    this.calls.set(token, { call, recorded });
    call.send(cluster, message, timeoutMs, clock);
    return ok(token);
  }

  /** Never into a guest that is running: then as soon as it has returned. */
  private whenIdle(action: () => void): void {
    if (this.vm.guest.current === null) action();
    else this.vm.addAfterCall(() => this.whenIdle(action));
  }

  private onAnswer(token: number, answer: HttpMessage, made: string | null): void {
    const pending = this.calls.get(token);
    if (pending === undefined) return;
    this.calls.delete(token);
    const status = Number(answer.headers.getFirst(":status"));
    this.services.journal.end(
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
    this.services.journal.end(pending.recorded, "failed", reason);
    this.lastStatus = brokenConnection;
    const after = (): void => void (this.lastStatus = { ...brokenConnection, message: "" });
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
      guest.call(this, "proxy_on_http_call_response", this.id, token, headers, body, trailers),
    );
  }

  get pendingCalls(): number {
    return this.calls.size;
  }

  cancelCalls(): void {
    for (const { call, recorded } of this.calls.values()) {
      this.services.journal.end(recorded, "cancelled");
      call.cancel();
    }
    this.calls.clear();
    this.grpc.cancelAll();
  }

  // gRPC calls

  override grpcCall(request: GrpcRequest, message: Uint8Array, timeoutMs: number): Result<number> {
    return this.grpc.call(request, message, timeoutMs);
  }

  override grpcStream(request: GrpcRequest): Result<number> {
    return this.grpc.stream(request);
  }

  override grpcSend(token: number, message: Uint8Array, endStream: boolean): Status {
    return this.grpc.send(token, message, endStream);
  }

  override grpcCancel(token: number): Status {
    return this.grpc.cancel(token);
  }

  override grpcClose(token: number): Status {
    return this.grpc.close(token);
  }

  setStatus(code: number, message: string): void {
    this.lastStatus = { code, message };
  }

  override status(): { readonly code: number; readonly message: string } {
    return this.lastStatus;
  }

  // What an answer's callback may read

  override readableMap(type: number): HeaderMap | null {
    if (type === MapType.HttpCallResponseHeaders) return this.answer?.headers ?? null;
    if (type === MapType.HttpCallResponseTrailers) return this.answer?.trailers ?? null;
    return this.grpc.readableMap(type);
  }

  override getBuffer(type: number): HostBuffer | null {
    if (type === BufferType.HttpCallResponseBody) {
      return this.answer === null ? null : new ConstantBuffer(this.answer.body);
    }
    if (type === BufferType.GrpcCallMessage) return this.grpc.message ?? emptyBuffer;
    return super.getBuffer(type);
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
