/** How does a VM start, and a plugin in it; and how is it told that one of them refused? */
import { errorCodes, SimulatorError } from "../wasm/errors.ts";
import type { Log } from "./log.ts";
import type { Plugin } from "./plugin.ts";
import type { RootContext } from "./root-context.ts";
import type { Services } from "./services.ts";
import { WasmVm } from "./wasm-vm.ts";

export function createVm(plugin: Plugin, services: Services): WasmVm {
  const vm = new WasmVm(plugin, services);
  if (!vm.failed) return vm;
  const why = services.log.lines.findLast((line) => line.level === "error")?.message ?? "";
  throw new SimulatorError(
    errorCodes.startFailed,
    `${plugin.wasmName} failed to start: ${firstLine(why)}`,
  );
}

export function startRoot(vm: WasmVm, plugin: Plugin, log: Log): RootContext {
  const { root, refusedBy } = vm.startRoot(plugin);
  if (refusedBy === null) return root;
  vm.forget(root);
  const last = log.lines.findLast((line) => line.level === "error" || line.level === "critical");
  const said = last === undefined ? "" : `: ${firstLine(last.message)}`;
  const [code, callback] =
    refusedBy === "configure"
      ? [errorCodes.configurationRefused, "proxy_on_configure"]
      : [errorCodes.vmStartRefused, "proxy_on_vm_start"];
  throw new SimulatorError(code, `${plugin.wasmName}: ${callback} failed${said}`);
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
