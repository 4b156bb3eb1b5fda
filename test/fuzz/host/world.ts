/**
 * What is a host to the policy, in one run? Contexts, a clock, ticks, metrics, log lines, calls; what any real host may do and some
 * that only a failing one does. It plays client, node and upstream as it is told, and tells a witness of all that the policy does.
 */
import { Find, require } from "../find.ts";
import { BufferType, MapType, Status } from "./abi.ts";
import { Calls } from "./calls.ts";
import { Exchange, Way, type LocalReply, type Message } from "./exchange.ts";
import { serializePairs, type Pair } from "./pairs.ts";
import type { Vm } from "./vm.ts";
import { SILENT, type Witness } from "./witness.ts";

export interface WorldOptions {
  /** Body callbacks go on while headers are held. */
  readonly holdsHeaders: boolean;
  readonly pluginName: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly logLevel: number;
  /** The host's entropy. */
  readonly randomSeed: number;
  /** A status that a hostcall is to fail with this time, or 0. */
  readonly fault: (hostcall: string) => number;
  /** Is the gateway's next turn, in which queues are announced, only after the next callback? */
  readonly isTurnLate?: () => boolean;
}

export interface Plugin {
  readonly id: number;
  readonly configuration: Uint8Array;
  tickPeriod: number;
  /** on_done said "not yet", and `done` has not been called. */
  isEnding: boolean;
  isDone: boolean;
}

export class World {
  readonly vm: Vm;
  readonly options: WorldOptions;
  now = 1_795_382_985_000_000_000n;
  readonly plugins = new Map<number, Plugin>();
  readonly exchanges = new Map<number, Exchange>();
  readonly calls = new Calls();
  readonly metrics = new Map<string, { id: number; value: bigint; records: number }>();
  readonly metricsById: { value: bigint; records: number }[] = [{ value: 0n, records: 0 }];
  readonly queues: { readonly rootId: number; items: number }[] = [];
  readonly shared = new Map<string, { value: string; cas: number }>();
  /** What hostcalls act on. */
  effective = 0;
  /** The context that was called back; 0 between callbacks. */
  called = 0;
  readonly maps = new Map<number, Uint8Array>();
  readonly buffers = new Map<number, Uint8Array>();
  grpcStatus: { code: number; message: string } = { code: 0, message: "" };

  witness: Witness = SILENT;

  constructor(vm: Vm, options: WorldOptions) {
    this.vm = vm;
    this.options = options;
  }

  /** A plugin with its configuration; null if it was refused. */
  configure(configuration: Uint8Array): Plugin | null {
    const id = this.vm.nextId++;
    const plugin = { id, configuration, tickPeriod: 0, isEnding: false, isDone: false };
    this.plugins.set(id, plugin);
    this.callback("proxy_on_context_create", id, 0);
    this.callback("proxy_on_vm_start", id, 0);
    this.buffers.set(BufferType.Configuration, configuration);
    const isTaken = this.callback("proxy_on_configure", id, configuration.length) === 1;
    this.buffers.clear();
    if (isTaken) return plugin;
    this.remove(plugin);
    return null;
  }

  /** The plugin is to end. It may say "not yet", and tell later that it is done. */
  done(plugin: Plugin): void {
    const isDone = this.callback("proxy_on_done", plugin.id) === 1;
    plugin.isDone = isDone;
    plugin.isEnding = !isDone;
  }

  remove(plugin: Plugin): void {
    this.callback("proxy_on_delete", plugin.id);
    this.plugins.delete(plugin.id);
  }

  open(
    plugin: Plugin,
    init: { mark: string; protocol: string; source: string; request: Message; isKept?: boolean },
  ): Exchange {
    const id = this.vm.nextId++;
    const exchange = new Exchange({ isKept: false, id, rootId: plugin.id, ...init });
    this.exchanges.set(id, exchange);
    this.callback("proxy_on_context_create", id, plugin.id);
    return exchange;
  }

  requestHeaders(exchange: Exchange): void {
    const { request } = exchange;
    exchange.time = this.now;
    request.headCalled = true;
    request.ended =
      request.message.ends &&
      request.message.body.length === 0 &&
      request.message.trailers === null;
    const count = request.message.headers.length;
    this.witness.onHeaders(exchange);
    this.maps.set(MapType.RequestHeaders, serializePairs(request.message.headers));
    const status = this.on(exchange, "proxy_on_request_headers", count, Number(request.ended));
    request.onHeadersStatus(status, this.options.holdsHeaders);
    this.settleRequest(exchange, status);
  }

  requestBody(exchange: Exchange, size: number, endOfStream: boolean): void {
    const { request } = exchange;
    const bytes = request.message.body.subarray(request.seen, request.seen + size);
    const all = request.body!.begin(bytes);
    request.seen += size;
    request.ended = endOfStream;
    const status = this.on(exchange, "proxy_on_request_body", all, Number(endOfStream));
    request.onBodyStatus(status, size);
    this.settleRequest(exchange, status);
  }

  requestTrailers(exchange: Exchange): void {
    const { request } = exchange;
    const trailers = request.message.trailers!;
    request.ended = true;
    request.trailersCalled = true;
    this.maps.set(MapType.RequestTrailers, serializePairs(trailers));
    const status = this.on(exchange, "proxy_on_request_trailers", trailers.length);
    request.onTrailersStatus(status);
    this.settleRequest(exchange, status);
  }

  private settleRequest(exchange: Exchange, status: number): void {
    if (status === 0) this.witness.onOut(exchange);
    this.witness.afterCallback("request");
    this.turn();
  }

  /** Something of this plugin's is announced in the gateway's next turn. */
  isTurnDue(rootId: number): boolean {
    return this.queues.some((queue) => queue.rootId === rootId && queue.items > 0);
  }

  /** What hostcalls see of a buffer now. */
  buffer(type: number): Uint8Array | undefined {
    const exchange = this.exchanges.get(this.effective);
    if (type !== BufferType.RequestBody) return this.buffers.get(type);
    if (exchange === undefined) return undefined;
    try {
      return exchange.request.body!.bytes;
    } catch (error) {
      throw new Find("a buffer touched where Envoy crashes", `${exchange.mark}: ${String(error)}`);
    }
  }

  /** The gateway's next turn: what was put into queues is announced, now or after the next callback. */
  private turn(): void {
    if (this.options.isTurnLate?.() === true) return;
    for (const [id, queue] of this.queues.entries()) {
      for (let round = 0; queue.items > 0; round++) {
        require(round < 100, "a queue without end", () => String(id));
        const before = queue.items;
        if (!this.plugins.has(queue.rootId)) queue.items = 0;
        else this.callback("proxy_on_queue_ready", queue.rootId, id);
        this.witness.afterCallback("queue");
        if (queue.items >= before) queue.items = 0;
      }
    }
  }

  responseHeaders(exchange: Exchange, message: Message): void {
    const way = new Way(message);
    exchange.response = way;
    // Nothing is sent to the API again.
    exchange.request.body!.isKept = false;
    exchange.isResponseOurs = exchange.isAnswered;
    way.headCalled = true;
    way.ended = message.ends && message.body.length === 0 && message.trailers === null;
    this.maps.set(MapType.ResponseHeaders, serializePairs(message.headers));
    const ended = Number(way.ended);
    const status = this.on(exchange, "proxy_on_response_headers", message.headers.length, ended);
    way.onHeadersStatus(status, this.options.holdsHeaders);
    this.witness.afterCallback("response headers");
  }

  responseBody(exchange: Exchange, size: number, endOfStream: boolean): void {
    const way = exchange.response!;
    this.buffers.set(BufferType.ResponseBody, way.message.body.subarray(way.seen, way.seen + size));
    way.seen += size;
    way.ended = endOfStream;
    way.onBodyStatus(this.on(exchange, "proxy_on_response_body", size, Number(endOfStream)), size);
    this.witness.afterCallback("response body");
  }

  responseTrailers(exchange: Exchange): void {
    const way = exchange.response!;
    way.ended = true;
    way.trailersCalled = true;
    this.maps.set(MapType.ResponseTrailers, serializePairs(way.message.trailers!));
    way.onTrailersStatus(
      this.on(exchange, "proxy_on_response_trailers", way.message.trailers!.length),
    );
    this.witness.afterCallback("response trailers");
  }

  /** The stream has ended, or the client has gone. */
  end(exchange: Exchange): void {
    this.callback("proxy_on_log", exchange.id);
    this.callback("proxy_on_done", exchange.id);
    exchange.gone = true;
    this.callback("proxy_on_delete", exchange.id);
    this.exchanges.delete(exchange.id);
    this.witness.afterCallback("end");
  }

  tick(plugin: Plugin): void {
    this.now += 100_000_000n;
    this.calls.tick(plugin.id);
    this.witness.onTick(plugin.id);
    this.callback("proxy_on_tick", plugin.id);
    this.witness.afterCallback("tick");
    this.turn();
  }

  answerHttp(rootId: number, token: number, headers: readonly Pair[], body: Uint8Array): void {
    if (headers.length > 0) this.maps.set(MapType.CallHeaders, serializePairs(headers));
    if (body.length > 0) this.buffers.set(BufferType.CallBody, body);
    this.callback("proxy_on_http_call_response", rootId, token, headers.length, body.length, 0);
    this.clear();
    this.witness.afterCallback("answer");
    this.turn();
  }

  answerGrpc(rootId: number, token: number, message: Uint8Array): void {
    this.buffers.set(BufferType.GrpcMessage, message);
    this.callback("proxy_on_grpc_receive", rootId, token, message.length);
    this.clear();
    this.witness.afterCallback("grpc answer");
    this.turn();
  }

  endGrpc(rootId: number, token: number, code: number, message: string): void {
    this.grpcStatus = { code, message };
    this.callback("proxy_on_grpc_close", rootId, token, code);
    this.witness.afterCallback("grpc close");
    this.turn();
  }

  /** Only those of a stream tell of a request; `path` has zero bytes between its pieces. */
  property(path: string): string | undefined {
    const exchange = this.exchanges.get(this.effective);
    if (exchange !== undefined && path === "request\0protocol") return exchange.protocol;
    if (exchange !== undefined && path === "source\0address") return exchange.source;
    if (path === "plugin_root_id") return "";
    if (path === "plugin_name") return this.options.pluginName;
    return exchange?.properties.get(path) ?? this.options.properties.get(path);
  }

  /** A counter, mixed: two requests never get the same bytes. */
  random(into: Uint8Array): void {
    let state = Math.imul(this.options.randomSeed + ++this.vm.entropy, 0x9e3779b1);
    for (let i = 0; i < into.length; i++) {
      state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + i + this.vm.entropy) | 0;
      into[i] = state >>> 24;
    }
  }

  /** Continue as a hostcall. */
  resume(exchange: Exchange, isResponse: boolean): void {
    const way = isResponse ? exchange.response : exchange.request;
    require(way !== null, "continue without cause", () => `${exchange.mark}: there is no response`);
    way.letGo(true);
    if (!isResponse) this.witness.onOut(exchange);
  }

  reply(exchange: Exchange, reply: LocalReply): void {
    this.witness.onReply(exchange, reply);
    exchange.reply = reply;
  }

  /** Calls back a stream; what it could read is gone afterwards. */
  private on(exchange: Exchange, name: string, ...args: number[]): number {
    const status = this.callback(name, exchange.id, ...args);
    this.clear();
    return status;
  }

  private clear(): void {
    this.maps.clear();
    this.buffers.clear();
  }

  callback(name: string, context: number, ...args: number[]): number {
    this.called = context;
    this.effective = context;
    const result = this.vm.call(name, context, ...args);
    this.called = 0;
    this.effective = 0;
    return result;
  }

  /** A status other than Ok is remembered as the host's fault. */
  fault(hostcall: string): number {
    const status = this.options.fault(hostcall);
    if (status !== Status.Ok) {
      const isAboutOthers = hostcall === "proxy_set_effective_context";
      const exchange = isAboutOthers ? null : (this.exchanges.get(this.effective) ?? null);
      this.witness.onHostFailure(exchange, hostcall);
    }
    return status;
  }
}
