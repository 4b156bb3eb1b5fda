/** How do tests ask the platform directly? With undici, trusting its authority, logged in as the developer. */
import { readFileSync } from "node:fs";
import { Agent, fetch, FormData } from "undici";
import { ROOT_GROUP, SANDBOX, type Anypoint } from "../../host-sim/src/anypoint/index.ts";
import { eventually } from "../support/deadline.ts";
import { definitionFiles, implementationFiles, type Files } from "./policy-files.ts";

export interface Answer {
  readonly status: number;
  // Of any shape: tests say what they expect of it.
  readonly body: any;
}

export interface Upload {
  readonly group?: string;
  readonly organization?: string;
  readonly version?: string;
  readonly fields?: Record<string, string>;
  readonly files?: Files;
  readonly sync?: boolean;
}

export class PlatformClient {
  readonly url: string;
  token = "";
  readonly #agent: Agent;

  constructor({ url, caFile }: Pick<Anypoint, "url" | "caFile">) {
    this.url = url;
    this.#agent = new Agent({ connect: { ca: readFileSync(caFile) } });
  }

  static async login(anypoint: Pick<Anypoint, "url" | "caFile">): Promise<PlatformClient> {
    const client = new PlatformClient(anypoint);
    const login = { username: "developer", password: "stand-in-password" };
    client.token = (await client.call("POST", "/accounts/login", login)).body.access_token;
    return client;
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const form = body instanceof FormData;
    const isText = typeof body === "string";
    const answer = await fetch(path.startsWith("https:") ? path : this.url + path, {
      method,
      dispatcher: this.#agent,
      body: form || isText ? body : body === undefined ? null : JSON.stringify(body),
      headers: {
        ...(this.token !== "" && { authorization: `Bearer ${this.token}` }),
        ...(body !== undefined && !form && { "content-type": "application/json" }),
        ...headers,
      },
    });
    const text = await answer.text();
    return {
      status: answer.status,
      body: isJson(answer.headers.get("content-type")) ? JSON.parse(text) : text,
    };
  }

  upload(asset: string, type: string, upload: Upload = {}): Promise<Answer> {
    const { group = ROOT_GROUP, organization = group, version = "1.0.0", sync = true } = upload;
    const form = new FormData();
    for (const [key, value] of Object.entries({ name: asset, type, ...upload.fields }))
      form.set(key, value);
    for (const [key, content] of Object.entries(upload.files ?? {})) {
      form.append(key, new Blob([content]), key.replace("files.", ""));
    }
    const path = `/exchange/api/v2/organizations/${organization}/assets/${group}/${asset}/${version}`;
    return this.call("POST", path, form, sync ? { "x-sync-publication": "true" } : {});
  }

  definition(asset = "test-policy", upload: Upload = {}): Promise<Answer> {
    return this.upload(asset, "policy", { files: definitionFiles, ...upload });
  }

  implementation(asset = "test-policy-flex", upload: Upload = {}): Promise<Answer> {
    const dependencies = `${ROOT_GROUP}:test-policy:${upload.version ?? "1.0.0"}`;
    const fields = { dependencies, ...upload.fields };
    return this.upload(asset, "policy-implementation", {
      files: implementationFiles,
      ...upload,
      fields,
    });
  }

  async publishPolicy(version = "1.0.0"): Promise<void> {
    await this.definition("test-policy", { version });
    await this.implementation("test-policy-flex", { version });
  }

  /** Of an upload that is published in its own time. */
  async published({ status, body }: Answer): Promise<any> {
    if (status !== 202) throw new Error(`not accepted: ${status} ${JSON.stringify(body)}`);
    return eventually("the publication ends", async () => {
      const answer = await this.call("GET", body.publicationStatusLink);
      return answer.body.status !== "running" && answer.body;
    });
  }

  apis(environment = SANDBOX): string {
    return `/apimanager/api/v1/organizations/${ROOT_GROUP}/environments/${environment}/apis`;
  }

  /** Its id. */
  async manage(asset: string, port: number, environment = SANDBOX): Promise<number> {
    await this.upload(asset, "http-api", { fields: { "properties.apiVersion": "v1" } });
    const { status, body } = await this.call("POST", this.apis(environment), managed(asset, port));
    if (status !== 201) throw new Error(`not managed: ${status} ${JSON.stringify(body)}`);
    return body.id;
  }

  apply(api: number, more: Record<string, unknown> = {}): Promise<Answer> {
    return this.call("POST", `${this.apis()}/${api}/policies`, { ...testPolicy, ...more });
  }

  get automated(): string {
    return `/apimanager/api/v1/organizations/${ROOT_GROUP}/automated-policies`;
  }

  automate(
    rule: Record<string, unknown> = {},
    more: Record<string, unknown> = {},
  ): Promise<Answer> {
    const ruleOfApplication = { environmentId: SANDBOX, ...rule };
    return this.call("POST", this.automated, { ...testPolicy, ruleOfApplication, ...more });
  }
}

const isJson = (type: string | null): boolean => type?.startsWith("application/json") ?? false;

export const testPolicy = {
  groupId: ROOT_GROUP,
  assetId: "test-policy",
  assetVersion: "1.0.0",
  configurationData: { node: "http://node:5050" },
};

export const managed = (asset: string, port: number) => ({
  technology: "flexGateway",
  endpoint: {
    type: "http-api",
    uri: "http://127.0.0.1:9000/",
    proxyUri: `http://0.0.0.0:${port}/`,
    deploymentType: "HY",
  },
  spec: { groupId: ROOT_GROUP, assetId: asset, version: "1.0.0" },
});
