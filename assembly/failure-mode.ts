// What happens to a request when no usable verdict can be had? This file alone decides it; no other may let a request
// through after a failure.
import { Outcome } from "./node/outcome";

export enum FallbackAction {
  Pass,
  Block,
}

export enum Decision {
  LetThrough,
  Refuse,
}

/** A verdict is acted on; without one, the user's `fallback_action` is. */
export function decide(outcome: Outcome, fallback: FallbackAction): Decision {
  if (outcome == Outcome.Pass) return Decision.LetThrough;
  if (outcome == Outcome.Block) return Decision.Refuse;
  return withoutVerdict(fallback);
}

/** Also for a request that can't be told to any node, for example because the host gives no headers. */
export function withoutVerdict(fallback: FallbackAction): Decision {
  return fallback == FallbackAction.Pass ? Decision.LetThrough : Decision.Refuse;
}
