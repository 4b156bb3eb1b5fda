// Is it sure that no node has seen a message? Envoy says why it answers in a node's place. Only where no connection came to
// be, where the request never got one, or where the node itself says that it has not begun (HTTP/2's REFUSED_STREAM) may the
// message be told again.

/** Envoy's names of reasons: Http::Utility::resetReasonToString. */
const REASONS: StaticArray<string> = ["connection failure", "connection timeout", "refused stream"];

/** Where a circuit breaker is full. */
const OVERFLOW = "overflow";

/** There was no room for it among what is under way. */
export function isOverflow(why: string): bool {
  return why.includes(OVERFLOW);
}

export function isUnseen(why: string): bool {
  for (let i = 0; i < REASONS.length; i++) if (why.includes(unchecked(REASONS[i]))) return true;
  return false;
}
