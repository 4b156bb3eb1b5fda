/**
 * What does the policy answer to each callback, whatever a host does? A host that does as the test says, also what no real
 * one does: it gives no headers, refuses a call, forgets a stream.
 */
import { randomFillSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { decodeMessages } from "./node/messages.ts";
import type { Message } from "./node/messages.ts";
import { verdictOn, verdicts } from "./node/replies.ts";
import type { Reply } from "./node/replies.ts";
import type { Headers } from "./http1-reader.ts";
import { POLICY_WASM } from "./scene.ts";
import { ScriptedBody } from "./scripted-body.ts";
import { serializedPairs } from "./serialized-pairs.ts";

/** As the ABI numbers them. */
export const Status = {
  Ok: 0,
  NotFound: 1,
  BadArgument: 2,
  Empty: 7,
  InternalFailure: 10,
} as const;
export const HeadersStatus = { Continue: 0, StopIteration: 1, StopAllAndWatermark: 4 } as const;
export const DataStatus = {
  Continue: 0,
  StopAndBuffer: 1,
  StopAndWatermark: 2,
  StopNoBuffer: 3,
} as const;

const BufferType = {
  RequestBody: 0,
  ResponseBody: 1,
  CallBody: 4,
  GrpcMessage: 5,
  PluginConfiguration: 7,
} as const;
const MapType = { CallResponseHeaders: 6 } as const;
const ROOT = 1;
/** As proxy_log numbers its levels. */
const ERROR = 4;

/** A call to the node: its first message, and all of them. A health check of gRPC has none. */
export interface ScriptedCall {
  readonly token: number;
  readonly message: Message;
  readonly messages: readonly Message[];
}

type Callback = (...args: number[]) => number;
const REQUEST = 0;

const NODES_OWN: readonly (readonly [string, string])[] = [
  [":status", "200"],
  ["x-wallarm-node", "1"],
  ["x-envoy-upstream-service-time", "1"],
];
/** What Envoy says in the place of a node that does not listen. */
const NOBODY_LISTENS =
  "upstream connect error or disconnect/reset before headers. reset reason: connection failure";

export class ScriptedHost {
  /** What the next hostcalls of this name return, if not Ok. */
  readonly statuses: Record<string, number> = {};
  readonly calls: ScriptedCall[] = [];
  /** Tokens of calls that ask whether a node is alive: they are in no other list, and answered only by `answerProbe`. */
  readonly probes: number[] = [];
  readonly localResponses: number[] = [];
  readonly lines: string[] = [];
  /** By name, its path with dots. */
  readonly properties: Record<string, string> = {};
  /** What all workers share, by key. */
  readonly shared = new Map<string, Buffer>();
  /** Lines at level error or above. */
  readonly errors: string[] = [];
  /** Counters by name. */
  readonly metrics: Record<string, number> = {};
  /** Nanoseconds since the epoch. */
  now = 1_795_376_400_000_000_000n;
  /** Milliseconds; 0: none. */
  tickPeriod = 0;
  /** Streams of gRPC that the host has in its table, by token: how many messages were sent on each. */
  readonly grpcStreams = new Map<number, number>();
  /** All that was sent on any of them. */
  readonly grpcMessages: Uint8Array[] = [];
  /** Of these, those on which the policy has ended its own side. */
  readonly grpcClosed = new Set<number>();
  /** What was called for a stream that the policy or the peer had ended. */
  readonly grpcStrays: string[] = [];
  /** Names of hostcalls that act on a stream, in order. */
  readonly acts: string[] = [];
  /** Headers of requests that were set while they were held. */
  readonly replaced: [name: string, value: string][] = [];
  /** Where the next hostcalls of streams act. */
  #effective = ROOT;
  readonly #bodies = new Map<number, ScriptedBody>();
  /** Items in shared queues, by the queue's id. */
  readonly #queues: number[] = [];
  /** Queues are announced in the gateway's next turn: after each callback, unless a test has a look in between. */
  holdsTurns = false;
  #headers: Headers = [];
  #callHeaders: Headers = [];
  readonly #buffers = new Map<number, Uint8Array>();
  readonly #exports: Record<string, Callback>;
  readonly #memory: WebAssembly.Memory;
  #streams = ROOT;
  #httpCalls = 0;
  #grpcOpened = 0;
  readonly #metricNames: string[] = [];

  constructor() {
    const module = new WebAssembly.Module(readFileSync(POLICY_WASM));
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {
      env: {},
      wasi_snapshot_preview1: {},
    };
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      imports[from]![name] = (...args: number[]) => this.#hostcall(name, args);
    }
    const { exports } = new WebAssembly.Instance(module, imports);
    this.#exports = exports as Record<string, Callback>;
    this.#memory = exports.memory as WebAssembly.Memory;
  }

  /** Starts the VM and gives the policy its configuration; what `proxy_on_configure` returned. */
  configure(config: object): number {
    const json = Buffer.from(JSON.stringify({ wallarm_node: "http://node:5050", ...config }));
    this.#buffers.set(BufferType.PluginConfiguration, json);
    this.call("proxy_on_context_create", ROOT, 0);
    this.call("proxy_on_vm_start", ROOT, 0);
    return this.call("proxy_on_configure", ROOT, json.length);
  }

  /** Calls an export of the module. */
  call(name: string, ...args: number[]): number {
    const callback = this.#exports[name];
    if (callback === undefined) throw new Error(`the policy does not export ${name}`);
    if (name === "proxy_on_memory_allocate") return Number(callback(...args));
    this.#effective = args[0]!;
    return Number(callback(...args) ?? 0);
  }

  /** The gateway's next turn: what was put into queues is announced. */
  turn(): void {
    while (this.#queues.some((items) => items > 0)) {
      const queue = this.#queues.findIndex((items) => items > 0);
      const before = this.#queues[queue]!;
      this.call("proxy_on_queue_ready", ROOT, queue);
      if (this.#queues[queue]! >= before) throw new Error("an item stays in its queue");
    }
  }

  #endCallback<Result>(result: Result): Result {
    if (!this.holdsTurns) this.turn();
    return result;
  }

  /** Of a request. */
  body(stream: number): ScriptedBody {
    const found = this.#bodies.get(stream) ?? new ScriptedBody();
    this.#bodies.set(stream, found);
    return found;
  }

  /** Id of a new stream. */
  stream(): number {
    this.call("proxy_on_context_create", ++this.#streams, ROOT);
    return this.#streams;
  }

  requestHeaders(stream: number, endOfStream: boolean, method = "GET", more: Headers = []): number {
    this.#headers = [
      [":method", method],
      [":path", "/"],
      [":authority", "a"],
      [":scheme", "http"],
      ...more,
    ];
    const count = this.#headers.length;
    return this.#endCallback(
      this.call("proxy_on_request_headers", stream, count, Number(endOfStream)),
    );
  }

  requestBody(stream: number, body: string | Uint8Array, endOfStream: boolean): number {
    const buffer = this.body(stream);
    const size = buffer.begin(typeof body === "string" ? Buffer.from(body) : body);
    const answer = this.call("proxy_on_request_body", stream, size, Number(endOfStream));
    buffer.end(answer);
    return this.#endCallback(answer);
  }

  requestTrailers(stream: number): number {
    this.#headers = [["x-sum", "1"]];
    const answer = this.call("proxy_on_request_trailers", stream, 1);
    if (answer === HeadersStatus.Continue) this.body(stream).releaseIfStopped();
    return this.#endCallback(answer);
  }

  /** Headers, body and trailers of a response: what the three callbacks returned. */
  response(stream: number, content = "hello"): number[] {
    this.#headers = [[":status", "200"]];
    const headers = this.call("proxy_on_response_headers", stream, 1, 0);
    this.#buffers.set(BufferType.ResponseBody, Buffer.from(content));
    const body = this.call("proxy_on_response_body", stream, content.length, 0);
    return this.#endCallback([headers, body, this.call("proxy_on_response_trailers", stream, 1)]);
  }

  /** The node's answer to the call that was made last, or to another. */
  verdict(action: string, call = this.calls.at(-1)): void {
    this.reply(verdicts(verdictOn(call.message, action)), call);
  }

  /** An answer over HTTP, as the node or something in its place gives it. */
  reply(reply: Reply, call = this.calls.at(-1)): void {
    if (reply.kind !== "http") throw new Error("only answers over HTTP are scripted");
    const node: Headers = reply.node === false ? [] : [["x-wallarm-node", "1"]];
    this.#callHeaders = [[":status", String(reply.status)], ...node];
    this.#buffers.set(BufferType.CallBody, reply.body);
    this.#answer(call.token, this.#callHeaders.length, reply.body.length);
  }

  /** The call has failed: the host has neither headers nor a body. */
  fail(call = this.calls.at(-1)): void {
    this.#answer(call.token, 0, 0);
  }

  /** Nobody listens where the call went: the host says so in the node's place. */
  refuse(call = this.calls.at(-1)): void {
    this.#callHeaders = [[":status", "503"]];
    this.#buffers.set(BufferType.CallBody, Buffer.from(NOBODY_LISTENS));
    this.#answer(call.token, this.#callHeaders.length, NOBODY_LISTENS.length);
  }

  #answer(token: number, headers: number, body: number): void {
    this.#endCallback(this.call("proxy_on_http_call_response", ROOT, token, headers, body, 0));
  }

  /** The oldest probe that is under way is answered by the node, or by nobody. */
  answerProbe(lives: boolean): void {
    const token = this.probes.shift();
    if (token === undefined) throw new Error("nobody asks whether a node is alive");
    this.#callHeaders = lives ? NODES_OWN : [[":status", "503"]];
    const body = Buffer.from(lives ? "" : NOBODY_LISTENS);
    this.#buffers.set(BufferType.CallBody, body);
    this.#answer(token, this.#callHeaders.length, body.length);
  }

  /** Each probe that is under way, and those that follow, have no answer: no node is there. */
  loseProbes(): void {
    while (this.probes.length > 0) this.answerProbe(false);
  }

  /** A message on a stream of gRPC: the one that was opened last, or another. */
  grpcMessage(hex: string, token = this.grpcToken): void {
    const bytes = Buffer.from(hex, "hex");
    this.#buffers.set(BufferType.GrpcMessage, bytes);
    this.#endCallback(this.call("proxy_on_grpc_receive", ROOT, token, bytes.length));
  }

  /** The peer has ended it. As in Envoy it stays in the table for as long as the policy has not ended its own side. */
  grpcClose(status: number, token = this.grpcToken): void {
    if (this.grpcStreams.has(token)) {
      this.#endCallback(this.call("proxy_on_grpc_close", ROOT, token, status));
    }
    if (this.grpcClosed.delete(token)) this.grpcStreams.delete(token);
  }

  /** Of the stream that was opened last. */
  get grpcToken(): number {
    return this.#grpcOpened * 4 + 2;
  }

  /** The client is served, or gone. */
  endOfStream(stream: number): void {
    for (const name of ["done", "delete"]) this.call(`proxy_on_${name}`, stream);
    this.#bodies.delete(stream);
  }

  /** Size of the module's linear memory. */
  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  done(): number {
    return this.call("proxy_on_done", ROOT);
  }

  tick(): void {
    this.#endCallback(this.call("proxy_on_tick", ROOT));
  }

  #hostcall(name: string, args: number[]): number {
    const status = this.statuses[name];
    if (status !== undefined) return status;
    const hostcall = this.#hostcalls[name];
    return hostcall === undefined ? Status.Ok : hostcall(args);
  }

  readonly #hostcalls: Record<string, (args: number[]) => number> = {
    proxy_log: ([level, at, size]) => {
      const text = Buffer.from(this.#bytes(at!, size!)).toString();
      this.lines.push(text);
      if (level! >= ERROR) this.errors.push(text);
      return Status.Ok;
    },
    proxy_get_property: ([at, length, data, size]) => {
      const path = Buffer.from(this.#bytes(at!, length!)).toString().replaceAll("\0", ".");
      const name = path.replace(/\.$/, "");
      // What the gateway knows of a connection it knows in the context of a stream alone.
      const isReachable = this.#effective !== ROOT || !name.startsWith("source.");
      const value = isReachable ? this.properties[name] : undefined;
      return value === undefined ? Status.NotFound : this.#give(Buffer.from(value), data!, size!);
    },
    proxy_call_foreign_function: () => Status.NotFound,
    proxy_get_buffer_bytes: ([type, start, most, data, size]) => {
      const bytes = this.#buffer(type!)?.subarray(start, start! + most!);
      return bytes === undefined ? Status.NotFound : this.#give(bytes, data!, size!);
    },
    proxy_get_buffer_status: ([type, size]) => {
      const bytes = this.#buffer(type!);
      if (bytes !== undefined) this.#view.setUint32(size!, bytes.length, true);
      return bytes === undefined ? Status.NotFound : Status.Ok;
    },
    proxy_set_buffer_bytes: ([type, start, length, at, size]) => {
      if (type !== BufferType.RequestBody) return Status.BadArgument;
      const body = this.body(this.#effective);
      const bytes = this.#bytes(at!, size!);
      return body.set(start! >>> 0, length! >>> 0, bytes) ? Status.Ok : Status.BadArgument;
    },
    proxy_set_effective_context: ([id]) => {
      this.#effective = id!;
      return Status.Ok;
    },
    proxy_replace_header_map_value: ([, name, nameSize, value, size]) => {
      const [key, text] = [this.#bytes(name!, nameSize!), this.#bytes(value!, size!)];
      this.replaced.push([Buffer.from(key).toString(), Buffer.from(text).toString()]);
      return Status.Ok;
    },
    proxy_register_shared_queue: ([, , id]) => {
      this.#view.setUint32(id!, this.#queues.push(0) - 1, true);
      return Status.Ok;
    },
    proxy_enqueue_shared_queue: ([queue]) => {
      this.#queues[queue!]!++;
      return Status.Ok;
    },
    proxy_dequeue_shared_queue: ([queue, data, size]) => {
      if (this.#queues[queue!] === 0) return Status.Empty;
      this.#queues[queue!]!--;
      return this.#give(Buffer.alloc(1), data!, size!);
    },
    proxy_get_shared_data: ([key, length, data, size]) => {
      const value = this.shared.get(Buffer.from(this.#bytes(key!, length!)).toString());
      return value === undefined ? Status.NotFound : this.#give(value, data!, size!);
    },
    proxy_set_shared_data: ([key, length, value, size]) => {
      const bytes = Buffer.from(this.#bytes(value!, size!));
      this.shared.set(Buffer.from(this.#bytes(key!, length!)).toString(), bytes);
      return Status.Ok;
    },
    proxy_get_header_map_pairs: ([type, data, size]) => {
      const headers = type === MapType.CallResponseHeaders ? this.#callHeaders : this.#headers;
      return this.#give(serializedPairs(headers), data!, size!);
    },
    proxy_http_call: (args) => {
      const token = ++this.#httpCalls;
      this.#view.setUint32(args[9]!, token, true);
      const isHealthCheck = !Buffer.from(this.#bytes(args[2]!, args[3]!)).includes("/messages");
      const messages = isHealthCheck ? [] : decodeMessages(this.#bytes(args[4]!, args[5]!));
      const [message] = messages;
      if (message === undefined || message.type === "probe") this.probes.push(token);
      else this.calls.push({ token, message, messages });
      return Status.Ok;
    },
    proxy_grpc_stream: (args) => {
      this.#grpcOpened++;
      this.grpcStreams.set(this.grpcToken, 0);
      this.#view.setUint32(args[8]!, this.grpcToken, true);
      return Status.Ok;
    },
    proxy_grpc_send: ([token, message, size]) => {
      this.grpcMessages.push(this.#bytes(message!, size!));
      const sent = this.grpcStreams.get(token!);
      if (sent === undefined || this.grpcClosed.has(token!)) return this.#stray("send");
      this.grpcStreams.set(token!, sent + 1);
      return Status.Ok;
    },
    proxy_grpc_close: ([token]) => {
      const isOpen = this.grpcStreams.has(token!) && !this.grpcClosed.has(token!);
      if (!isOpen) return this.#stray("close");
      this.grpcClosed.add(token!);
      return Status.Ok;
    },
    proxy_grpc_cancel: ([token]) => {
      this.grpcClosed.delete(token!);
      return this.grpcStreams.delete(token!) ? Status.Ok : this.#stray("cancel");
    },
    proxy_get_current_time_nanoseconds: ([at]) => {
      this.#view.setBigUint64(at!, this.now, true);
      return Status.Ok;
    },
    random_get: ([at, size]) => {
      randomFillSync(new Uint8Array(this.#memory.buffer, at, size));
      return Status.Ok;
    },
    proxy_set_tick_period_milliseconds: ([period]) => {
      this.tickPeriod = period!;
      return Status.Ok;
    },
    proxy_define_metric: ([, at, size, id]) => {
      this.#metricNames.push(Buffer.from(this.#bytes(at!, size!)).toString());
      this.#view.setUint32(id!, this.#metricNames.length, true);
      return Status.Ok;
    },
    proxy_increment_metric: ([id, by]) => {
      const name = this.#metricNames[id! - 1]!.replace(/^wallarm\.api\.[^.]*\./, "");
      this.metrics[name] = (this.metrics[name] ?? 0) + Number(by);
      return Status.Ok;
    },
    proxy_send_local_response: ([status]) => {
      this.localResponses.push(status!);
      return Status.Ok;
    },
    proxy_continue_stream: ([type]) => {
      if (type === REQUEST) this.body(this.#effective).release();
      return this.#act("continue");
    },
    proxy_close_stream: () => this.#act("close"),
    proxy_done: () => this.#act("done"),
  };

  #buffer(type: number): Uint8Array | undefined {
    if (type !== BufferType.RequestBody) return this.#buffers.get(type);
    return this.body(this.#effective).bytes;
  }

  #stray(name: string): number {
    this.grpcStrays.push(name);
    return Status.NotFound;
  }

  #act(name: string): number {
    this.acts.push(name);
    return Status.Ok;
  }

  get #view(): DataView {
    return new DataView(this.#memory.buffer);
  }

  #bytes(at: number, size: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer).slice(at, at + size);
  }

  /** Hands over memory of the guest's own allocator, as the ABI has it. */
  #give(bytes: Uint8Array, returnData: number, returnSize: number): number {
    if (bytes.length === 0) return Status.Ok;
    const at = this.call("proxy_on_memory_allocate", bytes.length);
    new Uint8Array(this.#memory.buffer).set(bytes, at);
    this.#view.setUint32(returnData, at, true);
    this.#view.setUint32(returnSize, bytes.length, true);
    return Status.Ok;
  }
}
