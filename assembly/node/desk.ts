// What becomes of a question until it has its one reply? It is asked, waits for its turn where too much is under way, is asked
// again where the call was refused or the connection lost, and is doubted where the node seems to be away: only what no client
// can spoil shows whether it is.
import { getCurrentTimeNanoseconds } from "as-proxy-wasm";
import { Config } from "../config";
import { Metric, Telemetry } from "../telemetry";
import { TICK_MS, Timers } from "../timers";
import { Node } from "./node";
import { NodePool } from "./node-pool";
import { ProbeAnswer } from "./health-probe";
import { looksAway, Outcome } from "./outcome";
import { Question } from "./question";
import { Reply } from "./reply";

/** Milliseconds that a canary has at least. */
const LEAST_CANARY_MS: u32 = 250;
/** How often a question is asked again that no node has seen, where the node lives; one that may have been seen counts for 8. */
const CHANCES: u32 = 16;
const SEEN_PRICE: u32 = 8;
/** So many of them before the next tick. */
const CHANCES_AT_ONCE: u32 = 4;
/** A part of the time for a verdict: so long a question waits before it is found out whether the node lives. */
const DOUBT_AFTER: u32 = 4;
/** A part of the time for a verdict: what has less left when its turn comes is not asked any more. */
const LEAST_TRY: u32 = 8;

@final
export class Desk {
  /** What waits for its turn, the oldest first. */
  private turns: Array<Question> = new Array<Question>();
  /** What the node itself had no room for: it is not asked again before the next tick. */
  private resting: Array<Question> = new Array<Question>();

  constructor(
    readonly pool: NodePool,
    private readonly config: Config,
    private readonly timers: Timers,
    private readonly telemetry: Telemetry,
  ) {}

  /** Questions wait here, for their turn or for what a canary finds. */
  get isBusy(): bool {
    return this.turns.length > 0 || this.resting.length > 0 || this.pool.hasCanary;
  }

  /** Asks it for the first time. Its reply may come at once. */
  ask(question: Question): void {
    question.retries = question.asked === null ? 0 : this.config.nodeRetries;
    question.chances = question.retries > 0 ? CHANCES : 0;
    question.doubtfulAtTick = this.timers.tick + this.doubtTicks;
    this.timers.arm();
    this.send(question);
  }

  /** Milliseconds that are left for it. */
  timeLeft(question: Question): u32 {
    const timeout = u64(this.config.nodeTimeoutMs);
    const now = getCurrentTimeNanoseconds();
    // By a clock that was set, either way (it may wrap around), no more has gone by than ticks allow.
    const ticks = u64(max(0, this.timers.tick - question.doubtfulAtTick + this.doubtTicks));
    const spent = min((now - question.askedAt) / 1_000_000, (ticks + 1) * TICK_MS);
    return spent >= timeout ? 0 : u32(timeout - spent);
  }

  private get doubtTicks(): i32 {
    return i32(this.config.nodeTimeoutMs / DOUBT_AFTER / TICK_MS) + 1;
  }

  /** What a call or a stream has come to. */
  settle(question: Question, reply: Reply): void {
    const node = question.node;
    if (question.asked === null || node === null) {
      question.onReply(reply.away());
      return;
    }
    if (reply.isVerdict) {
      node.noteVerdict(question.turn);
      question.onReply(reply);
    } else if (question.conversation!.isOver) question.onReply(reply);
    else if (reply.outcome == Outcome.Overloaded) this.waitForTurn(question, node, this.resting);
    else if (!looksAway(reply.outcome)) question.onReply(reply);
    else if (reply.outcome == Outcome.TimedOut || !this.isAskedAgain(question, node, reply)) {
      // Hosts take turns: with a canary before each try, each try would meet the one that is gone.
      if (!question.isProven || !this.takesChance(question, reply))
        this.doubt(question, node, reply);
    }
  }

  /** A call of `node` has ended: the gateway may have room for another. */
  onFreed(): void {
    if (this.turns.length > 0) this.sendTurns();
  }

  /** False: this call is no probe. */
  onHttpCallResponse(token: u32, headerCount: u32, bodySize: u32): bool {
    const call = this.pool.takeProbe(token);
    if (call === null) return false;
    const answer = call.read(headerCount, bodySize);
    const node = call.node;
    const lives =
      answer == ProbeAnswer.Nodes || (answer == ProbeAnswer.NoRoom && this.isNodeBusy(node));
    if (answer == ProbeAnswer.Nodes) node.answeredAtTick = this.timers.tick;
    if (call.isCanary) {
      if (lives || call.isLate(this.timers.tick) || !node.takeCanary()) this.onCanary(node, lives);
      // What is sent while a connection breaks off goes with it: the next one waits for the next tick.
      else if (answer == ProbeAnswer.Nobody && !node.canaryRests) this.sendCanary(node);
      else node.canaryWaits = true;
    } else if (answer == ProbeAnswer.NoRoom) node.onRefusedProbe();
    else this.pool.onProbeAnswer(node, lives);
    this.onFreed();
    return true;
  }

  onTick(): void {
    for (let node: Node | null = this.pool.first; node !== null; node = node.next) {
      if (node.canaryWaits) this.sendCanary(node);
      else if (node.hasCanary && this.timers.tick >= node.canaryIsLateAtTick)
        this.onCanary(node, false);
    }
    if (this.turns.length == 0 && this.resting.length == 0) return;
    const waiting = this.turns.concat(this.resting);
    this.turns = new Array<Question>();
    this.resting = new Array<Question>();
    for (let i = 0; i < waiting.length; i++) {
      const question = unchecked(waiting[i]);
      if (!this.isGivenUp(question)) this.turns.push(question);
    }
    this.sendTurns();
  }

  /** To be called at ticks for what is under way: finds out early whether the node lives. */
  watch(question: Question): void {
    const node = question.node;
    if (node === null || this.timers.tick < question.doubtfulAtTick) return;
    if (!node.isQuestionedSince(question.turn)) this.sendCanary(node);
  }

  /** A canary of `node` has its answer, or has none. */
  private onCanary(node: Node, lives: bool): void {
    const settled = node.settleCanary(lives);
    for (let i = 0; i < settled.length; i++) {
      const question = unchecked(settled[i]);
      const reply = question.doubt!;
      question.doubt = null;
      this.doubt(question, node, reply);
    }
  }

  /** `before`: why it is asked again. */
  private send(question: Question, before: Reply | null = null): void {
    const failed = question.conversation!.send(question);
    if (failed === null) return;
    if (failed.outcome == Outcome.PartsMissing && before !== null) {
      // Nobody else can be asked about it, for what went on is not kept: whether a node lives is another question.
      question.chances = 0;
      this.doubt(question, question.node!, before);
      return;
    }
    // A processor that wants to hear no more was not asked: that says nothing of whether it lives.
    if (failed.isVerdict) question.onReply(failed);
    // The gateway has no room: there is some as soon as a call ends.
    else if (failed.outcome != Outcome.Overloaded || question.asked === null)
      this.settle(question, failed);
    else this.waitForTurn(question, question.node!, this.turns);
  }

  /** The next node, or the same once more: the connection may have been lost by chance. */
  private isAskedAgain(question: Question, node: Node, reply: Reply): bool {
    if (question.retries == 0 || this.timeLeft(question) == 0) return false;
    const other = this.pool.after(node);
    if (other === null || (other === node && reply.outcome == Outcome.CallRefused)) return false;
    question.retries--;
    this.telemetry.count(Metric.NodeRetries);
    question.conversation!.moveTo(other);
    this.send(question, reply);
    return true;
  }

  private doubt(question: Question, node: Node, reply: Reply): void {
    if (question.conversation!.isOver) question.onReply(reply);
    else if (node.hasJudgedSince(question.turn)) {
      question.isProven = true;
      if (!this.takesChance(question, reply)) question.onReply(reply);
    } else if (node.isDead || node.hasMissedSince(question.turn)) question.onReply(reply.away());
    else {
      question.doubt = reply;
      node.doubt(question);
      if (!node.hasCanary) this.sendCanary(node);
    }
  }

  /** The node lives, and the connection was lost: the question is asked again, for it may meet another host. */
  private takesChance(question: Question, reply: Reply): bool {
    // One that nobody has seen costs nobody anything; any other may be what ends the connection.
    const price: u32 = reply.isUnseen ? 1 : SEEN_PRICE;
    if (reply.outcome == Outcome.TimedOut || question.chances < price) return false;
    if (this.timeLeft(question) == 0) return false;
    question.chances -= price;
    this.telemetry.count(Metric.NodeRetries);
    // Hosts take turns, and what else is asked may keep step with the tries: the next few are made at another time.
    if (reply.isUnseen && question.chances % CHANCES_AT_ONCE == 0) this.resting.push(question);
    else this.send(question, reply);
    return true;
  }

  private sendCanary(node: Node): void {
    const timeoutMs = max(LEAST_CANARY_MS, this.config.nodeTimeoutMs);
    node.canaryWaits = false;
    node.noteCanary(this.timers.tick, this.timers.callIsLateAt(timeoutMs));
    this.timers.arm();
    if (this.pool.sendCanary(node, timeoutMs)) return;
    // The gateway has no room for it: a node that is busy lives.
    if (node.isWaitedFor || !node.wasFreedAt(this.timers.tick) || !node.takeCanary())
      this.onCanary(node, this.isNodeBusy(node));
    else node.canaryWaits = true;
  }

  private waitForTurn(question: Question, node: Node, among: Array<Question>): void {
    if (question.retries > 0) {
      const other = this.pool.after(node);
      if (other !== null && other !== node) {
        question.retries--;
        question.conversation!.moveTo(other);
        this.send(question);
        return;
      }
    }
    if (this.timeLeft(question) == 0) this.giveUpTurn(question, node);
    else among.push(question);
  }

  private giveUpTurn(question: Question, node: Node): void {
    const reply = new Reply(Outcome.Overloaded);
    // What filled the gateway may just have been given up.
    if (this.isNodeBusy(node)) question.onReply(reply);
    else this.doubt(question, node, reply);
  }

  /** Until one finds no room. */
  private sendTurns(): void {
    let left = this.turns.length;
    while (left-- > 0) {
      const question = this.turns.shift();
      if (this.isGivenUp(question)) continue;
      const before = this.turns.length;
      this.send(question);
      if (this.turns.length == before) continue;
      // It found no room: it was put at the end, and stays the first.
      this.turns.unshift(this.turns.pop());
      return;
    }
  }

  /** True: nobody waits for its answer any more, or a try would have too little time for one and look as if the node were away. */
  private isGivenUp(question: Question): bool {
    if (question.conversation!.isOver) question.onReply(new Reply(Outcome.Overloaded));
    else if (this.timeLeft(question) > this.config.nodeTimeoutMs / LEAST_TRY) return false;
    else this.giveUpTurn(question, question.node!);
    return true;
  }

  /** The gateway refuses a call both where too much is under way and where there is no host. */
  isNodeBusy(node: Node): bool {
    const tick = this.timers.tick;
    if (node.isWaitedFor || node.wasFreedAt(tick)) return true;
    return node.hasAnsweredLately(tick) || node.hasAnsweredOthers;
  }
}
