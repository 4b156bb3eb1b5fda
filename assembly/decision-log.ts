// Where does the operator find why a request was blocked, or let through without a verdict? In metrics, and in a line with
// its request id.
import { decimalText, LogLevel } from "as-proxy-wasm";
import { Refusal } from "./block-response";
import { Decision } from "./failure-mode";
import { outcomeName } from "./node/outcome";
import { Reply } from "./node/reply";
import { RequestId } from "./request-id";
import { Metric, printable, Telemetry } from "./telemetry";

/** `now` in nanoseconds, as in all of these. */
export function noteBlock(
  telemetry: Telemetry,
  id: RequestId,
  part: u32,
  reply: Reply,
  now: u64,
): void {
  telemetry.count(Metric.RequestsBlocked);
  const attacks = reply.detail.length > 0 ? ", attacks: " + printable(reply.detail) : "";
  const text = "blocked by the node, part " + decimalText(part) + attacks;
  telemetry.requestLine(LogLevel.Info, id, now, text);
}

/** `decision` is what `fallback_action` or `unjudged_action` made of having no verdict. */
export function noteNoVerdict(
  telemetry: Telemetry,
  id: RequestId,
  decision: Decision,
  reply: Reply,
  now: u64,
): void {
  const passes = decision == Decision.LetThrough;
  const metric = reply.isAway
    ? passes
      ? Metric.FallbackPassed
      : Metric.FallbackBlocked
    : passes
      ? Metric.UnjudgedPassed
      : Metric.UnjudgedBlocked;
  telemetry.count(metric);
  telemetry.warnNoVerdict(reply.outcome, id, reply.detail, now);
  const action = passes ? "let through by " : "blocked by ";
  const parameter = reply.isAway ? "fallback_action: " : "unjudged_action: ";
  telemetry.requestLine(LogLevel.Info, id, now, action + parameter + outcomeName(reply.outcome));
}

/** What the policy refuses without asking further. */
export function noteRefusal(telemetry: Telemetry, id: RequestId, refusal: Refusal, now: u64): void {
  telemetry.countRefusal(refusal);
  const why = reasonOf(refusal);
  if (why.length > 0) telemetry.requestLine(LogLevel.Warn, id, now, "refused: " + why);
}

function reasonOf(refusal: Refusal): string {
  switch (refusal) {
    case Refusal.TooLarge:
      return "its body is longer than request_body_limit";
    case Refusal.SlowClient:
      return "held_memory_limit is reached, and its client is slow";
    case Refusal.NoMemory:
      return "held_memory_limit is reached";
    case Refusal.NoLength:
      return "it has trailers that were not announced, and no length";
    case Refusal.KeptByRouter:
      return "it has to go on in pieces, and its route has a retry_policy or internal_redirect_policy, which keeps them";
    default:
      return "";
  }
}
