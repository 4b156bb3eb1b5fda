// How is a held request let go? Once, and in one of three ways: it goes on, we answer it, or its stream is gone. Nothing of a
// stream is touched after that.
import { Status } from "as-proxy-wasm";
import { RefusableStream } from "./block-response";
import { ClientAnswer } from "./node/reply";
import { Conversation } from "./node/transport";
import { PolicyContext } from "./policy-context";
import { RequestHead } from "./request-head";
import { RequestId } from "./request-id";
import { RequestParts } from "./request-parts";
import { Metric } from "./telemetry";

enum State {
  /** Bytes are held, or will be when they come. */
  Judging,
  /** Nothing is held any more: all was judged, or fallback_action let it through. */
  Released,
  /** Answered by us. */
  Refused,
  /** The stream is gone. */
  Gone,
}

export abstract class HeldRequest extends RequestParts {
  protected headersAreHeld: bool = true;
  /** True while the stream's own callback runs: its return value continues the stream, not a hostcall. */
  protected inCallback: bool = false;
  /** All that was seen was judged before the callback ended: a processor that wants to hear no more agrees at once. */
  goesOn: bool = false;
  private state: State = State.Judging;

  constructor(
    policy: PolicyContext,
    protected readonly stream: RefusableStream,
    id: RequestId,
    head: RequestHead,
    conversation: Conversation,
  ) {
    super(policy, id, head, conversation);
  }

  get isJudging(): bool {
    return this.state == State.Judging && !this.isRefused;
  }

  get isReleased(): bool {
    return this.state == State.Released;
  }

  /** Also for what the node has said of an early response. */
  get isRefused(): bool {
    return this.stream.isAnswered;
  }

  /** The stream is gone: nothing of it is touched any more. Replies under way find it so. */
  onGone(): void {
    this.settle(this.isJudging ? State.Gone : this.state);
  }

  /** For good: what follows flows on. */
  protected release(): void {
    this.settle(State.Released);
    this.resume();
  }

  /** What is held goes on; what follows is held again. */
  protected resume(): void {
    this.headersAreHeld = false;
    this.goesOn = true;
    if (this.inCallback || this.stream.resumeRequest() == Status.Ok) return;
    this.policy.telemetry.noteStuck(this.id, "request", this.policy.now());
  }

  protected refuse(answer: ClientAnswer | null): void {
    this.settle(State.Refused);
    this.conversation.end();
    this.stream.refuse(answer);
  }

  protected refuseTooLarge(): void {
    this.policy.telemetry.count(Metric.RequestsTooLarge);
    this.settle(State.Refused);
    this.conversation.end();
    this.stream.refuseTooLarge();
  }

  private settle(state: State): void {
    this.state = state;
    this.policy.timers.remove(this);
    this.forget();
  }
}
