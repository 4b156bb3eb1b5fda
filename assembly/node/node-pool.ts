// Which node is told? Those that are up in turn; with one node there is nothing to choose. Their probes are here too.
import { IdTable } from "as-proxy-wasm";
import { Metric, Telemetry } from "../telemetry";
import { TICK_MS, Timers } from "../timers";
import { ProbeCall } from "./health-probe";
import { Node } from "./node";

/** What other workers have found is looked up so often; at each tick while a node is in question. */
const READ_TICKS: i32 = 5;
/** So long a node to which calls are refused is the last choice, and so long a host that was seen is believed in. */
const BELIEF_TICKS: i32 = 10;

export class NodePool {
  private turn: Node;
  private readAt: i32 = 0;
  private recordedUp: u32 = u32.MAX_VALUE;
  private readonly probes: IdTable = new IdTable();

  constructor(
    /** Of the chain of all. */
    readonly first: Node,
    private readonly timers: Timers,
    private readonly telemetry: Telemetry,
  ) {
    this.turn = first;
    this.refresh();
  }

  /** Nobody can be told anything. */
  get areAllDead(): bool {
    if (this.timers.tick >= this.readAt) this.refresh();
    if (this.recordedUp > 0) return false;
    // Somebody has to find out that they are back.
    this.timers.arm();
    return true;
  }

  /** For a request that begins; null: all are dead. */
  next(): Node | null {
    if (this.timers.tick >= this.readAt) this.refresh();
    const node = this.from(this.turn, null);
    if (node !== null) this.turn = this.behind(node);
    return node;
  }

  /** For what `node` has not seen: another, or `node` again if it may be; null: none. */
  after(node: Node): Node | null {
    const other = this.from(this.behind(node), node);
    return other === null && !node.isDead ? node : other;
  }

  /** The gateway has refused a call to it at once. */
  noteRefused(node: Node): void {
    node.refusedUntil = this.timers.tick + BELIEF_TICKS;
  }

  /**
   * Whether the gateway knows a host of this node. Where a false answer is dangerous: it asks the gateway by a probe.
   * Not 0: the status of the gateway's refusal.
   */
  refusal(node: Node): i64 {
    const tick = this.timers.tick;
    if (tick < node.knownUntil) return 0;
    const status = this.ask(node, tick);
    if (status == 0) node.knownUntil = tick + BELIEF_TICKS;
    return status;
  }

  get hasCanary(): bool {
    for (let node: Node | null = this.first; node !== null; node = node.next) {
      if (node.hasCanary) return true;
    }
    return false;
  }

  get needTicks(): bool {
    for (let node: Node | null = this.first; node !== null; node = node.next) {
      if (node.isInQuestion) return true;
    }
    return false;
  }

  onTick(): void {
    const tick = this.timers.tick;
    if (tick >= this.readAt || this.needTicks) this.refresh();
    for (let node: Node | null = this.first; node !== null; node = node.next) {
      if (!node.isToBeAsked(tick)) continue;
      if (this.ask(node, tick) != 0) node.onRefusedProbe();
    }
  }

  /** Null: the call with this token is no probe. */
  takeProbe(token: u32): ProbeCall | null {
    const call = changetype<ProbeCall | null>(this.probes.take(token));
    if (call !== null) call.node.noteFreed(this.timers.tick);
    return call;
  }

  onProbeAnswer(node: Node, lives: bool): void {
    if (lives) node.noteAnswer(this.timers.tick);
    else node.onUnansweredProbe(this.timers.tick);
    this.recordUp();
  }

  /** Asks whether `node` lives, for what is doubtful now. False: the gateway refuses the call. */
  sendCanary(node: Node, timeoutMs: u32): bool {
    const token = node.sendProbe(timeoutMs);
    // One that fails in the second half of its time has had no answer: only what fails sooner is worth another try.
    const lateAtTick = this.timers.tick + max(1, i32(timeoutMs / 2 / TICK_MS));
    if (token < 0) return false;
    // It takes room in the gateway as any question does.
    node.noteWait();
    this.probes.add(u32(token), new ProbeCall(node, true, node.speaksExtProc, lateAtTick));
    return true;
  }

  /** 0: the probe is under way; else the status of its refusal. */
  private ask(node: Node, tick: i32): i64 {
    const token = node.ask(tick);
    if (token < 0) return -token;
    // It takes room in the gateway as any question does.
    node.noteWait();
    this.probes.add(u32(token), new ProbeCall(node, false, node.speaksExtProc, tick));
    return 0;
  }

  /** The first from `turn` on that is up and not `but`, or else one that calls were refused to. */
  private from(turn: Node, but: Node | null): Node | null {
    let spare: Node | null = null;
    let node = turn;
    do {
      if (!node.isDead && node !== but) {
        if (this.timers.tick >= node.refusedUntil) return node;
        if (spare === null) spare = node;
      }
      node = this.behind(node);
    } while (node !== turn);
    return spare;
  }

  private behind(node: Node): Node {
    const next = node.next;
    return next === null ? this.first : next;
  }

  private refresh(): void {
    const tick = this.timers.tick;
    this.readAt = tick + READ_TICKS;
    for (let node: Node | null = this.first; node !== null; node = node.next) {
      node.refresh(tick);
    }
    this.recordUp();
  }

  private recordUp(): void {
    let up: u32 = 0;
    for (let node: Node | null = this.first; node !== null; node = node.next) {
      if (!node.isDead) up++;
    }
    if (up == this.recordedUp) return;
    this.recordedUp = up;
    this.telemetry.recordNodesUp(up);
  }
}
