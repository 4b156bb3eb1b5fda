/**
 * Does the policy do right? Hears all that happens between it and the host, keeps a ledger for each request, and throws a find where
 * a rule is broken. It knows the contracts and the configuration, and nothing of how the policy is made.
 */
import { Find, require } from "../find.ts";
import { isProbe, type GrpcStream, type HttpCall } from "../host/calls.ts";
import type { Exchange, LocalReply } from "../host/exchange.ts";
import type { Witness } from "../host/witness.ts";
import type { World } from "../host/world.ts";
import {
  isBlockedIn,
  isHeardOf,
  isOfNode,
  isTaken,
  verdictIn,
  type Answer,
} from "./http-answer.ts";
import { Ledger, type Part } from "./ledger.ts";
import { checkLine } from "./log-line.ts";
import { decodeMsgpack } from "./msgpack.ts";
import { ProcessorLedger } from "./processor-ledger.ts";
import {
  checkHead,
  checkPart,
  checkResponse,
  fieldsOf,
  number,
  pairsOf,
  text,
  type Fields,
} from "./told.ts";
import type { Truth } from "./truth.ts";

/** What one call told. */
interface Told {
  readonly call: HttpCall;
  readonly truth: Truth;
  readonly parts: readonly {
    readonly ledger: Ledger;
    readonly number: number;
    /** Nobody waits for what is said of it. */
    readonly isCopy: boolean;
  }[];
  readonly messages: number;
  readonly isProbe: boolean;
}

/** The policy does without, or is told of it elsewhere. */
const HARMLESS = new Set([
  ...["proxy_http_call", "proxy_grpc_stream", "proxy_grpc_send", "proxy_grpc_call", "random_get"],
  ...[
    "proxy_define_metric",
    "proxy_get_log_level",
    "proxy_get_status",
    "proxy_send_local_response",
  ],
  ...["proxy_get_shared_data", "proxy_set_shared_data"],
]);
/** The request can't be told, so that there can be no verdict. */
const UNTOLD = new Set(["pairs 0", "pairs 1", "buffer 0"]);

export class Judge implements Witness {
  readonly ledgers = new Map<number, Ledger>();
  /** Also of streams that are gone. */
  readonly all: Ledger[] = [];
  readonly told = new Map<number, Told>();
  readonly processors = new Map<number, ProcessorLedger>();
  /** Upper bounds for what the policy may count. */
  readonly most = { verdicts: 0, withoutVerdict: 0, sent: 0 };
  /** A probe of the node's health found nothing: requests may be decided without a call. */
  nodeMayBeDead = false;
  readonly truths = new Map<number, Truth>();
  readonly #world: World;
  #mayRepeat = false;
  /** What was answered last. */
  #answered: Told | null = null;
  readonly #marks = new Map<string, Ledger>();
  readonly #ids = new Map<string, Ledger>();

  constructor(world: World) {
    this.#world = world;
    world.witness = this;
  }

  addPlugin(id: number, truth: Truth): void {
    this.truths.set(id, truth);
  }

  onLog(level: number, text: string): void {
    checkLine(level, text);
  }

  onHeaders(exchange: Exchange): void {
    const ledger = new Ledger(exchange, this.truths.get(exchange.rootId)!);
    this.ledgers.set(exchange.id, ledger);
    this.all.push(ledger);
    this.#marks.set(exchange.mark, ledger);
    if (!this.nodeMayBeDead) return;
    ledger.onNoVerdict("away");
    this.most.withoutVerdict++;
  }

  /** `exchange` null: a hostcall that may have been about any of them. */
  onHostFailure(exchange: Exchange | null, hostcall: string): void {
    if (HARMLESS.has(hostcall)) return;
    if (hostcall === "pairs 6" && this.#answered?.isProbe === true) this.onLostProbe();
    this.most.withoutVerdict++;
    const ledgers =
      exchange === null ? [...this.ledgers.values()] : [this.ledgers.get(exchange.id)];
    for (const ledger of ledgers) {
      if (ledger === undefined) continue;
      if (hostcall === "pairs 0") ledger.isInspected = false;
      if (UNTOLD.has(hostcall)) ledger.onNoVerdict("unjudged");
      if (!UNTOLD.has(hostcall) || !ledger.truth.isSync) ledger.isHelpless = true;
    }
  }

  onOut(exchange: Exchange): void {
    this.ledgers.get(exchange.id)!.checkOut();
  }

  onReply(exchange: Exchange, reply: LocalReply): void {
    const ledger = this.ledgers.get(exchange.id)!;
    require(ledger.truth.isSync || reply.status === 413, "refused in async mode", () =>
      exchange.mark);
    ledger.checkReply(reply);
  }

  onHttpCall(call: HttpCall): void {
    const truth = this.truths.get(call.rootId)!;
    if (isProbe(call)) {
      this.told.set(call.token, { call, truth, parts: [], messages: 0, isProbe: true });
      return;
    }
    const { parts, messages } = this.read(call.body, truth);
    this.told.set(call.token, { call, truth, parts, messages, isProbe: false });
  }

  /** A call that was refused may be made again; else its question has come to nothing. */
  onCallRefused(call: Pick<HttpCall, "headers" | "body">): void {
    if (isProbe(call)) {
      this.onGrpcRefused(); // before a stream is opened a probe asks whether the gateway can
      return;
    }
    const { parts, messages } = this.read(call.body, undefined);
    this.#mayRepeat = true;
    this.onHeard();
    for (const { ledger } of parts) ledger.onNoVerdict();
    this.most.withoutVerdict += messages + parts.length;
  }

  onGrpcSend(stream: GrpcStream, message: Uint8Array): void {
    let processor = this.processors.get(stream.token);
    if (processor === undefined) {
      processor = new ProcessorLedger(stream, (mark) => this.#marks.get(mark));
      this.processors.set(stream.token, processor);
    }
    processor.onSend(message);
  }

  onGrpcRefused(): void {
    this.onHeard();
    this.most.withoutVerdict += 3; // a question, and what its stream told before
    const ledger = this.ledgers.get(this.#world.called);
    if (ledger !== undefined) ledger.onNoVerdict();
    else for (const each of this.ledgers.values()) each.onNoVerdict();
  }

  onGrpcCancel(stream: GrpcStream): void {
    this.processors.get(stream.token)?.onCancel();
  }

  onTick(rootId: number): void {
    for (const { call, truth, parts, messages } of this.told.values()) {
      if (call.rootId !== rootId || call.isAnswered || !isLate(call.ticks, truth)) continue;
      for (const { ledger } of parts) ledger.onNoVerdict();
      if (call.ticks === Math.ceil(truth.timeoutMs / 100))
        this.most.withoutVerdict += Math.max(messages, 1);
    }
    for (const processor of this.processors.values()) {
      if (processor.stream.rootId === rootId) this.most.withoutVerdict += processor.onTick();
    }
  }

  /** To be called before the answer is given. */
  beforeHttpAnswer(token: number, answer: Answer): void {
    const told = this.told.get(token);
    if (told === undefined || told.call.isAnswered) return; // a stray one: nothing may come of it
    told.call.isAnswered = true;
    this.#answered = told;
    if (isHeardOf(answer)) this.onHeard(told.call.rootId);
    const mayBeLate = isLate(told.call.ticks, told.truth);
    const isTheNodes = answer.headers.some(([name]) => name === "x-envoy-upstream-service-time");
    if (told.isProbe && !isTheNodes) this.onLostProbe();
    if (!isTaken(answer)) this.#mayRepeat = true;
    if (isTaken(answer)) this.most.sent += told.messages;
    this.most.withoutVerdict += Math.max(told.messages, isTaken(answer) ? 0 : 1);
    for (const { ledger, number } of told.parts) {
      if (number !== told.parts.at(-1)!.number) {
        if (isBlockedIn(answer, ledger.id!, number))
          ledger.onVerdict(ledger.parts[number]!, "block");
        continue;
      }
      const verdict = verdictIn(answer, ledger.id!, number);
      if (verdict === "none") {
        ledger.onNoVerdict(isOfNode(answer) ? "unjudged" : "doubtful");
        if (isTaken(answer)) this.most.withoutVerdict++;
      } else {
        this.most.verdicts++;
        ledger.onVerdict(ledger.parts[number]!, verdict);
        if (mayBeLate) ledger.owesRefusal = false; // its deadline may have decided before
      }
    }
  }

  beforeGrpcAnswer(token: number, message: Uint8Array): void {
    const processor = this.processors.get(token);
    if (processor === undefined) return;
    this.most.verdicts++;
    this.most.withoutVerdict += 3;
    this.onHeard(processor.stream.rootId);
    processor.onAnswer(message);
  }

  beforeGrpcEnd(token: number, code: number): void {
    const processor = this.processors.get(token);
    if (processor === undefined) return;
    this.most.verdicts += 3;
    this.most.withoutVerdict += 3;
    this.onHeard(processor.stream.rootId);
    processor.onEnd(code);
  }

  /** Nobody need be asked from now on, about those either that have begun. */
  private onLostProbe(): void {
    this.nodeMayBeDead = true;
    for (const ledger of this.ledgers.values()) ledger.onNoVerdict("away");
  }

  /** A node lives that this plugin asks, or may look as if it did. */
  private onHeard(rootId?: number): void {
    for (const ledger of this.ledgers.values())
      if (rootId === undefined || ledger.exchange.rootId === rootId) ledger.onHeard();
  }

  afterCallback(name: string): void {
    for (const ledger of this.ledgers.values()) {
      const { exchange } = ledger;
      // What a callback has no room for, or may not do itself, comes with the gateway's next turn.
      if (!ledger.owesRefusal || this.#world.isTurnDue(exchange.rootId)) continue;
      ledger.owesRefusal = false;
      const isRefused = exchange.isAnswered || exchange.gone || ledger.isHelpless;
      require(isRefused, "not refused though blocked", () => `${exchange.mark}, after ${name}`);
    }
  }

  /** All streams are gone, and nobody will ask about them. */
  clear(): void {
    this.ledgers.clear();
    this.all.length = 0;
    this.told.clear();
    this.processors.clear();
    this.#marks.clear();
    this.#ids.clear();
  }

  forget(exchange: Exchange): void {
    this.ledgers.delete(exchange.id);
  }

  /** Reads the messages of one call; `truth` undefined: the host refused it, so it may have been told before. */
  private read(
    body: Uint8Array,
    truth: Truth | undefined,
  ): { parts: Told["parts"]; messages: number } {
    const value = decodeMsgpack(body);
    if (value?.kind !== "array") throw new Find("told rubbish", Buffer.from(body).toString("hex"));
    const parts: Told["parts"][number][] = [];
    for (const item of value.items) {
      const fields = fieldsOf(item);
      if (text(fields, "type") === "response")
        checkResponse(this.ledgerOf(fields), fields, this.#mayRepeat);
      else parts.push(this.readPart(fields, truth));
    }
    // That a request broke off is told to nobody who is waited for.
    const waits = parts.filter(({ ledger, isCopy }) => ledger.truth.isSync && !isCopy);
    // A node that has none of the parts before gets all of them at once.
    const isOne = waits.every(
      ({ ledger, number }, i) => ledger === waits[0]!.ledger && number === i,
    );
    const mayWait = value.items.length === 1 || (isOne && waits.length === value.items.length);
    require(waits.length === 0 || mayWait, "a batch that is waited for", () => "");
    return { parts: waits, messages: value.items.length - waits.length };
  }

  private readPart(
    fields: Fields,
    _truth: Truth | undefined,
  ): { ledger: Ledger; number: number; isCopy: boolean } {
    const ledger =
      text(fields, "type") === "request" ? this.newLedger(fields) : this.ledgerOf(fields);
    const part = number(fields, "part") ?? -1;
    ledger.onAsked();
    require(part >= 0 && part <= ledger.parts.length, "told out of order", () => `part ${part}`);
    const before = ledger.parts[part];
    const from = before?.from ?? ledger.parts[part - 1]?.to ?? 0;
    const stretch: Part = { from, ...checkPart(ledger, fields, from), isPassed: false };
    if (before === undefined) {
      require(ledger.parts.at(-1)?.last !== true, "told behind the last part", () =>
        `part ${part}`);
      ledger.parts.push(stretch);
    } else {
      const isSame = before.to === stretch.to && before.last === stretch.last;
      require(isSame, "told something else the second time", () => `part ${part}`);
    }
    return { ledger, number: part, isCopy: text(fields, "mode") === "async" };
  }

  private newLedger(fields: Fields): Ledger {
    const mark = pairsOf(fields, "headers")?.find(([name]) => name === "x-mark")?.[1] ?? "";
    const ledger = this.#marks.get(mark);
    const id = text(fields, "id") ?? "";
    require(ledger !== undefined, "told something else", () =>
      `a request that never came: ${mark}`);
    require(id.length === 16, "told rubbish", () => "an id of another length");
    const other = this.#ids.get(id);
    require(other === undefined || other === ledger, "one id for two requests", () => mark);
    require(ledger.id === null || ledger.id === id, "two ids for one request", () => mark);
    ledger.id = id;
    this.#ids.set(id, ledger);
    checkHead(ledger, fields);
    return ledger;
  }

  private ledgerOf(fields: Fields): Ledger {
    const ledger = this.#ids.get(text(fields, "id") ?? "");
    if (ledger === undefined) throw new Find("told something else", "an id that no request has");
    return ledger;
  }
}

/** May the policy have given up a question of this age? */
const isLate = (ticks: number, truth: Truth): boolean => ticks * 100 >= truth.timeoutMs;
