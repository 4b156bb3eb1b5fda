/** What does the Flex agent's phase change for `host-sim serve`? Clusters for the services asked for, and the holding of headers. */
import { hasFlexAbi, runAgentPhase, type AgentFindings } from "../flex/agent-phase.ts";
import { parsePluginName, type PolicyIdentity } from "../flex/policy-identity.ts";
import { authorityOf } from "../flex/service-name.ts";
import { loadModule } from "../wasm/module.ts";
import type { ServeLog } from "./serve-log.ts";
import type { ServeOptions } from "./serve-options.ts";
import { UserError } from "./user-error.ts";

export interface FlexSettings {
  readonly stopIteration: boolean;
  /** By name, as `--cluster` has them. */
  readonly clusters: ReadonlyMap<string, string>;
  /** `filter_metadata` of the listener, by the API's id. */
  readonly listenerMetadata: { readonly [apiId: string]: { readonly context: string } };
}

const NOTHING: FlexSettings = { stopIteration: false, clusters: new Map(), listenerMetadata: {} };

export async function flexSettings(
  options: ServeOptions,
  wasm: Uint8Array,
  configuration: Uint8Array,
  log: ServeLog,
): Promise<FlexSettings> {
  if (options.flex === "off") return NOTHING;
  const module = await loadModule(wasm, options.wasm);
  const identity = parsePluginName(options.pluginName);
  if (!hasFlexAbi(module) || identity === undefined) {
    if (options.flex === "auto") return NOTHING;
    throw new UserError(missing(options, hasFlexAbi(module)));
  }
  const { flexVersion, env } = options;
  const { policyName, policyNamespace: namespace } = identity;
  const found = runAgentPhase(module, { policyName, namespace, configuration, flexVersion, env });
  tell(found, log);
  if (!found.ok)
    throw new UserError(`${options.wasm}: flex_on_policy_initialize failed${lastWord(found)}`);
  return settings(found, identity, options);
}

function missing(options: ServeOptions, hasAbi: boolean): string {
  if (!hasAbi) return `--flex on: ${options.wasm} does not export flex_abi_version_0_1_0`;
  return `--flex on: --plugin-name "${options.pluginName}" must be policy.namespace.apiId`;
}

function settings(
  found: AgentFindings,
  identity: PolicyIdentity,
  options: ServeOptions,
): FlexSettings {
  const { apiId } = identity;
  const { flexVersion } = options;
  const context = JSON.stringify({ api: { id: apiId, name: apiId }, environment: { flexVersion } });
  return {
    stopIteration: found.stopIteration,
    clusters: new Map(found.services.map(({ cluster, uri }) => [cluster, clusterUrl(uri)])),
    listenerMetadata: { [apiId]: { context } },
  };
}

/** A service's path and user info are for the policy; the cluster knows only where it is. */
function clusterUrl(uri: string): string {
  const authority = authorityOf(uri).replace(/^.*@/, "");
  return `${uri.split("://", 1)[0]!.toLowerCase()}://${authority}`;
}

function tell({ logs, services }: AgentFindings, log: ServeLog): void {
  for (const { level, message } of logs) {
    const envoys = level === "warn" ? "warning" : level;
    log.writeNamed("config", envoys, `flex: ${message}`);
  }
  for (const { cluster, uri } of services) {
    log.write("config", "info", `flex: cluster ${cluster} for the service ${uri}`);
  }
}

function lastWord({ logs }: AgentFindings): string {
  const last = logs.findLast(({ level }) => level === "error" || level === "critical");
  return last === undefined ? "" : `: ${last.message.split("\n", 1)[0]}`;
}
