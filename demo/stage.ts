/** What stands on the stage, and how is all of it put up and cleared away, whatever happens? */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnvoyGateway } from "./envoy-gateway.ts";
import type { DemoGateway } from "./gateway.ts";
import { MockNode } from "./mock-node.ts";
import type { Narrator } from "./narrator.ts";
import { OrdersApi } from "./orders-api.ts";
import { SimulatedGateway } from "./simulated-gateway.ts";

export const ENGINES = ["host-sim", "envoy"] as const;
export type EngineName = (typeof ENGINES)[number];

export class Stage {
  readonly narrator: Narrator;
  readonly node: MockNode;
  readonly #directory = mkdtempSync(join(tmpdir(), "wallarm-demo-"));
  readonly #parts: { stop(): Promise<void> }[] = [];
  #api: OrdersApi | undefined;
  #gateway: DemoGateway | undefined;
  #nodeIsUp = false;
  #isCleared = false;

  constructor(narrator: Narrator) {
    this.narrator = narrator;
    this.node = this.#own(new MockNode(this.#directory));
  }

  get api(): OrdersApi {
    if (this.#api === undefined) throw new Error("the API has not been started");
    return this.#api;
  }

  get gateway(): DemoGateway {
    if (this.#gateway === undefined) throw new Error("the gateway has not been started");
    return this.#gateway;
  }

  async start(engine: EngineName): Promise<void> {
    const { narrator, node } = this;
    this.#api = this.#own(await OrdersApi.start());
    await this.setNode(true);
    const surroundings = { api: this.#api, node, directory: this.#directory, say: narrator.say };
    const Gateway = engine === "envoy" ? EnvoyGateway : SimulatedGateway;
    const gateway = this.#own(new Gateway(surroundings));
    await gateway.start();
    this.#gateway = gateway;
  }

  async setNode(isUp: boolean): Promise<void> {
    if (isUp === this.#nodeIsUp) return;
    this.narrator.nodeChanges(isUp);
    await (isUp ? this.node.comeBack() : this.node.stop());
    this.#nodeIsUp = isUp;
  }

  async clear(): Promise<void> {
    if (this.#isCleared) return;
    this.#isCleared = true;
    await Promise.allSettled(this.#parts.map((part) => part.stop()));
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Known from before it runs, so that an interrupted start is cleared away too. */
  #own<T extends { stop(): Promise<void> }>(part: T): T {
    this.#parts.push(part);
    return part;
  }
}
