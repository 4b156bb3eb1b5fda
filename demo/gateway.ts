/** What does the demo want of a gateway? One door for both engines. */
import type { MockNode } from "./mock-node.ts";
import type { OrdersApi } from "./orders-api.ts";

export type PolicyConfig = Readonly<Record<string, string>>;

/** What a gateway stands between, and where it may leave files. */
export interface Surroundings {
  readonly api: OrdersApi;
  readonly node: MockNode;
  readonly directory: string;
  readonly say: (line: string) => void;
}

export interface DemoGateway {
  readonly url: string;
  /** Replaces the policy's configuration; what it does not name is default. */
  configure(config: PolicyConfig): Promise<void>;
  /** Lines that the policy has logged so far. */
  policyLog(): readonly string[];
  stop(): Promise<void>;
}

/** As Flex Gateway names a policy on an API: `policyName.policyNamespace.apiId`. */
export const PLUGIN_NAME = "wallarm-custom-policy.demo.orders-api";
export const ROOT_ID = "main";
