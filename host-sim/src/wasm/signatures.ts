/** Which types must a guest's callbacks have? Those of the ABI; any other is refused, as Envoy does. */
import type { AbiVersion } from "./abi.ts";
import { errorCodes, SimulatorError } from "./errors.ts";
import type { ProxyWasmModule } from "./module.ts";

const typeNames: Record<string, string> = { i: "i32", I: "i64", f: "f32", F: "f64" };

/** `"ii>i"` as `(i32, i32) -> (i32)`. */
export function readableType(type: string): string {
  const [params = "", results = ""] = type.split(">");
  const list = (text: string): string => [...text].map((each) => typeNames[each] ?? "?").join(", ");
  return `(${list(params)}) -> (${list(results)})`;
}

const callbackTypes: Readonly<Record<string, string>> = {
  _initialize: ">",
  _start: ">",
  main: "ii>i",
  __main_void: ">i",
  malloc: "i>i",
  proxy_on_memory_allocate: "i>i",
  proxy_validate_configuration: "ii>i",
  proxy_on_vm_start: "ii>i",
  proxy_on_configure: "ii>i",
  proxy_on_tick: "i>",
  proxy_on_context_create: "ii>",
  proxy_on_request_body: "iii>i",
  proxy_on_request_trailers: "ii>i",
  proxy_on_response_body: "iii>i",
  proxy_on_response_trailers: "ii>i",
  proxy_on_http_call_response: "iiiii>",
  proxy_on_grpc_receive: "iii>",
  proxy_on_grpc_close: "iii>",
  proxy_on_grpc_receive_initial_metadata: "iii>",
  proxy_on_grpc_receive_trailing_metadata: "iii>",
  proxy_on_queue_ready: "ii>",
  proxy_on_done: "i>i",
  proxy_on_log: "i>",
  proxy_on_delete: "i>",
};

const laterCallbackTypes = {
  proxy_on_request_headers: "iii>i",
  proxy_on_response_headers: "iii>i",
  proxy_on_foreign_function: "iii>",
};
const earlyCallbackTypes = { proxy_on_request_headers: "ii>i", proxy_on_response_headers: "ii>i" };

function typesOf(abi: AbiVersion): Readonly<Record<string, string>> {
  return { ...callbackTypes, ...(abi === "0.1.0" ? earlyCallbackTypes : laterCallbackTypes) };
}

export function checkExports(module: ProxyWasmModule, name: string): void {
  if (!module.exports.has("malloc") && !module.exports.has("proxy_on_memory_allocate")) {
    throw new SimulatorError(
      errorCodes.missingExport,
      `${name} exports no allocator: proxy_on_memory_allocate or malloc`,
    );
  }
  for (const [callback, wanted] of Object.entries(typesOf(module.abi))) {
    const found = module.functions?.exports.get(callback);
    if (found === undefined || found === wanted || !isUsed(callback, module)) continue;
    throw new SimulatorError(
      errorCodes.exportMismatch,
      `${name} exports ${callback} as ${readableType(found)}, but ABI ${module.abi} has ${readableType(wanted)}`,
    );
  }
}

/** `main` counts in a reactor only, `_start` only where there is no `_initialize`. */
function isUsed(callback: string, module: ProxyWasmModule): boolean {
  const reactor = module.exports.has("_initialize");
  if (callback === "main" || callback === "__main_void") return reactor;
  if (callback === "_start") return !reactor;
  if (callback === "proxy_on_memory_allocate") return !module.exports.has("malloc");
  return true;
}
