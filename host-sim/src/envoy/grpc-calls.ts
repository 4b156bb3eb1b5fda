/**
 * Which gRPC calls and streams did a root context begin, and what came back? Over the same clusters as HTTP calls; their
 * hosts must speak HTTP/2 or at least trailers (Envoy: Context::grpcCall and grpcStream, Grpc::AsyncClient).
 */
import { MapType, Status } from "../wasm/abi.ts";
import { bytesToLatin1 } from "../wasm/byte-string.ts";
import {
  failed,
  ok,
  type GrpcRequest,
  type HostBuffer,
  type Result,
} from "../wasm/host-context.ts";
import { ConstantBuffer } from "./body-buffer.ts";
import { GrpcStream } from "./grpc-stream.ts";
import { HeaderMap } from "./header-map.ts";
import type { Cluster } from "./http.ts";
import type { RootContext } from "./root-context.ts";
import type { WasmVm } from "./wasm-vm.ts";

interface Pending {
  readonly stream: GrpcStream;
  /** A call: one message there, one back. */
  readonly unary: boolean;
  localClosed: boolean;
}

export class GrpcCalls {
  message: HostBuffer | null = null;
  private initialMetadata: HeaderMap | null = null;
  private trailingMetadata: HeaderMap | null = null;
  private readonly pending = new Map<number, Pending>();
  private readonly root: RootContext;
  private readonly vm: WasmVm;

  constructor(root: RootContext, vm: WasmVm) {
    this.root = root;
    this.vm = vm;
  }

  call(request: GrpcRequest, message: Uint8Array, timeoutMs: number): Result<number> {
    const opened = this.open(request, true, timeoutMs);
    if ("value" in opened) this.pending.get(opened.value)?.stream.send(message, true);
    return opened;
  }

  stream(request: GrpcRequest): Result<number> {
    return this.open(request, false, 0);
  }

  private open(request: GrpcRequest, unary: boolean, timeoutMs: number): Result<number> {
    const cluster = this.cluster(request.service);
    if (cluster === undefined) return failed(Status.ParseFailure);
    if (!cluster.hasHosts) return failed(Status.InternalFailure);
    const token = unary ? this.vm.nextGrpcCallId() : this.vm.nextGrpcStreamId();
    const idle = (action: () => void): void => this.whenIdle(action);
    const stream = new GrpcStream({
      onInitialMetadata: (headers) => idle(() => this.onInitialMetadata(token, headers)),
      onMessage: (message) => idle(() => this.onMessage(token, message)),
      onTrailingMetadata: (trailers) => idle(() => this.onTrailingMetadata(token, trailers)),
      onClose: (status, message) => idle(() => this.onClose(token, status, message)),
    });
    this.pending.set(token, { stream, unary, localClosed: unary });
    stream.open(cluster, request, timeoutMs, this.vm.services.clock);
    return ok(token);
  }

  /** By its name; a serialized GrpcService by the cluster name in its `envoy_grpc`. */
  private cluster(service: Uint8Array): Cluster | undefined {
    const byName = this.vm.services.cluster(bytesToLatin1(service));
    if (byName !== undefined) return byName;
    const name = clusterNameOf(service);
    return name === null ? undefined : this.vm.services.cluster(name);
  }

  private whenIdle(action: () => void): void {
    if (this.vm.guest.current === null) action();
    else this.vm.addAfterCall(() => this.whenIdle(action));
  }

  private onInitialMetadata(token: number, headers: HeaderMap): void {
    // Envoy tells it of streams only.
    if (this.pending.get(token)?.unary !== false) return;
    this.initialMetadata = headers;
    this.tell("proxy_on_grpc_receive_initial_metadata", token, headers.size);
    this.initialMetadata = null;
  }

  private onMessage(token: number, message: Uint8Array): void {
    const pending = this.pending.get(token);
    if (pending === undefined) return;
    if (pending.unary) this.pending.delete(token);
    this.message = new ConstantBuffer(message);
    this.tell("proxy_on_grpc_receive", token, message.length);
    this.message = null;
  }

  private onTrailingMetadata(token: number, trailers: HeaderMap): void {
    if (this.pending.get(token)?.unary !== false) return;
    this.trailingMetadata = trailers;
    this.tell("proxy_on_grpc_receive_trailing_metadata", token, trailers.size);
    this.trailingMetadata = null;
  }

  private onClose(token: number, status: number, message: string): void {
    const pending = this.pending.get(token);
    // A call that got its message is over; only its failure is told.
    if (pending === undefined) return;
    this.pending.delete(token);
    this.root.setStatus(status, message);
    this.tell("proxy_on_grpc_close", token, status);
    this.root.setStatus(status, "");
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
      if (pending.unary) {
        this.pending.delete(token);
        pending.stream.cancel();
      } else {
        pending.localClosed = true;
        pending.stream.closeLocal();
      }
    });
  }

  private finish(token: number, apply: (pending: Pending) => void): Status {
    if ((token & 3) !== 1 && (token & 3) !== 2) return Status.BadArgument;
    const pending = this.pending.get(token);
    if (pending === undefined) return Status.NotFound;
    apply(pending);
    return Status.Ok;
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

/** `GrpcService{envoy_grpc(1): EnvoyGrpc{cluster_name(1)}}`, and nothing before it. */
function clusterNameOf(service: Uint8Array): string | null {
  const [outerTag, , innerTag, size = 0] = service;
  if (outerTag !== 0x0a || innerTag !== 0x0a || size > 0x7f) return null;
  return 4 + size <= service.length ? bytesToLatin1(service.subarray(4, 4 + size)) : null;
}
