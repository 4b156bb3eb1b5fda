// How does a request become messages? Its body is taken chunk by chunk and told part by part, never more than one part
// limit at a time. When a part may be told, and what waits for it, is decided by the two modes that extend this.
import { BufferType, HeaderPairs } from "as-proxy-wasm";
import { BodyCollector } from "./body-collector";
import { BodyOverflow } from "./config";
import { BodyPart } from "./node/body-part";
import { Question } from "./node/question";
import { Reply } from "./node/reply";
import { Conversation } from "./node/transport";
import { PolicyContext } from "./policy-context";
import { RequestHead } from "./request-head";
import { RequestId } from "./request-id";
import { RequestKind } from "./request-kind";
import { TickListener } from "./timers";

export abstract class RequestParts extends TickListener {
  protected readonly body: BodyCollector;
  protected nextPart: u32 = 0;
  /** The end of the request was seen. */
  protected ended: bool = false;
  /** A part with `last` was told: nothing more will be. */
  protected lastTold: bool = false;
  /** Bytes follow that the node will not get: it is told so. */
  protected restUntold: bool = false;
  protected trailers: HeaderPairs | null = null;
  /** A part is complete with so many bytes. */
  protected partLimit: u32;
  private told: u64 = 0;
  /** Needed for part 0 only, then let go. */
  private head: RequestHead | null;

  constructor(
    protected readonly policy: PolicyContext,
    readonly id: RequestId,
    head: RequestHead,
    protected readonly conversation: Conversation,
  ) {
    super();
    this.head = head;
    this.body = new BodyCollector(BufferType.HttpRequestBody, policy.bodies);
    this.partLimit = policy.config.requestBodyLimit;
  }

  /** Bytes of the body passed the limit and may not be told: with `pass` the rest flows on, with `block` it is refused. */
  protected get isOverLimit(): bool {
    return this.body.seen > u64(this.policy.config.requestBodyLimit);
  }

  /** What follows its head is not told. With `block` a body is waited for even if none may come: to be refused. */
  protected isOnlyHead(kind: RequestKind): bool {
    const config = this.policy.config;
    const takesNone = config.requestBodyLimit == 0;
    return (
      kind == RequestKind.Upgrade || (takesNone && config.requestBodyOverflow != BodyOverflow.Block)
    );
  }

  /** Takes a chunk into the next part. False if the host does not give it: then it can't be judged. */
  protected takeChunk(size: u32): bool {
    let room: u64 = size;
    if (this.policy.config.requestBodyOverflow != BodyOverflow.Inspect) {
      const limit = u64(this.policy.config.requestBodyLimit);
      const taken = this.told + u64(this.body.length);
      room = limit > taken ? limit - taken : 0;
    }
    const isTaken = this.body.take(size, u32(min(room, u64(size))));
    if (this.policy.config.requestBodyOverflow == BodyOverflow.Pass && this.isOverLimit) {
      this.restUntold = true;
    }
    return isTaken;
  }

  /** Tells the node the next part and frees its bytes. The reply, if it is known at once. No question: nobody waits. */
  protected tellNextPart(question: Question | null): Reply | null {
    const part = new BodyPart();
    part.number = this.nextPart++;
    part.length = min(this.body.length, this.partLimit);
    // Of a part that is cut out of more, nothing can be kept for telling it again.
    const isAll = part.length == this.body.length;
    const own = isAll && part.length > 0 ? this.body.give() : null;
    if (own !== null) part.memory = this.policy.bodies;
    part.held = own !== null ? own : this.body.held;
    part.last = (this.restUntold || this.ended) && isAll;
    part.bodySize = this.told + u64(part.length);
    part.truncated = part.last && this.restUntold;
    if (part.truncated) part.bodySize = this.body.seen;
    part.trailers = part.last ? this.trailers : null;
    this.lastTold = part.last;
    this.policy.verbose.logPart(this.id, this.head, part);
    const told = this.conversation.tellRequest(this.head, part, question);
    this.told += part.length;
    if (own === null) this.body.drop(part.length);
    this.head = null;
    return told;
  }

  /** The stream is gone or decided: what is held is freed. */
  protected forget(): void {
    this.body.clear();
    this.head = null;
    this.trailers = null;
  }
}
