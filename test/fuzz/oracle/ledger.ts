/**
 * What may, and what must, become of one request? Kept from what was told to a node and what the node answered, apart from the
 * policy: which bytes have a verdict, why all may go on without one, why the request may or has to be refused.
 */
import { Find, require } from "../find.ts";
import type { Exchange, LocalReply } from "../host/exchange.ts";
import { declaredLength, isUpgrade } from "./request-truth.ts";
import type { Truth } from "./truth.ts";

/** A stretch of a request that the node was told: its head, or bytes of its body, or its end. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly last: boolean;
  readonly truncated: boolean;
  isPassed: boolean;
}

export type Cause = "block" | "no verdict" | "too large" | "no length" | "not held";

/** Why there is no verdict: no node is there, a node did not judge, or one or the other. */
export type Want = "away" | "unjudged" | "doubtful";

const CAUSES: Readonly<Record<string, readonly [Cause, number]>> = {
  wallarm_content_too_large: ["too large", 413],
  wallarm_length_required: ["no length", 411],
  wallarm_not_held: ["not held", 413],
};

export class Ledger {
  readonly exchange: Exchange;
  readonly truth: Truth;
  /** 16 bytes as Latin-1; over gRPC the stream's token. */
  id: string | null = null;
  readonly parts: Part[] = [];
  /** Why all may go on, judged or not. */
  allowed: string | null = null;
  readonly mayRefuse = new Set<Cause>();
  /** It has to be refused before the running callback ends. */
  owesRefusal = false;
  /** The client is to get this status, and body, instead of the policy's own. */
  answer: { readonly status: number; readonly body: string } | null = null;
  /** The host failed in a way that leaves the policy helpless: nothing is asked of what becomes of it. */
  isHelpless = false;
  /** Its head could be read. */
  isInspected = true;
  hasNoVerdict = false;
  /** Nobody knows yet whether a node is there: nothing was heard of it since it was asked. */
  #isInDoubt = false;
  #isHeard = true;
  isResponseTold = false;
  /** It was told as one that goes on, with so many bytes: its end is to follow. */
  responseGoesOn: number | null = null;
  readonly isUpgrade: boolean;

  constructor(exchange: Exchange, truth: Truth) {
    this.exchange = exchange;
    this.truth = truth;
    this.isUpgrade = isUpgrade(exchange.request.message.headers);
    const declared = declaredLength(exchange.request.message.headers);
    const tooLong = declared !== undefined && declared > BigInt(truth.requestLimit);
    if (truth.overflow === "block" && tooLong && truth.isSync) this.mayRefuse.add("too large");
    if (!truth.isSync) this.allowed = "async";
  }

  /** May bytes of the body go on that the node is not told, and why? */
  get mayBeTruncated(): boolean {
    const { overflow, requestLimit, isSync } = this.truth;
    const isOver = this.exchange.request.seen > requestLimit;
    const mayStop = overflow === "pass" || (overflow === "block" && !isSync);
    return this.isUpgrade || requestLimit === 0 || (mayStop && isOver);
  }

  /** Nothing has been decided for good. */
  get isOpen(): boolean {
    const { exchange } = this;
    const isWaitedFor = !exchange.isAnswered && !exchange.gone && !exchange.request.endOut;
    return this.allowed === null && isWaitedFor && !this.isJudged;
  }

  /** All of it has its verdict: what a processor says of it then comes too late. */
  private get isJudged(): boolean {
    return this.parts.at(-1)?.last === true && this.parts.every(({ isPassed }) => isPassed);
  }

  /** The node had a usable verdict on a part. */
  onVerdict(part: Part, verdict: "pass" | "block"): void {
    if (verdict === "block") {
      this.mayRefuse.add("block");
      this.owesRefusal = this.truth.isSync && this.isOpen;
      return;
    }
    part.isPassed = true;
    if (part.last && part.truncated) this.allowed ??= "the rest may flow unjudged";
  }

  /** A question came to nothing: then one of two parameters decides, if the question is not asked again. */
  onNoVerdict(want: Want = "doubtful"): void {
    const { fallbackPasses, unjudgedPasses } = this.truth;
    if (want !== "unjudged") this.onDecider(fallbackPasses);
    // That a node lives has to be heard of it: silence is none of its answers.
    if (want === "unjudged" || (want === "doubtful" && this.#isHeard))
      this.onDecider(unjudgedPasses);
    else if (want === "doubtful") this.#isInDoubt = true;
  }

  private onDecider(passes: boolean): void {
    this.hasNoVerdict = true;
    if (passes) this.allowed ??= "without a verdict";
    else this.mayRefuse.add("no verdict");
  }

  /** A node was asked about it. */
  onAsked(): void {
    this.#isHeard = false;
  }

  /** A node has answered something, or the host may have told of one that is busy. */
  onHeard(): void {
    this.#isHeard = true;
    if (this.#isInDoubt) this.onDecider(this.truth.unjudgedPasses);
    this.#isInDoubt = false;
  }

  /** Bytes from the begin that have a verdict. */
  get judgedBytes(): number {
    let judged = 0;
    for (const part of this.parts) {
      if (!part.isPassed) break;
      judged = part.to;
    }
    return judged;
  }

  checkOut(): void {
    const { request, mark } = this.exchange;
    require(!this.exchange.isAnswered, "let go after a local reply", () => mark);
    this.checkBytes();
    if (this.allowed !== null || this.isHelpless) return;
    require(this.parts[0]?.isPassed === true, "head let go before its verdict", () => mark);
    require(request.bytesOut <= this.judgedBytes, "body let go before its verdict", () => {
      return `${mark}: ${request.bytesOut} bytes are out, ${this.judgedBytes} judged`;
    });
    require(!request.endOut || this.parts.at(-1).last, "end let go before its verdict", () => mark);
    const allJudged = this.parts.every((part) => part.isPassed);
    require(!request.endOut || allJudged, "let go before all verdicts", () => mark);
  }

  /** The API gets the client's bytes, in their order, once. */
  private checkBytes(): void {
    const { request, mark, isBodyBroken } = this.exchange;
    const out = request.body!.released;
    const right = request.message.body.subarray(0, out.length);
    require(isBodyBroken || out.equals(right), "altered", () =>
      `${mark}: ${out.toString("latin1").slice(0, 80)}`);
    const isWhole =
      !request.endOut || request.lost > 0 || out.length === request.message.body.length;
    require(isBodyBroken || isWhole, "cut short", () => `${mark}: ${out.length} bytes`);
  }

  /** What the host can't be made to hold. */
  private addUnheld(): void {
    const { request, isBodyBroken } = this.exchange;
    if (isBodyBroken || request.bytesOut > 0) this.mayRefuse.add("not held");
    const { headers } = request.message;
    const te = (headers.find(([name]) => name === "te")?.[1] ?? "").split(",");
    const isAnnounced =
      headers.some(([name]) => name === "trailer") ||
      te.some((token) => token.trim().toLowerCase() === "trailers");
    const mayBeHeld = isAnnounced && declaredLength(headers) === undefined && !request.headOut;
    if (request.trailersCalled && !mayBeHeld) this.mayRefuse.add("no length");
  }

  checkReply(reply: LocalReply): void {
    const { exchange } = this;
    require(exchange.reply === null, "two local replies", () => exchange.mark);
    const { truth } = this;
    if (truth.overflow === "block" && exchange.request.seen > truth.requestLimit)
      this.mayRefuse.add("too large");
    this.addUnheld();
    const cause = this.causeOf(reply);
    require(this.mayRefuse.has(cause) || this.isHelpless, "refused without cause", () => {
      return `${exchange.mark}: ${reply.status} ${reply.details}`;
    });
    this.owesRefusal = false;
    if (this.isHelpless) return;
    if (this.answer !== null && cause === "block") this.checkAnswer(reply, this.answer);
    else this.checkOwnAnswer(reply);
  }

  private causeOf(reply: LocalReply): Cause {
    const known = CAUSES[reply.details];
    if (known !== undefined) return known[0];
    return this.mayRefuse.has("block") ? "block" : "no verdict";
  }

  private checkAnswer(reply: LocalReply, answer: { status: number; body: string }): void {
    const isSame = reply.status === answer.status && reply.body === answer.body;
    require(isSame, "another answer than the node's", () => `${reply.status} ${reply.body}`);
  }

  private checkOwnAnswer(reply: LocalReply): void {
    const right = CAUSES[reply.details]?.[1] ?? this.truth.blockStatus;
    if (reply.status !== right) throw new Find("wrong status of a refusal", String(reply.status));
    const id = reply.headers.find(([name]) => name === "x-wallarm-request-id")?.[1] ?? "";
    const isNamed = /^[0-9a-f]{32}$/.test(id);
    require(isNamed, "refusal without request id", () => JSON.stringify(reply));
    if (this.truth.speaksExtProc || this.id === null) return;
    const told = Buffer.from(this.id, "latin1").toString("hex");
    require(told === id, "refusal with another request's id", () => `${id}, told ${told}`);
  }

  /** After all that a client, a node and time can do: nothing may be held for ever. */
  checkLetGo(): void {
    const { exchange } = this;
    if (this.isHelpless || exchange.gone || exchange.isAnswered) return;
    const { request, response } = exchange;
    // Its client owes the rest of its body: it is held to its end.
    const declared = declaredLength(request.message.headers);
    const isWhole = BigInt(request.seen) === declared;
    const hasBegun = request.seen > 0 || declared !== undefined;
    const awaitsClient = hasBegun && !request.ended && !isWhole;
    require(!request.isHeld || awaitsClient, "held for ever", () =>
      `${exchange.mark}: ${request.held} bytes, head ${request.headHeld}`);
    require(response?.isHeld !== true, "response held for ever", () => exchange.mark);
    require(request.lost === 0, "bytes dropped", () => `${exchange.mark}: ${request.lost}`);
  }
}
