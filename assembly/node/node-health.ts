// Is a node alive? Failures in a row only raise the question; a probe answers it, and nothing that an inspected client sends can
// keep a probe from being answered. One worker asks, the others read what it found.
import { getCurrentTimeNanoseconds, LogLevel } from "as-proxy-wasm";
import { Config } from "../config";
import { Metric, Telemetry } from "../telemetry";
import { TICK_MS } from "../timers";
import { HealthProbe } from "./health-probe";
import { looksAway, Outcome } from "./outcome";
import { Reply } from "./reply";
import { SharedHealth } from "./shared-health";

const PROBE_TICKS: i32 = 10;
/** An owner that has not asked for so long is gone. */
const LEASE_TICKS: i32 = 25;
/** So often the other workers are told that it answers. */
const TELL_TICKS: i32 = 10;
/** One may be lost by chance: it went out on a kept connection that the node was just closing. */
const UNANSWERED_PROBES: u32 = 2;

export abstract class NodeHealth extends SharedHealth {
  /** Nothing is told to it. */
  isDead: bool = false;
  private failures: u32 = 0;
  private unanswered: u32 = 0;
  /** We are the one that asks. */
  private isOwner: bool = false;
  private probeAt: i32 = 0;
  private beat: u32 = 0;
  private beatAt: i32 = 0;
  private toldAtTick: i32 = i32.MIN_VALUE / 2;
  private readonly id: u32;

  constructor(
    readonly cluster: string,
    /** As written in the configuration. */
    readonly url: string,
    private readonly probe: HealthProbe,
    private readonly config: Config,
    private readonly telemetry: Telemetry,
  ) {
    super(cluster);
    // Workers start at other nanoseconds, and policies in one VM lie in other places.
    this.id = (u32(getCurrentTimeNanoseconds()) ^ u32(changetype<usize>(this))) | 1;
  }

  get isInQuestion(): bool {
    const limit = this.config.breakerFailures;
    return this.isDead || (limit > 0 && this.failures >= limit);
  }

  /** What has become of something that was told to it. */
  note(reply: Reply, tick: i32): void {
    const outcome = reply.outcome;
    if (outcome == Outcome.CallRefused || outcome == Outcome.NodeDead || reply.isGateways) return;
    if (looksAway(outcome)) this.failures++;
    else this.noteAnswer(tick);
  }

  /** It has answered, whatever it said. */
  noteAnswer(tick: i32): void {
    if (tick - this.toldAtTick >= TELL_TICKS) {
      this.toldAtTick = tick;
      this.tellAnswer();
    }
    this.answeredAtTick = tick;
    this.failures = 0;
    if (this.isOwner) this.revive(tick);
  }

  /** What the others have found. */
  refresh(tick: i32): void {
    if (this.config.breakerFailures == 0) return;
    this.read();
    if (this.sharedBeat != this.beat) {
      this.beat = this.sharedBeat;
      this.beatAt = tick;
    }
    this.isOwner = this.isOwner && this.owner == this.id;
    if (this.isSharedDead == this.isDead) return;
    this.isDead = this.isSharedDead;
    this.failures = 0;
  }

  /** True: to be asked now, by `ask`. */
  isToBeAsked(tick: i32): bool {
    if (!this.isInQuestion) return false;
    if (!this.isOwner) {
      if (this.owner != 0 && tick - this.beatAt < LEASE_TICKS) return false;
      this.unanswered = 0;
    } else if (tick < this.probeAt) return false;
    this.isOwner = this.write(this.id, this.isDead);
    return this.isOwner && tick >= this.probeAt;
  }

  /** The token of the probe, or minus the status of its refusal. */
  ask(tick: i32): i64 {
    this.probeAt = tick + PROBE_TICKS;
    this.telemetry.count(Metric.NodeProbes);
    // A node that may be slow with verdicts may be as slow with this.
    return this.sendProbe(max(PROBE_TICKS * TICK_MS, this.config.nodeTimeoutMs));
  }

  /** The token of a probe outside of that order, or minus the status of its refusal. */
  sendProbe(timeoutMs: u32): i64 {
    return this.probe.send(this.cluster, timeoutMs);
  }

  /** A refused probe says nothing of the node; and calls that are refused at once cost nothing. */
  onRefusedProbe(): void {
    this.failures = 0;
    if (!this.isDead) this.release();
  }

  onUnansweredProbe(tick: i32): void {
    if (!this.isOwner || this.isDead || ++this.unanswered < UNANSWERED_PROBES) return;
    this.refresh(tick);
    if (!this.isOwner || !this.write(this.id, true)) return;
    this.isDead = true;
    this.tell(LogLevel.Warn, " is taken as dead");
  }

  /** We shall not ask any more: whoever wants to know may. */
  release(): void {
    if (!this.isOwner) return;
    this.isOwner = false;
    this.read();
    if (this.owner == this.id) this.write(0, this.isDead);
  }

  private revive(tick: i32): void {
    this.refresh(tick);
    const wasDead = this.isDead;
    if (!this.isOwner) return;
    this.isDead = false;
    this.release();
    if (wasDead) this.tell(LogLevel.Info, " is back");
  }

  private tell(level: LogLevel, what: string): void {
    this.telemetry.note(level, "node " + this.url + what);
  }
}
