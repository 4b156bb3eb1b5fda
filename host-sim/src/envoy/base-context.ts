/**
 * What can every context be asked about properties, buffers and headers? What only a root or a stream can do is refused here
 * as Envoy refuses it on a context without it.
 */
import { BufferType, MapType, Status, StreamType } from "../wasm/abi.ts";
import {
  failed,
  ok,
  type GrpcRequest,
  type HostBuffer,
  type HostContext,
  type HttpCallRequest,
  type Result,
} from "../wasm/host-context.ts";
import type { Pair } from "../wasm/pairs.ts";
import { findProperty } from "./attributes/find-property.ts";
import type { AttributeScope } from "./attributes/scope.ts";
import { ConstantBuffer } from "./body-buffer.ts";
import type { HeaderMap } from "./header-map.ts";
import { SharedHostcalls } from "./shared-hostcalls.ts";

export abstract class BaseContext extends SharedHostcalls implements HostContext {
  abstract override readonly root: BaseContext;
  protected abstract readonly attributeScope: AttributeScope;

  configuration(): Uint8Array {
    return this.configuring ?? this.vm.vmConfig;
  }

  status(): { readonly code: number; readonly message: string } {
    return { code: 0, message: "" };
  }

  /** The plugin's configuration, while it may be read. */
  protected configuring: Uint8Array | null = null;

  // Properties

  getProperty(path: string): Result<Uint8Array> {
    return findProperty(this.attributeScope, path);
  }

  setProperty(path: string, value: Uint8Array): Status {
    const { info } = this.attributeScope;
    if (info === null) return Status.NotFound;
    info.filterState.set(`wasm.${path}`, value);
    return Status.Ok;
  }

  // Buffers and header maps

  getBuffer(type: number): HostBuffer | null {
    switch (type) {
      case BufferType.VmConfiguration:
        return new ConstantBuffer(this.vm.vmConfig);
      case BufferType.PluginConfiguration:
        return this.configuring === null ? null : new ConstantBuffer(this.configuring);
      case BufferType.HttpCallResponseBody:
      case BufferType.GrpcCallMessage:
        return this.root.getBuffer(type);
      case BufferType.CallData:
        return new ConstantBuffer(new Uint8Array(0));
      case BufferType.HttpRequestBody:
      case BufferType.HttpResponseBody:
      case BufferType.DownstreamData:
      case BufferType.UpstreamData:
        return new ConstantBuffer(new Uint8Array(0));
      default:
        return null;
    }
  }

  /** A map that may be changed now. */
  protected mutableMap(_type: number): HeaderMap | null {
    return null;
  }

  /** A map that may be read now. */
  readableMap(type: number): HeaderMap | null {
    return type >= MapType.GrpcCallInitialMetadata && this.root !== this
      ? this.root.readableMap(type)
      : null;
  }

  /** While logging, a map that does not exist is empty rather than out of reach. */
  protected get logging(): boolean {
    return false;
  }

  getHeaderMapValue(type: number, name: string): Result<string> {
    const map = this.readableMap(type);
    if (map === null && !this.logging) return failed(Status.BadArgument);
    const value = map?.getFirst(name);
    if (value !== undefined) return ok(value);
    // ABI 0.1.0 does not tell an empty value and none apart.
    return this.vm.guest.abi === "0.1.0" ? ok("") : failed(Status.NotFound);
  }

  getHeaderMapPairs(type: number): readonly (readonly [string, string])[] {
    return this.readableMap(type)?.entries ?? [];
  }

  getHeaderMapSize(type: number): Result<number> {
    const map = this.mutableMap(type);
    return map === null ? failed(Status.BadArgument) : ok(map.byteSize);
  }

  setHeaderMapPairs(type: number, pairs: Pair[]): Status {
    return this.change(type, (map) => {
      map.clear();
      for (const [name, value] of pairs) map.add(name, value);
    });
  }

  addHeaderMapValue(type: number, name: string, value: string): Status {
    return this.change(type, (map) => map.add(name, value));
  }

  replaceHeaderMapValue(type: number, name: string, value: string): Status {
    return this.change(type, (map) => map.replace(name, value));
  }

  removeHeaderMapValue(type: number, name: string): Status {
    return this.change(type, (map) => map.remove(name));
  }

  private change(type: number, apply: (map: HeaderMap) => void): Status {
    const map = this.mutableMap(type);
    if (map === null) return Status.BadArgument;
    apply(map);
    return Status.Ok;
  }

  // Streams: a context that has none does nothing, and says so to nobody

  continueStream(type: number): Status {
    return type === StreamType.Upstream ? Status.Unimplemented : Status.Ok;
  }

  closeStream(_type: number): Status {
    return Status.Ok;
  }

  sendLocalResponse(
    _code: number,
    _details: string,
    _body: Uint8Array,
    _headers: Pair[],
    _grpcStatus: number,
  ): Status {
    return Status.Ok;
  }

  clearRouteCache(): Status {
    return Status.Ok;
  }

  // Only a root context has them

  setTickPeriod(_milliseconds: number): Status {
    return Status.Ok;
  }

  done(): Status {
    return Status.NotFound;
  }

  httpCall(_request: HttpCallRequest): Result<number> {
    return failed(Status.InternalFailure);
  }

  grpcCall(_request: GrpcRequest, _message: Uint8Array, _timeoutMs: number): Result<number> {
    return failed(Status.InternalFailure);
  }

  grpcStream(_request: GrpcRequest): Result<number> {
    return failed(Status.InternalFailure);
  }

  grpcSend(_token: number, _message: Uint8Array, _endStream: boolean): Status {
    return Status.NotFound;
  }

  grpcCancel(_token: number): Status {
    return Status.NotFound;
  }

  grpcClose(_token: number): Status {
    return Status.NotFound;
  }
}
