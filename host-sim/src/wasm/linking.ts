/** What does the host give to a module? Every import is looked up by name and type; one that is unknown is refused by name. */
import type { AbiVersion } from "./abi.ts";
import { errorCodes, SimulatorError } from "./errors.ts";
import type { CallingGuest } from "./calling-guest.ts";
import type { Hostcall, HostcallTable } from "./hostcall.ts";
import { envCalls, wasiModules } from "./hostcalls/all.ts";
import { wasiCalls } from "./hostcalls/wasi.ts";
import type { ProxyWasmModule } from "./module.ts";
import { readableType } from "./signatures.ts";
import { GuestTrap } from "./trap-message.ts";

export function linkImports(
  module: ProxyWasmModule,
  name: string,
  vm: CallingGuest,
): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const wanted of WebAssembly.Module.imports(module.module)) {
    const call = find(wanted, module.abi);
    if (call === undefined) {
      throw new SimulatorError(
        errorCodes.unknownImport,
        `${name} imports ${wanted.module}.${wanted.name} (${shortKind(wanted.kind)}), which no proxy-wasm host of ABI ${module.abi} has`,
      );
    }
    compareTypes(`${wanted.module}.${wanted.name}`, call, module, name);
    (imports[wanted.module] ??= {})[wanted.name] = bind(
      vm,
      `${wanted.module}.${wanted.name}`,
      call,
    );
  }
  return imports;
}

function find(wanted: WebAssembly.ModuleImportDescriptor, abi: AbiVersion): Hostcall | undefined {
  if (wanted.kind !== "function") return undefined;
  const table: HostcallTable | undefined =
    wanted.module === "env" ? envCalls : wasiModules.has(wanted.module) ? wasiCalls : undefined;
  if (table === undefined || !Object.hasOwn(table, wanted.name)) return undefined;
  const call = table[wanted.name];
  return call?.abi === undefined || call.abi.includes(abi) ? call : undefined;
}

function shortKind(kind: string): string {
  return kind === "function" ? "func" : kind;
}

function compareTypes(key: string, call: Hostcall, module: ProxyWasmModule, name: string): void {
  const wanted = module.functions?.imports.get(key);
  if (wanted === undefined || wanted === call.type) return;
  throw new SimulatorError(
    errorCodes.importMismatch,
    `${name} imports ${key} as ${readableType(wanted)}, but the host has ${readableType(call.type)}`,
  );
}

function bind(vm: CallingGuest, key: string, call: Hostcall): (...args: unknown[]) => unknown {
  const run = call.run as (vm: CallingGuest, ...args: unknown[]) => unknown;
  return (...args) => {
    if (vm.restriction !== null && !vm.restriction.has(key)) {
      throw new GuestTrap("restricted_callback");
    }
    for (let i = 0; i < args.length; i++) {
      const arg = args[i];
      if (typeof arg === "number") args[i] = arg >>> 0;
    }
    return run(vm, ...args);
  };
}
