// What happens to a request when no usable verdict can be had? This file alone decides it; no other may let a request
// through after a failure.
import { Outcome } from "./node/outcome";
import { Reply } from "./node/reply";

export enum FallbackAction {
  Pass,
  Block,
}

export enum Decision {
  LetThrough,
  Refuse,
}

/**
 * A verdict is acted on. Without one: `fallback` (the parameter `fallback_action`) where no node can be reached, `unjudged`
 * (`unjudged_action`) where a node lives and does not judge this message, for then its client may have seen to that.
 */
export function decide(reply: Reply, fallback: FallbackAction, unjudged: FallbackAction): Decision {
  if (reply.outcome == Outcome.Pass) return Decision.LetThrough;
  if (reply.outcome == Outcome.Block) return Decision.Refuse;
  const action = reply.isAway ? fallback : unjudged;
  return action == FallbackAction.Pass ? Decision.LetThrough : Decision.Refuse;
}
