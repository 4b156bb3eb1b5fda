/** What stands on the stage when publishing is shown, and how is all of it cleared away? */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MockNode } from "../mock-node.ts";
import { OrdersApi } from "../orders-api.ts";
import { Teller } from "../teller.ts";
import { DemoAnypoint, type DemoApi } from "./anypoint.ts";
import { DemoProject } from "./project.ts";
import type { ApiName } from "./scenes.ts";

export class PublishStage {
  readonly teller = new Teller();
  readonly #directory = mkdtempSync(join(tmpdir(), "wallarm-demo-publish-"));
  readonly node = new MockNode(this.#directory);
  readonly anypoint = new DemoAnypoint(this.#directory);
  readonly project = new DemoProject(this.#directory);
  #api: OrdersApi | undefined;
  #apis: Readonly<Record<ApiName, DemoApi>> | undefined;
  #isCleared = false;

  /** What stands behind the gateway, for both. */
  get api(): OrdersApi {
    if (this.#api === undefined) throw new Error("the API has not been started");
    return this.#api;
  }

  get apis(): Readonly<Record<ApiName, DemoApi>> {
    if (this.#apis === undefined) throw new Error("the APIs have not been made");
    return this.#apis;
  }

  async start(): Promise<void> {
    this.#api = await OrdersApi.start();
    await this.node.start();
    this.project.write("policy.yaml", `wallarm_node: ${this.node.url}\n`);
    await this.anypoint.start();
    const orders = await this.anypoint.manage("orders", this.api.url);
    const stock = await this.anypoint.manage("stock", this.api.url);
    this.#apis = { orders, stock };
    await this.anypoint.serve();
  }

  async clear(): Promise<void> {
    if (this.#isCleared) return;
    this.#isCleared = true;
    const parts = [this.project, this.anypoint, this.node, ...(this.#api ? [this.#api] : [])];
    await Promise.allSettled(parts.map((part) => part.stop()));
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
