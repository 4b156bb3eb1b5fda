/** What is one configured filter, and which others does it share a VM with? */
import { createHash } from "node:crypto";
import { SimulatorError, errorCodes } from "../wasm/errors.ts";
import { loadModule, type ProxyWasmModule } from "../wasm/module.ts";

export const failurePolicies = ["FAIL_CLOSED", "FAIL_OPEN"] as const;
export type FailurePolicy = (typeof failurePolicies)[number];

export interface PluginOptions {
  readonly wasm: Uint8Array;
  /** How the module is called in errors. */
  readonly wasmName: string;
  readonly name: string;
  readonly rootId: string;
  readonly vmId: string;
  readonly vmConfig: Uint8Array;
  readonly config: Uint8Array;
  readonly failurePolicy: FailurePolicy;
  readonly allowOnHeadersStopIteration: boolean;
  readonly environment: ReadonlyMap<string, string>;
  /** Where it has been compiled already. */
  readonly module?: ProxyWasmModule;
}

/** A plugin whose module has been compiled. */
export interface Plugin extends PluginOptions {
  readonly module: ProxyWasmModule;
  /** Plugins with the same vm key share one VM: same vm_id, same VM configuration, same code. */
  readonly vmKey: string;
  /** Tells plugins of one VM apart, and an old configuration from its replacement. */
  readonly key: string;
  /** Begins with a blank, or is empty: `" name root_id vm_id"`. */
  readonly logPrefix: string;
}

export async function preparePlugin(options: PluginOptions): Promise<Plugin> {
  if (!failurePolicies.includes(options.failurePolicy)) {
    throw new SimulatorError(
      errorCodes.badOption,
      `failurePolicy is "${options.failurePolicy}"; allowed are ${failurePolicies.join(", ")}`,
    );
  }
  const module = options.module ?? (await loadModule(options.wasm, options.wasmName));
  return { ...options, module, ...keysOf(options) };
}

/** The same plugin with another configuration; no need to compile again. */
export function withConfiguration(plugin: Plugin, config: Uint8Array): Plugin {
  const options = { ...plugin, config };
  return { ...options, ...keysOf(options) };
}

function keysOf(options: PluginOptions): Pick<Plugin, "vmKey" | "key" | "logPrefix"> {
  const { name, rootId, vmId, vmConfig, config, wasm, failurePolicy } = options;
  const parts = [name, rootId, failurePolicy, String(options.allowOnHeadersStopIteration), config];
  return {
    vmKey: digest([vmId, vmConfig, wasm]),
    key: digest(parts),
    logPrefix: [name, rootId, vmId]
      .filter((each) => each !== "")
      .map((each) => ` ${each}`)
      .join(""),
  };
}

function digest(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(String(part.length)).update("|").update(part);
  return hash.digest("hex");
}
