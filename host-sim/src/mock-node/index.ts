/**
 * The mock Wallarm node: takes messages by the contract in docs/node-protocol.md and judges them, remembers what it
 * saw, and has faults on demand. This is its door for tests and programs; `host-sim node` is the one for people.
 */
import {
  freeAddresses,
  readConfigObject,
  readConfigText,
  type DefaultAddresses,
} from "./config/read-config.ts";
import { createNodeLog, silentLog } from "./log.ts";
import { MockNode } from "./mock-node.ts";

export { vendorAddresses, type DefaultAddresses } from "./config/read-config.ts";
export { ConfigError } from "./config/section.ts";
export type { Action, NameValue } from "./contract/messages.ts";
export { FaultError } from "./faults/read-faults.ts";
export { faultKinds, type FaultName } from "./faults/fault.ts";
export type { AttackEntry, JournalBody, MessageEntry } from "./journal/entries.ts";
export type { Journal, JournalEvent } from "./journal/journal.ts";
export type { JournalQuery } from "./journal/query.ts";
export type { MockNode } from "./mock-node.ts";

export interface MockNodeOptions {
  /** Name of the configuration in errors, and base of the paths in it. */
  readonly file?: string;
  /** Where listeners are that the configuration says nothing of; free ports of loopback if not given. */
  readonly defaults?: DefaultAddresses;
  /** Writes the log and access log that `log` asks for; nothing is written if not given. */
  readonly write?: {
    readonly stdout: (text: string) => void;
    readonly stderr: (text: string) => void;
  };
  /** Takes what is odd in the configuration, a line each. */
  readonly onWarning?: (warning: string) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** For faults with a probability: 0 up to 1. */
  readonly random?: () => number;
}

/**
 * Starts a node. `config` is the YAML of the vendor's Native Node, or the same keys as an object.
 *
 * @example
 * const node = await createMockNode({ route_config: { wallarm_mode: "block" } });
 * // … let a policy talk to node.url …
 * node.journal.attacks({ type: "sqli" });
 * await node.setFaults([{ fault: "delay", ms: 2000 }]);
 * await node.close();
 */
export async function createMockNode(
  config: string | object = {},
  options: MockNodeOptions = {},
): Promise<MockNode> {
  const defaults = options.defaults ?? freeAddresses;
  const file = options.file ?? "node.yaml";
  const read =
    typeof config === "string"
      ? readConfigText(config, file, defaults)
      : readConfigObject(config, defaults);
  for (const warning of read.warnings) options.onWarning?.(warning);
  const { write, now = Date.now, random = Math.random } = options;
  const log = write ? createNodeLog(read.config.log, write.stdout, write.stderr) : silentLog;
  const node = new MockNode({ config: read.config, log, now, random });
  await node.start();
  return node;
}
