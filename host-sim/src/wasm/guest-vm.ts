/**
 * How is a guest run? One instance of a module: start, calls into it, allocation inside it, and which context a hostcall
 * belongs to. A trap fails the VM for good, as in Envoy; it never becomes an exception of the caller.
 */
import { errorCodes, SimulatorError } from "./errors.ts";
import type { CallingGuest } from "./calling-guest.ts";
import { GuestMemory } from "./guest-memory.ts";
import type { HostContext, VmEmbedder } from "./host-context.ts";
import { allowedInAllocation, allowedInStart } from "./restricted-calls.ts";
import { linkImports } from "./linking.ts";
import type { ProxyWasmModule } from "./module.ts";
import { checkExports } from "./signatures.ts";
import { trapMessage } from "./trap-message.ts";

type Callable = (...args: number[]) => number | undefined;

/** As Envoy tells V8 (cpp-host: limits.h). */
const maxBacktraceFrames = 20;

export class GuestVm implements CallingGuest {
  readonly embedder: VmEmbedder;
  memory!: GuestMemory;
  failed = false;
  stopIteration = false;
  restriction: ReadonlySet<string> | null = null;
  current: HostContext | null = null;
  effectiveId = 0;
  private readonly exports = new Map<string, Callable>();
  private readonly moduleInfo: ProxyWasmModule;

  constructor(module: ProxyWasmModule, name: string, embedder: VmEmbedder) {
    this.moduleInfo = module;
    this.embedder = embedder;
    checkExports(module, name);
    this.instantiate(linkImports(module, name, this));
  }

  private instantiate(imports: WebAssembly.Imports): void {
    try {
      this.bind(new WebAssembly.Instance(this.moduleInfo.module, imports));
    } catch (error) {
      if (error instanceof SimulatorError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new SimulatorError(
        errorCodes.startFailed,
        `the module can't be instantiated: ${reason}`,
      );
    }
  }

  private bind(instance: WebAssembly.Instance): void {
    for (const [name, value] of Object.entries(instance.exports)) {
      if (typeof value === "function") this.exports.set(name, value as Callable);
      else if (value instanceof WebAssembly.Memory) this.memory ??= new GuestMemory(value);
    }
  }

  get abi(): ProxyWasmModule["abi"] {
    return this.moduleInfo.abi;
  }

  has(name: string): boolean {
    return this.exports.has(name);
  }

  /** Runs the module's own initialization: a reactor's `_initialize` and `main`, or a command's `_start`. */
  start(): void {
    const context = this.embedder.vmContext;
    this.restriction = allowedInStart;
    if (this.has("_initialize")) {
      this.call(context, "_initialize");
      if (this.has("main")) this.call(context, "main", 0, 0);
      else if (this.has("__main_void")) this.call(context, "__main_void");
    } else if (this.has("_start")) {
      this.call(context, "_start");
    }
    this.restriction = null;
  }

  /** Calls an export; 0 if there is none, if the VM has failed or fails now. */
  call(context: HostContext, name: string, ...args: number[]): number {
    const callee = this.exports.get(name);
    if (callee === undefined || this.failed) return 0;
    const { current, effectiveId } = this;
    this.current = context;
    this.effectiveId = 0;
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = maxBacktraceFrames;
    try {
      if (this.embedder.stackExhausted?.() === true) {
        throw new RangeError("Maximum call stack size exceeded");
      }
      return (callee(...args) ?? 0) >>> 0;
    } catch (error) {
      this.fail(trapMessage(name, error, this.moduleInfo.named));
      if (error instanceof SimulatorError && error.code === errorCodes.hostCrash) {
        this.embedder.onCrash(error);
      }
      return 0;
    } finally {
      this.current = current;
      this.effectiveId = effectiveId;
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  private fail(message: string): void {
    this.stop();
    this.embedder.onFailure(message);
  }

  /** Nothing is called any more. */
  stop(): void {
    this.failed = true;
    this.restriction = null;
  }

  context(): HostContext {
    const running = this.current ?? this.embedder.vmContext;
    if (this.effectiveId === 0) return running;
    return this.embedder.context(this.effectiveId) ?? running;
  }

  allocate(size: number): number {
    const outer = this.restriction;
    this.restriction = allowedInAllocation;
    const allocator = this.has("malloc") ? "malloc" : "proxy_on_memory_allocate";
    const pointer = this.call(this.embedder.vmContext, allocator, size);
    this.restriction = outer;
    return pointer + size > this.memory.size ? 0 : pointer;
  }

  handOver(bytes: Uint8Array, pointerAt: number, sizeAt: number): boolean {
    return this.handOverBy(bytes.length, (target) => target.set(bytes), pointerAt, sizeAt);
  }

  handOverBy(
    size: number,
    fill: (target: Uint8Array) => void,
    pointerAt: number,
    sizeAt: number,
  ): boolean {
    let pointer = 0;
    if (size > 0) {
      pointer = this.allocate(size);
      const target = pointer === 0 ? null : this.memory.bytes(pointer, size);
      if (target === null) return false;
      fill(target);
    }
    return this.memory.writeU32(pointerAt, pointer) && this.memory.writeU32(sizeAt, size);
  }
}
