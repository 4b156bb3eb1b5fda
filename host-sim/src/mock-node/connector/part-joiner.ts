/**
 * Which request does a part belong to, what is its body so far, and what was said about its parts? Bounded in requests,
 * bytes and age: a request that is never finished costs its memory for `part_age` only.
 */
import { ContractError, malformed } from "../contract/contract-error.ts";
import type { PartMessage, RequestMessage } from "../contract/messages.ts";
import { FinishedRequests, type Asked, type AskedParts } from "./remembered.ts";

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
  /** Settles when the latest part has its verdict. */
  turn: Promise<unknown>;
}

interface Slot {
  readonly joined: JoinedRequest;
  readonly asked: AskedParts;
  readonly touched: number;
}

const REMEMBERED = { finished: 65_536, parts: 131_072 };

export class PartJoiner {
  readonly #limits: JoinLimits;
  readonly #now: () => number;
  readonly #open = new Map<string, Slot>(); // oldest first
  readonly #finished = new FinishedRequests(REMEMBERED);
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

  /** What was asked about this part before. */
  asked(id: string, part: number): Asked | undefined {
    return (this.#open.get(id)?.asked ?? this.#finished.get(id))?.get(part);
  }

  /** To be called once the part has been joined. */
  remember(id: string, part: number, asked: Asked): void {
    const open = this.#open.get(id);
    if (open) open.asked.set(part, asked);
    else this.#finished.add(id, new Map([...(this.#finished.get(id) ?? []), [part, asked]]));
  }

  /** The lowest part that has not come and must come before this one; undefined: none. */
  lackOf({ id, part }: PartMessage): number | undefined {
    this.#dropOld();
    const open = this.#open.get(id);
    if (open === undefined) return this.#finished.has(id) ? undefined : 0;
    return open.joined.part + 1 < part ? open.joined.part + 1 : undefined;
  }

  /** No further part will come, though the last one has not. */
  drop(id: string): void {
    const slot = this.#close(id);
    if (slot) this.#finished.add(id, slot.asked);
  }

  /** As if it had never come: it can be asked about again from the start. */
  forget(id: string): void {
    this.#close(id);
    this.#finished.delete(id);
  }

  begin(request: RequestMessage): JoinedRequest {
    this.#dropOld();
    const { id } = request;
    if (this.knows(id)) throw cameBefore(id, 0);
    const joined = joinedOf(request);
    if (request.last) this.#finished.add(id, new Map());
    else this.#hold(id, joined);
    return joined;
  }

  next(part: PartMessage): JoinedRequest {
    this.#dropOld();
    const slot = this.#open.get(part.id);
    if (slot === undefined) throw this.#unexpected(part);
    const { joined, asked } = slot;
    if (part.part <= joined.part) throw cameBefore(part.id, part.part);
    if (part.part > joined.part + 1) {
      const reason = `id ${part.id}: part ${part.part} came after part ${joined.part}`;
      throw malformed("MsgDataFormat", reason);
    }
    this.#append(joined, part);
    this.#open.delete(part.id);
    if (part.last) this.#finished.add(part.id, asked);
    else this.#open.set(part.id, { joined, asked, touched: this.#now() });
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
    this.#open.set(id, { joined, asked: new Map(), touched: this.#now() });
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
    joined.truncated ||= part.truncated || part.aborted;
    joined.trailers = part.trailers;
    joined.received += part.body.length;
    this.#heldBytes += part.last ? -before : joined.body.length - before;
  }

  #close(id: string): Slot | undefined {
    const slot = this.#open.get(id);
    this.#open.delete(id);
    this.#heldBytes -= slot?.joined.body.length ?? 0;
    return slot;
  }

  #dropOld(): void {
    const limit = this.#now() - this.#limits.partAge;
    for (const [id, { touched }] of this.#open) {
      if (touched > limit) return;
      this.#close(id);
    }
  }

  #heldTooMuch(): ContractError {
    return overloaded(
      `parts of open requests hold ${this.#heldBytes} bytes already (mock.limits.held_bytes)`,
    );
  }
}

/** A request of which nothing but this has come. */
export function joinedOf(request: RequestMessage): JoinedRequest {
  return {
    request,
    body: request.body,
    part: 0,
    last: request.last,
    truncated: request.truncated || request.aborted,
    trailers: request.trailers,
    received: request.body.length,
    seen: new Set(),
    attacks: new Set(),
    blocked: undefined,
    turn: Promise.resolve(),
  };
}

function cameBefore(id: string, part: number): ContractError {
  return malformed("DuplicateReqId", `id ${id}: part ${part} came before, with other bytes`);
}

function overloaded(reason: string): ContractError {
  return new ContractError(503, reason, { errorType: "DroppedOnOverload" });
}
