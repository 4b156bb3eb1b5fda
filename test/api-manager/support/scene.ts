/** A business group with APIs and published versions of the policy, in the stand-in for Anypoint, and a project that works on it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { exchangeSchema } from "../../../anypoint/src/definition/exchange-schema.ts";
import { readDefinition } from "../../../anypoint/src/definition/gcl.ts";
import {
  definitionMetadata,
  implementationMetadata,
} from "../../../anypoint/src/definition/metadata.ts";
import {
  createAnypoint,
  ROOT_GROUP,
  SANDBOX,
  type Anypoint,
} from "../../../host-sim/src/anypoint/index.ts";
import { PlatformClient } from "../../anypoint/platform-client.ts";
import { emptyModule } from "../../anypoint/policy-files.ts";
import {
  buildTool,
  createWorkshop,
  ROOT,
  USER,
  type Ended,
  type Workshop,
} from "../../publish/support/workshop.ts";

export const RELEASE = "wallarm-custom-policy";
export const DEVELOPMENT = "wallarm-custom-policy-dev";
export const CONFIGURATION = { wallarm_node: "http://node.example:5050", wallarm_mode: "async" };

/** As API Manager shows it. */
export interface Policy {
  readonly id: number;
  readonly assetId: string;
  readonly assetVersion: string;
  readonly configurationData: Record<string, unknown>;
  readonly pointcutData: unknown;
  readonly order: number;
  readonly disabled: boolean;
}

export class Scene {
  readonly anypoint: Anypoint;
  readonly client: PlatformClient;
  readonly #workshop;

  private constructor(anypoint: Anypoint, client: PlatformClient, workshop: Workshop) {
    this.anypoint = anypoint;
    this.client = client;
    this.#workshop = workshop;
    this.write("policy.yaml", "wallarm_node: http://node.example:5050\nwallarm_mode: async\n");
  }

  /** `released`: versions of the policy that are on Exchange, in the order in which they came. */
  static async open(...released: readonly string[]): Promise<Scene> {
    buildTool();
    const anypoint = await createAnypoint({ publicationDelayMs: 20 });
    const client = await PlatformClient.login(anypoint);
    const scene = new Scene(anypoint, client, await createWorkshop(anypoint));
    for (const version of released) await scene.publish(version);
    return scene;
  }

  readonly group = ROOT_GROUP;

  get root(): string {
    return this.#workshop.root;
  }

  /** Runs a command of the tool with what `make` would hand over. */
  run(command: string, variables: Record<string, string> = {}, user = USER): Promise<Ended> {
    return this.#workshop.run([command], { ...user, ...variables });
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.root, path), text);
  }

  async publish(version: string, assetId = RELEASE): Promise<void> {
    const definition = readDefinition(ROOT);
    const files = {
      "files.schema.json": JSON.stringify(exchangeSchema(definition, assetId)),
      "files.metadata.yaml": definitionMetadata(definition),
    };
    const first = await this.client.definition(assetId, { version, files });
    const dependencies = `${ROOT_GROUP}:${assetId}:${version}`;
    const second = await this.client.implementation(`${assetId}-flex`, {
      ...{ version, fields: { dependencies } },
      files: {
        "files.binary.wasm": emptyModule,
        "files.metadata.yaml": implementationMetadata(definition),
      },
    });
    if (first.status !== 201 || second.status !== 201) {
      throw new Error(`not published: ${JSON.stringify([first, second])}`);
    }
  }

  /** Past the tool: how things were before. */
  async apply(
    api: number,
    version: string,
    more: Record<string, unknown> = {},
    environment = SANDBOX,
  ): Promise<Policy> {
    const configurationData = configurationWith(CONFIGURATION);
    const choice = { groupId: ROOT_GROUP, assetId: RELEASE, assetVersion: version };
    const body = { ...choice, configurationData, ...more };
    const path = `${this.client.apis(environment)}/${api}/policies`;
    const answer = await this.client.call("POST", path, body);
    if (answer.status !== 201) throw new Error(`not applied: ${JSON.stringify(answer)}`);
    return answer.body as Policy;
  }

  async automate(version: string, rule: Record<string, unknown> = {}): Promise<Policy> {
    const answer = await this.client.automate(rule, {
      ...{ groupId: ROOT_GROUP, assetId: RELEASE, assetVersion: version },
      configurationData: configurationWith(CONFIGURATION),
    });
    if (answer.status !== 201) throw new Error(`not applied: ${JSON.stringify(answer)}`);
    return answer.body as Policy;
  }

  async policies(api: number, environment = SANDBOX): Promise<Policy[]> {
    const path = `${this.client.apis(environment)}/${api}/policies?fullInfo=false`;
    return (await this.client.call("GET", path)).body as Policy[];
  }

  async automated(): Promise<Policy[]> {
    const answer = await this.client.call("GET", this.client.automated);
    return (answer.body as { automatedPolicies: Policy[] }).automatedPolicies;
  }

  async close(): Promise<void> {
    this.#workshop.close();
    await this.client.close();
    await this.anypoint.close();
  }
}

/** With the defaults of what is required. */
export const configurationWith = (given: Record<string, unknown>): Record<string, unknown> => ({
  real_ip_header: "X-Forwarded-For",
  real_host_header: "Host",
  wallarm_mode: "sync",
  fallback_action: "pass",
  parse_responses: true,
  ...given,
});
