/** How is the compiled policy run, as fast as can be? One instance of the module; its hostcalls go to whoever plays the host. */
import { Find } from "../find.ts";

export type Hostcall = (...args: never[]) => number;
/** The functions of a host by their names in the ABI. */
export type Hostcalls = Readonly<Record<string, Hostcall>>;

type Callback = (...args: number[]) => number | undefined;
const PAGE = 65_536;
/** Hostcalls that say nothing to a reader. */
const QUIET = new Set([
  "proxy_define_metric",
  "proxy_get_current_time_nanoseconds",
  "proxy_get_log_level",
]);

export class Vm {
  hostcalls: Hostcalls = {};
  bytes: Uint8Array = new Uint8Array();
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Callbacks so far. */
  calls = 0;
  /** Of the next context, and the next token: never used twice in one VM. */
  nextId = 1;
  nextToken = 1;
  /** How often randomness was asked for. */
  entropy = 0;
  /** Hears of each callback and each hostcall, for people who want to understand a find. */
  trace: ((line: string) => void) | null = null;
  readonly #exports: Readonly<Record<string, Callback>>;
  readonly #memory: WebAssembly.Memory;

  constructor(module: WebAssembly.Module) {
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      const room = (imports[from] ??= {});
      room[name] = (...args: never[]) => this.#answer(name, args);
    }
    const { exports } = new WebAssembly.Instance(module, imports);
    this.#exports = exports as Record<string, Callback>;
    this.#memory = exports.memory as WebAssembly.Memory;
    this.refresh();
  }

  get pages(): number {
    return this.#memory.buffer.byteLength / PAGE;
  }

  /** Calls an export. A trap is a find. */
  call(name: string, ...args: number[]): number {
    this.calls++;
    const callback = this.#exports[name];
    if (callback === undefined) return 0;
    this.trace?.(`${name}(${args.join(", ")})`);
    try {
      const result = Number(callback(...args) ?? 0);
      this.trace?.(`${name} → ${result}`);
      return result;
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) {
        throw new Find("trap", `${name}(${args.join(", ")}): ${error.message}`);
      }
      throw error;
    }
  }

  /** To be called before memory is looked at: it may have grown. */
  refresh(): void {
    if (this.bytes.buffer === this.#memory.buffer) return;
    this.bytes = new Uint8Array(this.#memory.buffer);
    this.view = new DataView(this.#memory.buffer);
  }

  /** A copy of the guest's bytes. */
  read(at: number, size: number): Uint8Array {
    this.refresh();
    if ((at >>> 0) + (size >>> 0) > this.bytes.length) {
      throw new Find("out of bounds", `the policy gave ${size} bytes at ${at}`);
    }
    return this.bytes.slice(at >>> 0, (at >>> 0) + (size >>> 0));
  }

  text(at: number, size: number): string {
    return Buffer.from(this.read(at, size).buffer).toString("latin1");
  }

  setU32(at: number, value: number): void {
    this.refresh();
    this.view.setUint32(at, value, true);
  }

  /** Writes bytes as a result, into memory of the guest's own allocator. A host that has none writes nothing, as Envoy. */
  give(bytes: Uint8Array, returnData: number, returnSize: number): void {
    this.trace?.(`        ${Buffer.from(bytes.subarray(0, 100)).toString("hex")}`);
    if (bytes.length === 0) return;
    const at = Number(this.#exports.proxy_on_memory_allocate!(bytes.length)) >>> 0;
    if (at === 0) throw new Find("no memory", `for ${bytes.length} bytes of the host`);
    this.refresh();
    if (at + bytes.length > this.bytes.length) throw new Find("out of bounds", "room for the host");
    this.bytes.set(bytes, at);
    this.view.setUint32(returnData, at, true);
    this.view.setUint32(returnSize, bytes.length, true);
  }

  #answer(name: string, args: never[]): number {
    const hostcall = this.hostcalls[name];
    if (hostcall === undefined)
      throw new Error(`test/fuzz/host does not know the hostcall ${name}`);
    const result = hostcall(...args);
    if (this.trace !== null && !QUIET.has(name))
      this.trace(`    ${name}(${args.join(", ")}) → ${result}`);
    return result;
  }
}
