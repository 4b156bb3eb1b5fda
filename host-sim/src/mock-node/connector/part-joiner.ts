/**
 * Which request does a part belong to, and what is its body so far? Bounded in requests, bytes and age: a request that
 * is never finished costs its memory for `part_age` only.
 */
import { ContractError, malformed } from "../contract/contract-error.ts";
import type { PartMessage, RequestMessage } from "../contract/messages.ts";

export interface JoinLimits {
  readonly openRequests: number;
  /** Of one request; of a longer one only the last bytes are kept. */
  readonly joinedBytes: number;
  /** Of all requests together. */
  readonly heldBytes: number;
  /** Milliseconds without a new part. */
  readonly partAge: number;
}

export interface JoinedRequest {
  readonly request: RequestMessage;
  /** The body of parts 0…n; its last `joinedBytes` where it is longer. */
  body: Uint8Array;
  part: number;
  last: boolean;
  truncated: boolean;
  trailers: RequestMessage["trailers"];
  /** Bytes of the body that came, kept or not. */
  received: number;
  /** What was found in earlier parts, so that it is reported once. */
  readonly seen: Set<string>;
  readonly attacks: Set<string>;
  /** Why it was blocked: later parts stay blocked. */
  blocked: string | undefined;
}

interface Slot {
  readonly joined: JoinedRequest;
  readonly touched: number;
}

/** Ids of finished requests that are remembered, so that a repeated one is noticed. */
const MAX_FINISHED = 65_536;

export class PartJoiner {
  readonly #limits: JoinLimits;
  readonly #now: () => number;
  readonly #open = new Map<string, Slot>(); // oldest first
  readonly #finished = new Set<string>(); // oldest first
  #heldBytes = 0;

  constructor(limits: JoinLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get openRequests(): number {
    return this.#open.size;
  }

  /** Whether a request with this id came before. */
  knows(id: string): boolean {
    return this.#open.has(id) || this.#finished.has(id);
  }

  /** Whether all parts before this one have come, or no part of it will be taken any more. */
  isNext({ id, part }: PartMessage): boolean {
    const open = this.#open.get(id);
    return open === undefined ? this.#finished.has(id) : open.joined.part + 1 >= part;
  }

  /** No further part will come, though the last one has not. */
  drop(id: string): void {
    const slot = this.#open.get(id);
    if (slot === undefined) return;
    this.#open.delete(id);
    this.#heldBytes -= slot.joined.body.length;
    this.#finish(id);
  }

  begin(request: RequestMessage): JoinedRequest {
    this.#dropOld();
    const { id } = request;
    if (this.knows(id)) {
      throw malformed("DuplicateReqId", `id ${id}: part 0 came before`);
    }
    const joined: JoinedRequest = {
      request,
      body: request.body,
      part: 0,
      last: request.last,
      truncated: request.truncated,
      trailers: request.trailers,
      received: request.body.length,
      seen: new Set(),
      attacks: new Set(),
      blocked: undefined,
    };
    if (request.last) this.#finish(id);
    else this.#hold(id, joined);
    return joined;
  }

  next(part: PartMessage): JoinedRequest {
    this.#dropOld();
    const joined = this.#open.get(part.id)?.joined;
    if (joined === undefined) throw this.#unexpected(part);
    if (part.part <= joined.part) {
      throw malformed("DuplicateReqId", `id ${part.id}: part ${part.part} came before`);
    }
    if (part.part > joined.part + 1) {
      const reason = `id ${part.id}: part ${part.part} came after part ${joined.part}`;
      throw malformed("MsgDataFormat", reason);
    }
    this.#append(joined, part);
    this.#open.delete(part.id);
    if (part.last) this.#finish(part.id);
    else this.#open.set(part.id, { joined, touched: this.#now() });
    return joined;
  }

  #unexpected({ id, part }: PartMessage): ContractError {
    if (this.#finished.has(id)) {
      return malformed("DuplicateReqId", `id ${id}: part ${part} came after the last part`);
    }
    return malformed("MsgDataFormat", `id ${id}: part ${part} came without part 0`);
  }

  #hold(id: string, joined: JoinedRequest): void {
    const { openRequests, heldBytes } = this.#limits;
    if (this.#open.size >= openRequests) {
      throw overloaded(`${openRequests} requests are open already (mock.limits.open_requests)`);
    }
    if (this.#heldBytes + joined.body.length > heldBytes) throw this.#heldTooMuch();
    this.#heldBytes += joined.body.length;
    this.#open.set(id, { joined, touched: this.#now() });
  }

  #append(joined: JoinedRequest, part: PartMessage): void {
    const { joinedBytes, heldBytes } = this.#limits;
    if (this.#heldBytes + part.body.length > heldBytes) throw this.#heldTooMuch();
    const before = joined.body.length;
    const body = Buffer.concat([joined.body, part.body]);
    // A copy, not a view: a view would keep the whole buffer alive.
    joined.body = body.length > joinedBytes ? Uint8Array.from(body.subarray(-joinedBytes)) : body;
    joined.part = part.part;
    joined.last = part.last;
    joined.truncated ||= part.truncated;
    joined.trailers = part.trailers;
    joined.received += part.body.length;
    this.#heldBytes += part.last ? -before : joined.body.length - before;
  }

  #finish(id: string): void {
    this.#finished.add(id);
    if (this.#finished.size <= MAX_FINISHED) return;
    for (const oldest of this.#finished) {
      this.#finished.delete(oldest);
      return;
    }
  }

  #dropOld(): void {
    const limit = this.#now() - this.#limits.partAge;
    for (const [id, { joined, touched }] of this.#open) {
      if (touched > limit) return;
      this.#open.delete(id);
      this.#heldBytes -= joined.body.length;
    }
  }

  #heldTooMuch(): ContractError {
    return overloaded(
      `parts of open requests hold ${this.#heldBytes} bytes already (mock.limits.held_bytes)`,
    );
  }
}

function overloaded(reason: string): ContractError {
  return new ContractError(503, reason, { errorType: "DroppedOnOverload" });
}
