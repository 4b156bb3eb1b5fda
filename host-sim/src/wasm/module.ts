/** Is this file a proxy-wasm module, and of which ABI? Compiles it, and refuses by name what no host could run. */
import { abiVersions, type AbiVersion } from "./abi.ts";
import { errorCodes, SimulatorError } from "./errors.ts";
import { readModuleFunctions, type ModuleFunctions } from "./module-binary.ts";

export interface ProxyWasmModule {
  readonly module: WebAssembly.Module;
  readonly abi: AbiVersion;
  /** `null`: types unknown, nothing is compared. */
  readonly functions: ModuleFunctions | null;
  readonly exports: ReadonlySet<string>;
  /** It tells the names of its functions. */
  readonly named: boolean;
}

export async function loadModule(bytes: Uint8Array, name: string): Promise<ProxyWasmModule> {
  const module = await compile(bytes, name);
  const exported = WebAssembly.Module.exports(module);
  const exports = new Set(
    exported.filter((each) => each.kind === "function").map((each) => each.name),
  );
  const abi = abiVersions.find((each) => exports.has(abiExport(each)));
  if (abi === undefined)
    throw new SimulatorError(errorCodes.notProxyWasm, notProxyWasm(name, exports));
  if (!exported.some((each) => each.kind === "memory")) {
    throw new SimulatorError(errorCodes.missingExport, `${name} exports no memory`);
  }
  const named = WebAssembly.Module.customSections(module, "name").length > 0;
  return { module, abi, functions: readModuleFunctions(bytes), exports, named };
}

async function compile(bytes: Uint8Array, name: string): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    const reason =
      error instanceof Error ? error.message.replace(/^WebAssembly\.\w+\(\): /, "") : "";
    throw new SimulatorError(errorCodes.notWasm, `${name} is not a WebAssembly module: ${reason}`);
  }
}

function abiExport(version: AbiVersion): string {
  return `proxy_abi_version_${version.replaceAll(".", "_")}`;
}

function notProxyWasm(name: string, exports: ReadonlySet<string>): string {
  const other = [...exports].find((each) => each.startsWith("proxy_abi_version_"));
  const found = other === undefined ? "exports no proxy_abi_version_*" : `exports ${other}`;
  return `${name} is not a proxy-wasm module: it ${found} (Envoy knows ${abiVersions.map(abiExport).join(", ")})`;
}
