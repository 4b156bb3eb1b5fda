/**
 * Which gRPC calls and streams did a root context begin, and what came back? Callbacks come to the root, whoever began
 * them (Envoy: Context::grpcCall, grpcStream and their handlers).
 */
import { MapType, Status } from "../wasm/abi.ts";
import {
  failed,
  ok,
  type GrpcRequest,
  type HostBuffer,
  type Result,
} from "../wasm/host-context.ts";
import { ConstantBuffer } from "./body-buffer.ts";
import type { CallingRoot } from "./calling-root.ts";
import type { ContextHost } from "./context-host.ts";
import { grpcTarget } from "./grpc-service.ts";
import { GrpcStream, type GrpcStreamCallbacks } from "./grpc-stream.ts";
import type { HeaderMap } from "./header-map.ts";
import type { Cluster } from "./http.ts";

interface Pending {
  readonly stream: GrpcStream;
  /** A call: one message there, one back. */
  readonly unary: boolean;
  /** Of a call: the message, until its status has come. */
  answer: Uint8Array | null;
  localClosed: boolean;
  remoteClosed: boolean;
}

const Grpc = { Internal: 13, Unavailable: 14 } as const;

export class GrpcCalls {
  message: HostBuffer | null = null;
  private initialMetadata: HeaderMap | null = null;
  private trailingMetadata: HeaderMap | null = null;
  private readonly pending = new Map<number, Pending>();
  private readonly root: CallingRoot;
  private readonly vm: ContextHost;

  constructor(root: CallingRoot, vm: ContextHost) {
    this.root = root;
    this.vm = vm;
  }

  call(request: GrpcRequest, message: Uint8Array, timeoutMs: number): Result<number> {
    const opened = this.open(request, true, timeoutMs);
    if ("value" in opened) this.pending.get(opened.value)?.stream.send(message, true);
    return opened;
  }

  stream(request: GrpcRequest): Result<number> {
    return this.open(request, false, null);
  }

  private open(request: GrpcRequest, unary: boolean, timeoutMs: number | null): Result<number> {
    const target = grpcTarget(request.service);
    if (target.kind === "nothing") {
      return this.refuse("the service is a protobuf message that names no cluster (envoy_grpc)");
    }
    const cluster = this.vm.services.cluster(target.cluster);
    if (cluster === undefined && target.kind === "name") return failed(Status.ParseFailure);
    const token = unary ? this.vm.nextGrpcCallId() : this.vm.nextGrpcStreamId();
    if (cluster === undefined) {
      this.vm.whenIdle(() => this.tellClose(token, Grpc.Unavailable, "Cluster not available"));
      return failed(Status.InternalFailure);
    }
    if (!cluster.hasHosts) return this.refuse(`cluster ${cluster.name} has no hosts`);
    this.begin(token, unary, cluster, request, timeoutMs);
    return ok(token);
  }

  /** Envoy 1.40.0 crashes where this is called: a filter that gets here needs mending. */
  private refuse(why: string): Result<number> {
    this.vm.services.log.fromGateway("critical", `gRPC call refused, Envoy crashes on it: ${why}`);
    return failed(Status.InternalFailure);
  }

  private begin(
    token: number,
    unary: boolean,
    cluster: Cluster,
    request: GrpcRequest,
    timeoutMs: number | null,
  ): void {
    const callbacks = unary ? this.ofCall(token) : this.ofStream(token);
    const stream = new GrpcStream(callbacks, this.vm.services.clock);
    const state = { answer: null, localClosed: false, remoteClosed: false };
    this.pending.set(token, { stream, unary, ...state });
    stream.open(cluster, request, timeoutMs);
  }

  /** Of a call only its outcome is told: its message, or its failure. */
  private ofCall(token: number): GrpcStreamCallbacks {
    const pending = (): Pending | undefined => this.pending.get(token);
    return {
      onInitialMetadata: () => {},
      onMessage: (message) => {
        const call = pending();
        if (call !== undefined) call.answer = message;
      },
      onTrailingMetadata: () => {},
      onClose: (status, text) =>
        this.vm.whenIdle(() => {
          const answer = pending()?.answer ?? null;
          if (status !== 0) this.onClose(token, status, text);
          else if (answer === null) this.onClose(token, Grpc.Internal, "");
          else this.onMessage(token, answer);
        }),
    };
  }

  private ofStream(token: number): GrpcStreamCallbacks {
    return {
      onInitialMetadata: (headers) =>
        this.vm.whenIdle(() => this.onInitialMetadata(token, headers)),
      onMessage: (message) => this.vm.whenIdle(() => this.onMessage(token, message)),
      onTrailingMetadata: (all) => this.vm.whenIdle(() => this.onTrailingMetadata(token, all)),
      onClose: (status, text) => this.vm.whenIdle(() => this.onClose(token, status, text)),
    };
  }

  private onInitialMetadata(token: number, headers: HeaderMap): void {
    if (!this.pending.has(token)) return;
    this.initialMetadata = headers;
    this.tell("proxy_on_grpc_receive_initial_metadata", token, headers.size);
    this.initialMetadata = null;
  }

  private onMessage(token: number, message: Uint8Array): void {
    const pending = this.pending.get(token);
    if (pending === undefined) return;
    this.message = new ConstantBuffer(message);
    this.vm.addAfterCall(() => {
      this.message = null;
      if (pending.unary) this.pending.delete(token);
    });
    this.tell("proxy_on_grpc_receive", token, message.length);
  }

  private onTrailingMetadata(token: number, trailers: HeaderMap): void {
    if (!this.pending.has(token)) return;
    this.trailingMetadata = trailers;
    this.tell("proxy_on_grpc_receive_trailing_metadata", token, trailers.size);
    this.trailingMetadata = null;
  }

  private onClose(token: number, status: number, message: string): void {
    const pending = this.pending.get(token);
    if (pending === undefined) return;
    pending.remoteClosed = true;
    this.vm.addAfterCall(() => {
      // A stream whose filter has not closed its side keeps its token.
      if (pending.unary || pending.localClosed) this.pending.delete(token);
    });
    this.tellClose(token, status, message);
  }

  private tellClose(token: number, status: number, message: string): void {
    this.root.setStatus(status, message);
    this.vm.addAfterCall(() => this.root.setStatus(status, ""));
    this.tell("proxy_on_grpc_close", token, status);
  }

  private tell(callback: string, token: number, value: number): void {
    this.vm.callback(() => this.vm.guest.call(this.root, callback, this.root.id, token, value));
  }

  send(token: number, message: Uint8Array, endStream: boolean): Status {
    if ((token & 3) !== 2) return Status.BadArgument;
    const pending = this.pending.get(token);
    if (pending === undefined) return Status.NotFound;
    pending.stream.send(message, endStream);
    return Status.Ok;
  }

  cancel(token: number): Status {
    return this.finish(token, (pending) => {
      this.pending.delete(token);
      pending.stream.cancel();
    });
  }

  /** A call is cancelled; of a stream only this side is closed. */
  close(token: number): Status {
    return this.finish(token, (pending) => {
      if (pending.unary) pending.stream.cancel();
      else pending.stream.closeLocal();
      if (pending.unary || pending.remoteClosed) this.pending.delete(token);
      else pending.localClosed = true;
    });
  }

  private finish(token: number, apply: (pending: Pending) => void): Status {
    if ((token & 3) !== 1 && (token & 3) !== 2) return Status.BadArgument;
    const pending = this.pending.get(token);
    if (pending === undefined) return Status.NotFound;
    apply(pending);
    return Status.Ok;
  }

  /** Calls and streams whose tokens the guest may still use. */
  get pendingCount(): number {
    return this.pending.size;
  }

  cancelAll(): void {
    for (const { stream } of this.pending.values()) stream.cancel();
    this.pending.clear();
  }

  readableMap(type: number): HeaderMap | null {
    if (type === MapType.GrpcCallInitialMetadata) return this.initialMetadata;
    if (type === MapType.GrpcCallTrailingMetadata) return this.trailingMetadata;
    return null;
  }
}
