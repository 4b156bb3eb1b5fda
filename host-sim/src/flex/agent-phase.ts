/**
 * What does a policy need of its gateway? Flex Gateway's agent runs the module once for each binding before any traffic: the
 * policy reads its configuration, asks for services, and may turn on the holding of headers. This is that run.
 */
import { GuestVm } from "../wasm/guest-vm.ts";
import type { ProxyWasmModule } from "../wasm/module.ts";
import { AgentContext } from "./agent-context.ts";
import type { AgentRequest } from "./agent-request.ts";
import type { FlexLog, FlexService, Learned } from "./foreign-functions.ts";

export interface AgentFindings {
  readonly services: readonly FlexService[];
  /** The policy asked for `allow_on_headers_stop_iteration`. */
  readonly stopIteration: boolean;
  readonly logs: readonly FlexLog[];
  /** False: the policy refuses its configuration, or trapped (the reason is the last log). */
  readonly ok: boolean;
}

export const DEFAULT_FLEX_VERSION = "1.12.0";

/** Does the module take part in the agent's phase? */
export function hasFlexAbi(module: ProxyWasmModule): boolean {
  return module.exports.has("flex_abi_version_0_1_0");
}

/** Throws a SimulatorError if the module can't be linked; what the policy itself does wrong is told in `ok` and `logs`. */
export function runAgentPhase(module: ProxyWasmModule, request: AgentRequest): AgentFindings {
  const learned: Learned = { services: [], stopIteration: false, logs: [] };
  const context = new AgentContext(request, learned);
  const vm = new GuestVm(module, request.policyName, {
    vmContext: context,
    context: () => undefined,
    onCrash: () => {},
    onFailure: (message) => learned.logs.push({ level: "critical", message }),
    environment: request.env,
  });
  vm.start();
  const accepted = vm.call(context, "flex_on_policy_initialize");
  return { ...learned, ok: !vm.failed && accepted === 1 };
}
