// What does the operator get to see? Metrics with the API in their names, and log lines with the prefix that Flex uses.
import {
  decimalText,
  defineMetric,
  incrementMetric,
  log,
  logEnabled,
  LogLevel,
  MetricType,
  recordMetric,
} from "as-proxy-wasm";
import { mapCharacters } from "./ascii";
import { Refusal } from "./block-response";
import { Outcome, OUTCOME_COUNT, outcomeName } from "./node/outcome";
import { PolicyIdentity } from "./policy-identity";
import { Reply } from "./node/reply";
import { RequestId } from "./request-id";

export enum Metric {
  RequestsInspected,
  RequestsPassed,
  RequestsBlocked,
  RequestsTooLarge,
  RequestsSlow,
  RequestsWithoutMemory,
  RequestsNotHeld,
  FallbackPassed,
  FallbackBlocked,
  UnjudgedPassed,
  UnjudgedBlocked,
  OutboxSent,
  OutboxDropped,
  NodeRetries,
  NodeProbes,
}

const COUNTERS: StaticArray<string> = [
  "requests_inspected",
  "requests_passed",
  "requests_blocked",
  "requests_too_large",
  "requests_slow",
  "requests_without_memory",
  "requests_not_held",
  "fallback_passed",
  "fallback_blocked",
  "unjudged_passed",
  "unjudged_blocked",
  "outbox_sent",
  "outbox_dropped",
  "node_retries",
  "node_probes",
];

/** A line about the same failure is written at most this often: a dead node must not fill the disk. */
export const REPEAT_AFTER_NS: u64 = 60_000_000_000;
/** At most so many lines a second about single requests. */
const REQUEST_LINES_A_SECOND: i32 = 20;

export class Telemetry {
  private counters: StaticArray<u32> = new StaticArray<u32>(COUNTERS.length);
  private outcomes: StaticArray<u32> = new StaticArray<u32>(OUTCOME_COUNT);
  private warnedAt: StaticArray<u64> = new StaticArray<u64>(OUTCOME_COUNT);
  private readonly verdictTime: u32;
  private readonly heldBytes: u32;
  private readonly nodesUp: u32;
  private second: u64 = 0;
  private linesInSecond: i32 = 0;
  private linesLeftOut: i32 = 0;

  constructor(private readonly identity: PolicyIdentity) {
    const prefix = "wallarm.api." + identity.metricName + ".";
    for (let i = 0; i < COUNTERS.length; i++) {
      unchecked((this.counters[i] = metric(MetricType.Counter, prefix + COUNTERS[i])));
    }
    for (let i: i32 = Outcome.CallRefused; i < OUTCOME_COUNT; i++) {
      const name = mapCharacters(outcomeName(i), (code) => (code == 0x20 ? 0x5f : code));
      unchecked((this.outcomes[i] = metric(MetricType.Counter, prefix + "no_verdict." + name)));
    }
    this.verdictTime = metric(MetricType.Histogram, prefix + "verdict_time_us");
    this.heldBytes = metric(MetricType.Gauge, prefix + "held_bytes");
    this.nodesUp = metric(MetricType.Gauge, prefix + "nodes_up");
  }

  count(metric: Metric, times: u32 = 1): void {
    if (times > 0) incrementMetric(unchecked(this.counters[metric]), times);
  }

  /** What the policy refuses of its own accord. */
  countRefusal(refusal: Refusal): void {
    if (refusal == Refusal.TooLarge) this.count(Metric.RequestsTooLarge);
    else if (refusal == Refusal.SlowClient) this.count(Metric.RequestsSlow);
    else if (refusal == Refusal.NoMemory) this.count(Metric.RequestsWithoutMemory);
    else if (refusal == Refusal.NoLength || refusal == Refusal.KeptByRouter) {
      this.count(Metric.RequestsNotHeld);
    }
  }

  countOutcome(outcome: Outcome, times: u32 = 1): void {
    if (outcome >= Outcome.CallRefused) incrementMetric(unchecked(this.outcomes[outcome]), times);
  }

  recordVerdictTime(microseconds: u64): void {
    recordMetric(this.verdictTime, microseconds);
  }

  recordHeldBytes(bytes: u64): void {
    recordMetric(this.heldBytes, bytes);
  }

  recordNodesUp(count: u64): void {
    recordMetric(this.nodesUp, count);
  }

  /** A line about the policy as a whole. */
  note(level: LogLevel, text: string): void {
    logLine(level, this.identity, text);
  }

  /** A line about one request. `now` in nanoseconds bounds how many are written a second. */
  requestLine(level: LogLevel, id: RequestId, now: u64, text: string): void {
    if (!logEnabled(level) || !this.mayWrite(now)) return;
    log(level, this.identity.logPrefix + "[req: " + id.toString() + "] " + text);
  }

  /** Tells why there is no verdict, at most once a minute for each reason. */
  warnNoVerdict(outcome: Outcome, id: RequestId, detail: string, now: u64): void {
    const last = unchecked(this.warnedAt[outcome]);
    if (last != 0 && now - last < REPEAT_AFTER_NS) return;
    unchecked((this.warnedAt[outcome] = now));
    const reason = outcomeName(outcome) + (detail.length > 0 ? ": " + printable(detail) : "");
    this.warn(id, "no verdict from the node: " + reason);
  }

  /** The host does not let go what it was told to. */
  noteStuck(id: RequestId, what: string, now: u64): void {
    this.requestLine(LogLevel.Error, id, now, "the gateway did not let the " + what + " go on");
  }

  warn(id: RequestId, text: string): void {
    log(LogLevel.Warn, this.identity.logPrefix + "[req: " + id.toString() + "] " + text);
  }

  private mayWrite(now: u64): bool {
    const second = now / 1_000_000_000;
    if (second != this.second) {
      if (this.linesLeftOut > 0) {
        logLine(
          LogLevel.Info,
          this.identity,
          decimalText(this.linesLeftOut) + " lines about requests left out",
        );
      }
      this.second = second;
      this.linesInSecond = 0;
      this.linesLeftOut = 0;
    }
    if (this.linesInSecond < REQUEST_LINES_A_SECOND) {
      this.linesInSecond++;
      return true;
    }
    this.linesLeftOut++;
    return false;
  }
}

/** A line about the policy as a whole. What users write into its configuration may be in it. */
export function logLine(level: LogLevel, identity: PolicyIdentity, text: string): void {
  log(level, identity.logPrefix + " " + printable(text));
}

/** A host without metrics gives no id; counting to id 0 then does nothing. */
function metric(type: MetricType, name: string): u32 {
  const id = defineMetric(type, name);
  return id < 0 ? 0 : u32(id);
}

/** Text of others made safe for a log: control characters and what is not ASCII become `?`. */
export function printable(text: string): string {
  return mapCharacters(text, (code: i32): i32 => (code >= 0x20 && code < 0x7f ? code : 0x3f));
}
