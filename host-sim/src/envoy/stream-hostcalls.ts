/**
 * What may a guest do to its stream? The hostcalls about one HTTP request and its answer: headers, bodies, going on, replies
 * (Envoy: Context, with a stream).
 */
import { BufferType, MapType, Status, StreamType } from "../wasm/abi.ts";
import type { HostBuffer } from "../wasm/host-context.ts";
import type { Pair } from "../wasm/pairs.ts";
import type { AttributeScope } from "./attributes/scope.ts";
import { BaseContext } from "./base-context.ts";
import type { ContextHost } from "./context-host.ts";
import type { FilterCallbacks, LoggedHeaders } from "./filter.ts";
import type { HeaderMap } from "./header-map.ts";
import { stackOf } from "./native-stack.ts";
import { Reach } from "./reach.ts";
import type { RootContext } from "./root-context.ts";

export abstract class StreamHostcalls extends BaseContext {
  readonly id: number;
  readonly root: RootContext;
  protected readonly callbacks: FilterCallbacks;
  protected readonly request: Reach;
  protected readonly response: Reach;
  protected endOfStream = false;
  /** While the guest logs. */
  protected logged: LoggedHeaders | null = null;

  constructor(vm: ContextHost, root: RootContext, callbacks: FilterCallbacks) {
    super(vm, root.plugin);
    this.root = root;
    this.callbacks = callbacks;
    const { log } = this.services;
    this.request = new Reach(callbacks.decoder, "request", log);
    this.response = new Reach(callbacks.encoder, "response", log);
    this.id = vm.register(this);
  }

  protected get logPrefix(): string {
    return this.plugin.logPrefix;
  }

  protected get attributeScope(): AttributeScope {
    const { name, rootId } = this.plugin;
    const { logged } = this;
    return {
      node: this.services.node,
      info: this.callbacks.info,
      requestHeaders: this.request.headers ?? logged?.request ?? null,
      responseHeaders: this.response.headers ?? logged?.response ?? null,
      responseTrailers: this.response.trailers ?? logged?.responseTrailers ?? null,
      pluginName: name,
      rootId,
      vmId: this.vm.vmId,
    };
  }

  protected override get logging(): boolean {
    return this.logged !== null;
  }

  protected override mutableMap(type: number): HeaderMap | null {
    switch (type) {
      case MapType.HttpRequestHeaders:
        return this.request.headers;
      case MapType.HttpResponseHeaders:
        return this.response.headers;
      case MapType.HttpRequestTrailers:
        return this.request.mutableTrailers(this.endOfStream);
      case MapType.HttpResponseTrailers:
        return this.response.mutableTrailers(this.endOfStream);
      default:
        return null;
    }
  }

  override readableMap(type: number): HeaderMap | null {
    const { logged } = this;
    switch (type) {
      case MapType.HttpRequestHeaders:
        return logged === null ? this.request.headers : logged.request;
      case MapType.HttpRequestTrailers:
        return logged === null ? this.request.trailers : null;
      case MapType.HttpResponseHeaders:
        return logged === null ? this.response.headers : logged.response;
      case MapType.HttpResponseTrailers:
        return logged === null ? this.response.trailers : logged.responseTrailers;
      default:
        return this.root.readableMap(type);
    }
  }

  override getBuffer(type: number): HostBuffer | null {
    if (type === BufferType.HttpRequestBody) return this.request.buffer;
    if (type === BufferType.HttpResponseBody) return this.response.buffer;
    return super.getBuffer(type);
  }

  override continueStream(type: number): Status {
    if (type === StreamType.Upstream) return Status.Unimplemented;
    if (type === StreamType.Downstream) return Status.Ok;
    const { decoder, encoder } = this.callbacks;
    const path = type === StreamType.HttpRequest ? decoder : encoder;
    this.vm.addAfterCall(() => path.continueIteration(), stackOf.continue);
    this.request.close();
    return Status.Ok;
  }

  override closeStream(type: number): Status {
    if (type === StreamType.HttpRequest || type === StreamType.HttpResponse) {
      this.callbacks.info.responseCodeDetails ??= "wasm_close_stream";
      this.vm.addAfterCall(() => this.callbacks.resetStream());
    }
    return Status.Ok;
  }

  override sendLocalResponse(
    code: number,
    details: string,
    body: Uint8Array,
    headers: Pair[],
    grpcStatus: number,
  ): Status {
    const reply = {
      code,
      body,
      headers,
      grpcStatus: grpcStatus <= 16 ? grpcStatus : undefined,
      details: details.replaceAll(/\s/g, "_"),
    };
    this.vm.addAfterCall(() => this.callbacks.sendLocalReply(reply), stackOf.reply);
    return Status.Ok;
  }

  override done(): Status {
    return this.root.done();
  }
}
