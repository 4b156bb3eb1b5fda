/** Pass or block? Decided from the mode, the attacks and where the request comes from; each answer says why. */
import type { WallarmMode } from "../config/node-config.ts";
import type { Action } from "../contract/messages.ts";

export interface Facts {
  readonly mode: WallarmMode;
  /** Types of the attacks that were found, each once. */
  readonly attacks: readonly string[];
  readonly graylisted: boolean;
  /** Whether the node may block at all. */
  readonly blocking: boolean;
  /** Its name in the configuration. */
  readonly blockingKey: string;
  /** The gateway waits for the verdict. */
  readonly sync: boolean;
}

export interface Decision {
  readonly action: Action;
  /** A sentence for the journal. */
  readonly why: string;
}

export function decide(facts: Facts): Decision {
  const { mode, attacks, graylisted, blocking, blockingKey, sync } = facts;
  if (attacks.length === 0) return { action: "pass", why: "no attack was found" };
  const found = `found ${attacks.join(", ")}`;
  if (mode === "monitoring") return { action: "pass", why: `${found}; wallarm_mode is monitoring` };
  if (mode === "safe_blocking" && !graylisted) {
    const why = `${found}; wallarm_mode is safe_blocking and the client is not on the graylist`;
    return { action: "pass", why };
  }
  if (!blocking) return { action: "pass", why: `${found}; ${blockingKey} is false` };
  if (!sync) return { action: "pass", why: `${found}; a copy, nobody waits for the verdict` };
  const gray = mode === "safe_blocking" ? " and the client is on the graylist" : "";
  return { action: "block", why: `${found}; wallarm_mode is ${mode}${gray}` };
}
