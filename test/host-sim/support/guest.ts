/** How is one hostcall made, with just these arguments? A module of a few lines of text, run by the host core alone. */
import binaryen from "binaryen";
import { GuestVm } from "../../../host-sim/src/wasm/guest-vm.ts";
import type { HostContext } from "../../../host-sim/src/wasm/host-context.ts";
import { loadModule } from "../../../host-sim/src/wasm/module.ts";

const letters: Record<string, string> = { i: "i32", I: "i64" };

export function assemble(wat: string): Uint8Array {
  const module = binaryen.parseText(wat);
  module.setFeatures(binaryen.Features.All);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/** A module of ABI 0.2.1 with one page of memory, an allocator at 4096, and `parts` in it. */
export function guestText(imports: string, parts = "", abi = "0_2_1"): string {
  return `(module ${imports}
    (memory (export "memory") 1)
    (func (export "proxy_abi_version_${abi}"))
    (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 4096))
    ${parts})`;
}

/** Whatever is asked for is there and succeeds: only memory can go wrong. */
export function willing(overrides: Partial<HostContext> = {}): HostContext {
  const value = { value: new Uint8Array(8) };
  const token = { value: 7 };
  const context: HostContext = {
    id: 1,
    get root() {
      return context;
    },
    log: () => 0,
    logLevel: () => 2,
    currentTimeNanoseconds: () => 1n,
    monotonicTimeNanoseconds: () => 2n,
    setTickPeriod: () => 0,
    done: () => 0,
    configuration: () => new Uint8Array(8),
    status: () => ({ code: 0, message: "text" }),
    getProperty: () => value,
    setProperty: () => 0,
    getBuffer: () => ({ size: 8, copyOut: () => {}, replace: () => 0 }),
    getHeaderMapValue: () => ({ value: "text" }),
    getHeaderMapPairs: () => [["a", "b"]],
    getHeaderMapSize: () => token,
    setHeaderMapPairs: () => 0,
    addHeaderMapValue: () => 0,
    replaceHeaderMapValue: () => 0,
    removeHeaderMapValue: () => 0,
    continueStream: () => 0,
    closeStream: () => 0,
    sendLocalResponse: () => 0,
    clearRouteCache: () => 0,
    httpCall: () => token,
    grpcCall: () => token,
    grpcStream: () => token,
    grpcSend: () => 0,
    grpcCancel: () => 0,
    grpcClose: () => 0,
    getSharedData: () => ({ value: { data: new Uint8Array(8), cas: 1 } }),
    setSharedData: () => 0,
    registerSharedQueue: () => token,
    resolveSharedQueue: () => token,
    dequeueSharedQueue: () => value,
    enqueueSharedQueue: () => 0,
    defineMetric: () => token,
    incrementMetric: () => 0,
    recordMetric: () => 0,
    getMetric: () => ({ value: 5n }),
    callForeignFunction: () => ({ status: 0, result: new Uint8Array(8) }),
    ...overrides,
  };
  return context;
}

/** Calls `module.name` with `args`, and gives back what it answered. */
export async function callHost(
  key: string,
  type: string,
  args: readonly (number | bigint)[],
  context: HostContext = willing(),
  environment: ReadonlyMap<string, string> = new Map(),
): Promise<{ status: number; vm: GuestVm; failures: string[] }> {
  const [module = "", name = ""] = key.split(".");
  const [params = "", results = ""] = type.split(">");
  const signature = [...params].map((each) => `(param ${letters[each] ?? ""})`).join(" ");
  const abi = /get_configuration|continue_re|route_cache/.test(name) ? "0_1_0" : "0_2_1";
  const constants = args
    .map((each, i) => `(${letters[params[i] ?? "i"] ?? ""}.const ${each})`)
    .join(" ");
  const call = results === "" ? `(call $f ${constants}) (i32.const 0)` : `(call $f ${constants})`;
  const wat = guestText(
    `(import "${module}" "${name}" (func $f ${signature} ${results === "" ? "" : "(result i32)"}))`,
    `(func (export "run") (result i32) ${call})`,
    abi,
  );
  const failures: string[] = [];
  const vm = new GuestVm(await loadModule(assemble(wat), "guest.wasm"), "guest.wasm", {
    vmContext: context,
    context: (id) => (id === 1 ? context : undefined),
    onCrash: () => {},
    onFailure: (message) => failures.push(message),
    environment,
  });
  return { status: vm.call(context, "run"), vm, failures };
}
