/**
 * How does a policy of an API become a filter of the proxy? The agent runs its module first, to learn which services it
 * needs and whether headers are to be held; what it refuses is no gateway's state.
 */
import { createHash } from "node:crypto";
import type { FilterOptions } from "../../envoy/plugin-chain.ts";
import { loadModule, type ProxyWasmModule } from "../../wasm/module.ts";
import { hasFlexAbi, runAgentPhase, type AgentFindings } from "../agent-phase.ts";
import { ConfigurationError } from "../documents/problems.ts";
import { findRule } from "../documents/read-rules.ts";
import type { ApiModel, ExtensionModel, PolicyModel } from "../model/gateway-model.ts";
import { pathBehind } from "./api-routes.ts";

export interface PolicyFilter {
  readonly options: FilterOptions;
  readonly findings: AgentFindings | undefined;
}

export interface AgentSettings {
  readonly flexVersion: string;
  readonly env: ReadonlyMap<string, string>;
}

const NO_BYTES = new Uint8Array(0);

export class PolicyFilters {
  readonly #settings: AgentSettings;
  readonly #tell: (policy: PolicyModel, findings: AgentFindings) => void;
  #modules = new Map<string, Promise<ProxyWasmModule>>();
  #findings = new Map<string, AgentFindings>();

  /** `tell` hears of each run of the agent. */
  constructor(
    settings: AgentSettings,
    tell: (policy: PolicyModel, findings: AgentFindings) => void,
  ) {
    this.#settings = settings;
    this.#tell = tell;
  }

  /** Rejects with a SimulatorError or a ConfigurationError. */
  async create(api: ApiModel, policy: PolicyModel): Promise<PolicyFilter> {
    const { extension } = policy;
    const module = await this.#load(extension);
    const config = Buffer.from(JSON.stringify(policy.config), "utf8");
    const findings = hasFlexAbi(module) ? this.#ask(module, policy, config) : undefined;
    const { basePath } = api.address;
    const options: FilterOptions = {
      module,
      wasm: extension.wasm,
      wasmName: `the policy ${policy.namespace}/${policy.name} (${policy.where})`,
      name: `${policy.name}.${policy.namespace}.${api.id}`,
      rootId: extension.rootId,
      vmId: "",
      vmConfig: NO_BYTES,
      config,
      failurePolicy: "FAIL_CLOSED",
      allowOnHeadersStopIteration: findings?.stopIteration ?? false,
      environment: this.#settings.env,
      applies: (headers) =>
        findRule(policy.rules, headers, pathBehind(basePath, headers)) !== undefined,
    };
    return { options, findings };
  }

  /** The same bytes are compiled once. */
  #load({ digest, wasm, name }: ExtensionModel): Promise<ProxyWasmModule> {
    let module = this.#modules.get(digest);
    if (module === undefined) {
      module = loadModule(wasm, `the module of Extension ${name}`);
      module.catch(() => this.#modules.delete(digest));
      this.#modules.set(digest, module);
    }
    return module;
  }

  #ask(module: ProxyWasmModule, policy: PolicyModel, configuration: Uint8Array): AgentFindings {
    const { name: policyName, namespace } = policy;
    const key = createHash("sha256")
      .update([policy.extension.digest, policyName, namespace, ""].join("\0"))
      .update(configuration)
      .digest("hex");
    let findings = this.#findings.get(key);
    if (findings === undefined) {
      const request = { policyName, namespace, configuration, ...this.#settings };
      findings = runAgentPhase(module, request);
      this.#tell(policy, findings);
      if (!findings.ok) throw new ConfigurationError([refusal(policy, findings)]);
      this.#findings.set(key, findings);
    }
    return findings;
  }

  /** Keeps what the policies in use need. */
  forgetOthers(policies: readonly PolicyModel[]): void {
    const wanted = new Set(policies.map(({ extension }) => extension.digest));
    this.#modules = new Map([...this.#modules].filter(([digest]) => wanted.has(digest)));
    if (this.#findings.size > 10 * policies.length + 100) this.#findings.clear();
  }
}

function refusal({ namespace, name, where }: PolicyModel, { logs }: AgentFindings): string {
  const last = logs.findLast(({ level }) => level === "error" || level === "critical");
  const said = last === undefined ? "" : `: ${last.message.split("\n", 1)[0]}`;
  return `${where}: policy ${namespace}/${name}: flex_on_policy_initialize failed${said}`;
}
