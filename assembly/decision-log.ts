// Where does the operator find why a request was blocked, or let through without a verdict? In metrics, and in a line with
// its request id.
import { decimalText, LogLevel } from "as-proxy-wasm";
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

/** `decision` is what fallback_action made of having no verdict. */
export function noteFallback(
  telemetry: Telemetry,
  id: RequestId,
  decision: Decision,
  reply: Reply,
  now: u64,
): void {
  const passes = decision == Decision.LetThrough;
  telemetry.count(passes ? Metric.FallbackPassed : Metric.FallbackBlocked);
  telemetry.warnNoVerdict(reply.outcome, id, reply.detail, now);
  const action = passes ? "let through" : "blocked";
  const text = action + " by fallback_action: " + outcomeName(reply.outcome);
  telemetry.requestLine(LogLevel.Info, id, now, text);
}
