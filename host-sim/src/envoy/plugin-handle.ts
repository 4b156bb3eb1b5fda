/** Who still uses a root context? The chain of new streams, and every stream that began with it (Envoy: PluginHandle). */
import type { FilterCallbacks, StreamFilter } from "./filter.ts";
import { FailedFilter } from "./failed-filter.ts";
import type { Plugin } from "./plugin.ts";
import type { RootContext } from "./root-context.ts";
import { StreamContext } from "./stream-context.ts";
import type { WasmVm } from "./wasm-vm.ts";

export class PluginHandle {
  readonly vm: WasmVm;
  readonly root: RootContext;
  private streams = 0;
  private retired = false;

  constructor(vm: WasmVm, root: RootContext) {
    this.vm = vm;
    this.root = root;
  }

  get plugin(): Plugin {
    return this.root.plugin;
  }

  /** `null`: the VM has failed, and the plugin is skipped then. */
  filterFactory(): ((callbacks: FilterCallbacks) => StreamFilter) | null {
    if (!this.vm.failed) return (callbacks) => this.createContext(callbacks);
    if (this.plugin.failurePolicy === "FAIL_OPEN") return null;
    return (callbacks) => new FailedFilter(callbacks);
  }

  private createContext(callbacks: FilterCallbacks): StreamContext {
    this.streams++;
    return new StreamContext(this.vm, this.root, callbacks, () => this.release());
  }

  private release(): void {
    this.streams--;
    this.shutDownIfUnused();
  }

  /** New streams use another. */
  retire(): void {
    this.retired = true;
    this.shutDownIfUnused();
  }

  private shutDownIfUnused(): void {
    if (this.retired && this.streams === 0) this.vm.shutDown(this.root);
  }
}
