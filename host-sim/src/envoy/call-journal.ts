/** Which HTTP calls did filters make, and what became of them? Kept for tests and for the operator. */
import { Status } from "../wasm/abi.ts";
import type { Clock } from "./clock.ts";
import type { HeaderMap } from "./header-map.ts";

export type CallOutcome =
  | "pending"
  | "answered" // by the upstream
  | "made" // Envoy made the answer: refused, reset, timeout
  | "failed" // 0 headers, 0 body
  | "rejected" // proxy_http_call itself returned a status
  | "cancelled"; // the root context went first

export interface RecordedCall {
  readonly plugin: string;
  readonly cluster: string;
  readonly headers: HeaderMap;
  readonly body: Uint8Array;
  readonly trailers: HeaderMap | null;
  readonly timeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  endedAt: number | undefined;
  outcome: CallOutcome;
  /** Why an answer was made, or a call failed; the name of the status if it was rejected. */
  reason: string | undefined;
  /** HTTP status of the answer. */
  status: number | undefined;
}

const kept = 10_000;

export class CallJournal {
  readonly calls: RecordedCall[] = [];
  pending = 0;
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  begin(
    call: Pick<RecordedCall, "plugin" | "cluster" | "headers" | "body" | "trailers" | "timeoutMs">,
  ): RecordedCall {
    const startedAt = this.clock.now();
    const none = { endedAt: undefined, reason: undefined, status: undefined };
    const recorded: RecordedCall = { ...call, ...none, startedAt, outcome: "pending" };
    this.calls.push(recorded);
    if (this.calls.length > kept) this.calls.shift();
    this.pending++;
    return recorded;
  }

  end(call: RecordedCall, outcome: CallOutcome, reason?: string, status?: number): void {
    if (call.outcome !== "pending") return;
    this.pending--;
    call.outcome = outcome;
    call.reason = reason;
    call.status = status;
    call.endedAt = this.clock.now();
  }

  reject(call: RecordedCall, status: Status): Status {
    const name = Object.entries(Status).find(([, value]) => value === status)?.[0];
    this.end(call, "rejected", name);
    return status;
  }
}
