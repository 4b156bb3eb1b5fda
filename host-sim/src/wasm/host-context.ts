/**
 * What does the host core ask of whoever gives hostcalls their meaning? The counterpart of cpp-host's ContextInterface:
 * hostcalls do the pointer work and call this; nothing in here knows of guest memory. Strings have one char a byte.
 */
import type { SimulatorError } from "./errors.ts";
import type { Status } from "./abi.ts";
import type { Pair } from "./pairs.ts";

/** A value, or the status that tells why there is none. */
export type Result<T> = { readonly value: T } | { readonly status: Status };

export const ok = <T>(value: T): Result<T> => ({ value });
export const failed = (status: Status): { readonly status: Status } => ({ status });

/** A buffer that a guest may read, and perhaps change. */
export interface HostBuffer {
  readonly size: number;
  copyOut(start: number, length: number, target: Uint8Array): void;
  /** As `proxy_set_buffer_bytes`; `data` is a copy that the buffer may keep. */
  replace(start: number, length: number, data: Uint8Array): Status;
}

export interface HttpCallRequest {
  readonly cluster: string;
  readonly headers: Pair[];
  readonly body: Uint8Array;
  readonly trailers: Pair[];
  readonly timeoutMs: number;
}

export interface GrpcRequest {
  /** Name of a cluster, or a serialized `envoy.config.core.v3.GrpcService`. */
  readonly service: Uint8Array;
  readonly serviceName: string;
  readonly methodName: string;
  readonly initialMetadata: Pair[];
}

export interface HostContext {
  readonly id: number;
  /** Itself, if it is a root context. */
  readonly root: HostContext;

  log(level: number, message: string): Status;
  logLevel(): number;
  currentTimeNanoseconds(): bigint;
  monotonicTimeNanoseconds(): bigint;
  setTickPeriod(milliseconds: number): Status;
  done(): Status;
  configuration(): Uint8Array;
  status(): { readonly code: number; readonly message: string };

  getProperty(path: string): Result<Uint8Array>;
  setProperty(path: string, value: Uint8Array): Status;
  getBuffer(type: number): HostBuffer | null;

  getHeaderMapValue(type: number, name: string): Result<string>;
  getHeaderMapPairs(type: number): readonly (readonly [string, string])[];
  getHeaderMapSize(type: number): Result<number>;
  setHeaderMapPairs(type: number, pairs: Pair[]): Status;
  addHeaderMapValue(type: number, name: string, value: string): Status;
  replaceHeaderMapValue(type: number, name: string, value: string): Status;
  removeHeaderMapValue(type: number, name: string): Status;

  continueStream(type: number): Status;
  closeStream(type: number): Status;
  sendLocalResponse(
    code: number,
    details: string,
    body: Uint8Array,
    headers: Pair[],
    grpcStatus: number,
  ): Status;
  clearRouteCache(): Status;

  httpCall(request: HttpCallRequest): Result<number>;
  grpcCall(request: GrpcRequest, message: Uint8Array, timeoutMs: number): Result<number>;
  grpcStream(request: GrpcRequest): Result<number>;
  grpcSend(token: number, message: Uint8Array, endStream: boolean): Status;
  grpcCancel(token: number): Status;
  grpcClose(token: number): Status;

  getSharedData(key: string): Result<{ readonly data: Uint8Array; readonly cas: number }>;
  setSharedData(key: string, data: Uint8Array, cas: number): Status;
  registerSharedQueue(name: string): Result<number>;
  resolveSharedQueue(vmId: string, name: string): Result<number>;
  dequeueSharedQueue(token: number): Result<Uint8Array>;
  enqueueSharedQueue(token: number, data: Uint8Array): Status;

  defineMetric(type: number, name: string): Result<number>;
  incrementMetric(id: number, offset: bigint): Status;
  recordMetric(id: number, value: bigint): Status;
  getMetric(id: number): Result<bigint>;

  /** `null` if no function has this name. */
  callForeignFunction(
    name: string,
    args: Uint8Array,
  ): { readonly status: Status; readonly result: Uint8Array | null } | null;
}

/** Whoever runs a VM. */
export interface VmEmbedder {
  /** Calls that belong to no root and no stream, such as allocation. */
  readonly vmContext: HostContext;
  context(id: number): HostContext | undefined;
  /** The VM failed: it must not be called again. */
  onFailure(message: string): void;
  /** The guest did what kills Envoy's process. */
  onCrash(error: SimulatorError): void;
  /** There is no room on the stack for another call. */
  stackExhausted?(): boolean;
  readonly environment: ReadonlyMap<string, string>;
}
