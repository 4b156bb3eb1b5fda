/**
 * What does the policy do for one request, in numbers? A host with fixed inputs plays whole requests to a module that counts its
 * own work, and counts what crosses the border.
 */
import { COUNTERS } from "./instrument.ts";

export type Headers = readonly (readonly [string, string])[];

export const BufferType = {
  RequestBody: 0,
  ResponseBody: 1,
  CallBody: 4,
  GrpcMessage: 5,
  Configuration: 7,
};
export const MapType = { Request: 0, Response: 2, CallResponse: 6 };

export interface Call {
  readonly token: number;
  readonly body: Buffer;
  /** Our side of a stream is closed: the node closes its own. */
  readonly ends?: boolean;
  /** An HTTP call, not a message of a stream. */
  readonly isHttp?: boolean;
}

const OK = 0;
const NOT_FOUND = 1;
const ROOT = 1;

type Callback = (...args: number[]) => number;

export class CountingHost {
  /** Set by whoever plays a request, before the callback in which they are read. */
  readonly buffers = new Map<number, Uint8Array>();
  readonly maps = new Map<number, Uint8Array>();
  /** Serialized values by path, its segments joined by dots. */
  readonly properties = new Map<string, Uint8Array>();
  /** What `proxy_http_call`, or `proxy_grpc_send`, was given; the newest last. */
  calls: Call[] = [];
  /** Streams that were let go on. */
  continued = 0;
  readonly hostcalls = new Map<string, number>();
  /** Bytes that the host has written into the module and read from it. */
  crossed = 0;
  callbacks = 0;
  /** Of instructions, in one callback: a pause of the gateway's worker. */
  longest = 0;
  readonly #exports: Record<string, Callback>;
  readonly #memory: WebAssembly.Memory;
  #tokens = 0;
  /** The module's shared queue, once it has one, and whether something was put into it. */
  #queue = 0;
  #isRung = false;
  /** Nanoseconds; goes on by a fixed step with each look at it. */
  #time = 1_700_000_000_000_000_000n;

  constructor(wasm: Uint8Array) {
    const module = new WebAssembly.Module(wasm);
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      imports[from] ??= {};
      imports[from][name] = (...args: (number | bigint)[]) =>
        this.#hostcall(name, args.map(Number));
    }
    const { exports } = new WebAssembly.Instance(module, imports);
    this.#exports = exports as Record<string, Callback>;
    this.#memory = exports.memory as WebAssembly.Memory;
  }

  configure(configuration: object): void {
    const json = Buffer.from(JSON.stringify(configuration));
    this.buffers.set(BufferType.Configuration, json);
    this.call("proxy_on_context_create", ROOT, 0);
    this.call("proxy_on_vm_start", ROOT, 0);
    if (this.call("proxy_on_configure", ROOT, json.length) !== 1) {
      throw new Error("the policy refuses the benchmark's configuration");
    }
  }

  /** A callback of a stream, or of the plugin (`onRoot`). */
  call(name: string, ...args: number[]): number {
    this.callbacks++;
    const before = this.counter(COUNTERS[0]);
    const result = Number(this.#exports[name]!(...args) ?? 0);
    this.longest = Math.max(this.longest, this.counter(COUNTERS[0]) - before);
    return result;
  }

  onRoot(name: string, ...args: number[]): number {
    return this.call(name, ROOT, ...args);
  }

  /** The gateway's next turn: what was put into the queue is announced. */
  turn(): void {
    while (this.#isRung) {
      this.#isRung = false;
      this.onRoot("proxy_on_queue_ready", this.#queue);
    }
  }

  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Of `COUNTERS`, or of what else the instrumented module exports. */
  counter(name: string): number {
    return Number((this.#exports[name] as unknown as { value: bigint }).value);
  }

  counters(): Record<(typeof COUNTERS)[number], number> {
    const entries = COUNTERS.map((name) => [name, this.counter(name)]);
    return Object.fromEntries(entries) as Record<(typeof COUNTERS)[number], number>;
  }

  #hostcall(name: string, args: number[]): number {
    this.hostcalls.set(name, (this.hostcalls.get(name) ?? 0) + 1);
    return this.#hostcalls[name]?.(args) ?? OK;
  }

  readonly #hostcalls: Record<string, (args: number[]) => number> = {
    // Nothing below warnings is wanted, as in a gateway at rest.
    proxy_get_log_level: ([at]) => this.#setU32(at!, 3),
    proxy_get_current_time_nanoseconds: ([at]) => {
      this.#time += 1_000_000n;
      this.#view.setBigUint64(at!, this.#time, true);
      return OK;
    },
    random_get: ([at, size]) => {
      const bytes = new Uint8Array(this.#memory.buffer, at, size);
      for (let i = 0; i < size!; i++) bytes[i] = (i * 31 + this.#tokens) & 0xff;
      return OK;
    },
    proxy_get_property: ([at, size, data, length]) => {
      const path = this.#read(at!, size!).toString().replaceAll("\0", ".");
      const value = this.properties.get(path.replace(/\.$/, ""));
      return value === undefined ? NOT_FOUND : this.#give(value, data!, length!);
    },
    proxy_set_property: ([, pathSize, , size]) => {
      this.crossed += pathSize! + size!;
      return OK;
    },
    proxy_get_buffer_bytes: ([type, start, most, data, size]) => {
      const bytes = this.buffers.get(type!)?.subarray(start, start! + most!);
      return bytes === undefined ? NOT_FOUND : this.#give(bytes, data!, size!);
    },
    proxy_get_header_map_pairs: ([type, data, size]) => {
      const bytes = this.maps.get(type!);
      return bytes === undefined ? NOT_FOUND : this.#give(bytes, data!, size!);
    },
    proxy_http_call: (args) => {
      this.crossed += args[3]!;
      return this.#called(args[4]!, args[5]!, args[9]);
    },
    proxy_grpc_stream: (args) => this.#setU32(args[8]!, ++this.#tokens),
    proxy_grpc_send: ([token, at, size]) => {
      this.calls.push({ token: token!, body: this.#read(at!, size!) });
      return OK;
    },
    proxy_grpc_close: ([token]) => {
      this.calls.push({ token: token!, body: Buffer.alloc(0), ends: true });
      return OK;
    },
    // Nobody has found anything about a node yet.
    proxy_get_shared_data: () => NOT_FOUND,
    proxy_register_shared_queue: ([, , at]) => {
      this.#queue = ++this.#tokens;
      return this.#setU32(at!, this.#queue);
    },
    proxy_enqueue_shared_queue: () => {
      this.#isRung = true;
      return OK;
    },
    proxy_define_metric: ([, , , at]) => this.#setU32(at!, ++this.#tokens),
    proxy_continue_stream: () => {
      this.continued++;
      return OK;
    },
    proxy_call_foreign_function: () => NOT_FOUND,
  };

  #called(at: number, size: number, returnToken?: number): number {
    this.calls.push({ token: ++this.#tokens, body: this.#read(at, size), isHttp: true });
    return this.#setU32(returnToken!, this.#tokens);
  }

  get #view(): DataView {
    return new DataView(this.#memory.buffer);
  }

  #setU32(at: number, value: number): number {
    this.#view.setUint32(at, value, true);
    return OK;
  }

  #read(at: number, size: number): Buffer {
    this.crossed += size;
    return Buffer.from(new Uint8Array(this.#memory.buffer).slice(at, at + size));
  }

  #give(bytes: Uint8Array, returnData: number, returnSize: number): number {
    if (bytes.length === 0) return OK;
    this.crossed += bytes.length;
    const at = this.call("proxy_on_memory_allocate", bytes.length);
    new Uint8Array(this.#memory.buffer).set(bytes, at);
    this.#setU32(returnData, at);
    return this.#setU32(returnSize, bytes.length);
  }
}
