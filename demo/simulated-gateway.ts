/** How does the demo run the policy in `host-sim serve`? */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DemoProcess } from "./child-process.ts";
import { HOST_SIM, POLICY } from "./files.ts";
import { PLUGIN_NAME, ROOT_ID } from "./gateway.ts";
import type { DemoGateway, PolicyConfig, Surroundings } from "./gateway.ts";

export class SimulatedGateway implements DemoGateway {
  #url = "";
  readonly #surroundings: Surroundings;
  readonly #configFile: string;
  #process: DemoProcess | undefined;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#configFile = join(surroundings.directory, "policy.json");
  }

  get url(): string {
    return this.#url;
  }

  async start(): Promise<void> {
    this.#write({});
    this.#process = new DemoProcess("gateway", process.execPath, [
      ...[HOST_SIM, "serve", "--wasm", POLICY, "--plugin-config", this.#configFile],
      ...["--plugin-name", PLUGIN_NAME, "--root-id", ROOT_ID],
      // The agent's phase makes the node's cluster, as on a Flex Gateway.
      ...["--flex", "auto", "--allow-on-headers-stop-iteration", "--drain-time", "1"],
      ...["--listen", "127.0.0.1:0", "--upstream", this.#surroundings.api.url],
    ]);
    this.#url = (await this.#process.saw(/^listening on (\S+)/))[1]!;
  }

  async configure(config: PolicyConfig): Promise<void> {
    const gateway = this.#process!;
    const before = gateway.lines.length;
    this.#write(config);
    gateway.signal("SIGHUP");
    const [line] = await gateway.saw(/.*configuration was (not )?replaced.*/, before);
    if (line.includes("was not replaced")) throw new Error(`gateway: ${line}`);
  }

  policyLog(): readonly string[] {
    return (this.#process?.lines ?? []).flatMap((line) => {
      const at = line.indexOf("[policy: ");
      return at < 0 ? [] : [line.slice(at)];
    });
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  #write(config: PolicyConfig): void {
    const { node } = this.#surroundings;
    writeFileSync(this.#configFile, JSON.stringify({ wallarm_node: node.url, ...config }));
  }
}
