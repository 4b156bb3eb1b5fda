/**
 * What happens on a plugin's root context? Start and configuration, ticks, queues, its HTTP and gRPC calls and their
 * answers, and its end (Envoy: Context, without a stream).
 */
import { BufferType, Status } from "../wasm/abi.ts";
import {
  type GrpcRequest,
  type HostBuffer,
  type HttpCallRequest,
  type Result,
} from "../wasm/host-context.ts";
import { noStream, type AttributeScope } from "./attributes/scope.ts";
import { BaseContext } from "./base-context.ts";
import { emptyBuffer } from "./body-buffer.ts";
import type { CallingRoot } from "./calling-root.ts";
import type { ContextHost } from "./context-host.ts";
import { GrpcCalls } from "./grpc-calls.ts";
import type { HeaderMap } from "./header-map.ts";
import { HttpCalls } from "./http-calls.ts";
import type { Plugin } from "./plugin.ts";
import { TickTimer } from "./tick-timer.ts";

export class RootContext extends BaseContext implements CallingRoot {
  readonly id: number;
  readonly root = this;
  private readonly http: HttpCalls;
  private readonly grpc: GrpcCalls;
  private readonly ticks: TickTimer;
  private created = false;
  private lastStatus = { code: 0, message: "" };

  constructor(vm: ContextHost, plugin: Plugin) {
    super(vm, plugin);
    this.id = vm.register(this);
    this.http = new HttpCalls(this, vm);
    this.grpc = new GrpcCalls(this, vm);
    this.ticks = new TickTimer(vm.services.clock, () => this.onTick());
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

  /** Nothing comes to it any more. */
  end(): void {
    this.ticks.setPeriod(0);
    this.http.cancelAll();
    this.grpc.cancelAll();
  }

  override done(): Status {
    return this.vm.rootIsDone(this.id) ? Status.Ok : Status.NotFound;
  }

  // Ticks and queues

  override setTickPeriod(milliseconds: number): Status {
    this.ticks.setPeriod(milliseconds);
    return Status.Ok;
  }

  private onTick(): void {
    this.vm.callback(() => this.vm.guest.call(this, "proxy_on_tick", this.id));
  }

  override onQueueReady(token: number): void {
    if (!this.vm.contexts.has(this.id)) return;
    this.vm.callback(() => this.vm.guest.call(this, "proxy_on_queue_ready", this.id, token));
  }

  // HTTP calls

  override httpCall(request: HttpCallRequest): Result<number> {
    return this.http.call(request);
  }

  get grpcStreams(): number {
    return this.grpc.pendingCount;
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
    return this.http.readableMap(type) ?? this.grpc.readableMap(type);
  }

  override getBuffer(type: number): HostBuffer | null {
    if (type === BufferType.HttpCallResponseBody) return this.http.body;
    if (type === BufferType.GrpcCallMessage) return this.grpc.message ?? emptyBuffer;
    return super.getBuffer(type);
  }
}
