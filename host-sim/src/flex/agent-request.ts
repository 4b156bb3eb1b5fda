/** For what is a policy run by the agent? */

export interface AgentRequest {
  readonly policyName: string;
  readonly namespace: string;
  /** The policy's configuration as written, JSON. */
  readonly configuration: Uint8Array;
  readonly flexVersion: string;
  readonly env: ReadonlyMap<string, string>;
}
