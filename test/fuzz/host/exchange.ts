/**
 * Where is one request on its way through the host? What the client sends, what the filter has seen of it, what the host holds back, and what
 * has gone on to the upstream. As Envoy does it: a Continue, from a callback or as a hostcall, lets go of all that is held.
 */
import { ScriptedBody } from "../../support/scripted-body.ts";
import { Filter } from "./abi.ts";
import type { Pair } from "./pairs.ts";

export interface Message {
  readonly headers: readonly Pair[];
  readonly body: Uint8Array;
  readonly trailers: readonly Pair[] | null;
  /** False: the sender never comes to an end. */
  readonly ends: boolean;
}

/** What one direction of a stream has come to. */
export class Way {
  readonly message: Message;
  headCalled = false;
  /** Bytes that the filter has seen. */
  seen = 0;
  /** The filter has seen the end. */
  ended = false;
  trailersCalled = false;

  headHeld = false;
  held = 0;
  endHeld = false;
  /** No callback before a continue. */
  isStopped = false;
  headOut = false;
  bytesOut = 0;
  endOut = false;
  /** Bytes that the filter had the host drop. */
  lost = 0;

  constructor(message: Message, body: ScriptedBody | null = null) {
    this.message = message;
    this.body = body;
  }

  /** Where the bytes of a request are; of a response only their number is known. */
  readonly body: ScriptedBody | null;

  /** Anything that waits for a continue? */
  get isHeld(): boolean {
    const isInModule = this.body !== null && this.bytesOut < this.seen - this.lost;
    return this.headHeld || this.held > 0 || this.endHeld || isInModule;
  }

  /** All that is held goes on; `isAsked`: by a hostcall, whether the iteration was stopped or not. */
  letGo(isAsked = false): void {
    if (!this.headCalled) return;
    this.headOut = true;
    if (this.body === null) this.bytesOut += this.held;
    else {
      if (isAsked) this.body.release();
      else this.body.releaseIfStopped();
      this.bytesOut = this.body.released.length;
    }
    this.endOut ||= this.endHeld;
    this.headHeld = false;
    this.held = 0;
    this.endHeld = false;
    this.isStopped = false;
  }

  onHeadersStatus(status: number, holdsHeaders: boolean): void {
    this.headHeld = true;
    this.endHeld = this.ended;
    if (status === Filter.Continue) this.letGo();
    // Without header holding Envoy makes of StopIteration that no body callback comes before a continue.
    else this.isStopped = status !== Filter.Stop || !holdsHeaders;
  }

  onBodyStatus(status: number, size: number): void {
    if (status === Filter.StopNoBuffer) this.lost += size;
    else if (this.body === null) this.held += size;
    this.endHeld = this.ended;
    if (this.body === null) {
      if (status === Filter.Continue) this.letGo();
      return;
    }
    this.body.end(status);
    this.bytesOut = this.body.released.length;
    if (status !== Filter.Continue) return;
    this.headOut = true;
    this.endOut ||= this.endHeld;
    this.headHeld = false;
    this.endHeld = false;
  }

  onTrailersStatus(status: number): void {
    this.endHeld = true;
    if (status === Filter.Continue) this.letGo();
  }
}

export interface LocalReply {
  readonly status: number;
  readonly details: string;
  readonly headers: readonly Pair[];
  readonly body: string;
  readonly grpcStatus: number;
}

export class Exchange {
  readonly id: number;
  readonly rootId: number;
  /** Written into a header, by which messages to the node are known to be about this. */
  readonly mark: string;
  readonly protocol: string;
  readonly source: string;
  readonly request: Way;
  readonly isKept: boolean;
  /** The host did not do with its body what it was asked for. */
  isBodyBroken = false;
  response: Way | null = null;
  /** The response is the local reply on its way out. */
  isResponseOurs = false;
  /** What filters have set of it. */
  readonly properties = new Map<string, string>();
  /** Header maps that the policy has changed, by their type. */
  readonly changed = new Map<number, Pair[]>();
  /** Host time at the headers callback, in nanoseconds. */
  time = 0n;
  reply: LocalReply | null = null;
  /** The policy has cut the stream off. */
  closed = false;
  /** The host has forgotten it. */
  gone = false;

  constructor(
    init: Pick<Exchange, "id" | "rootId" | "mark" | "protocol" | "source"> & {
      readonly request: Message;
      /** The route has a policy for which the router keeps what it got. */
      readonly isKept: boolean;
    },
  ) {
    this.id = init.id;
    this.rootId = init.rootId;
    this.mark = init.mark;
    this.protocol = init.protocol;
    this.source = init.source;
    const body = new ScriptedBody();
    body.isKept = init.isKept;
    this.isKept = init.isKept;
    this.request = new Way(init.request, body);
  }

  get isAnswered(): boolean {
    return this.reply !== null || this.closed;
  }
}
