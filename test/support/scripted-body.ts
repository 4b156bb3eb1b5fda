/**
 * Where are the bytes of a request's body while a filter holds it? As in Envoy: after StopIterationAndWatermark the gateway has them and
 * nobody may touch them but in a callback of the body; after StopIterationAndBuffer the buffer is the stream's own, and a later chunk comes
 * merged with what lies in it. A router that keeps what it got, to send it again, keeps it there.
 */
const NOTHING = Buffer.alloc(0);
const Answer = { Continue: 0, StopAndBuffer: 1, StopAndWatermark: 2 } as const;

export class ScriptedBody {
  /** All that the API got. */
  released: Buffer = NOTHING;
  /** The router keeps what it got. */
  isKept = false;
  /** Held by the gateway. */
  #staged: Buffer = NOTHING;
  /** In a callback of the body, or after StopIterationAndBuffer. */
  #buffer: Buffer | null = null;
  #isOwn = false;
  /** A chunk was not let through, and nothing was continued since. */
  #isStopped = false;
  /** Of the chunk whose callback is running. */
  #chunk: Uint8Array = NOTHING;

  /** Bytes that wait in the gateway. */
  get held(): number {
    return this.#staged.length + (this.#isOwn ? this.#buffer!.length : 0);
  }

  /** A chunk comes. The size that the callback is called with. */
  begin(chunk: Uint8Array): number {
    const own = this.#isOwn ? this.#buffer! : NOTHING;
    this.#chunk = chunk;
    this.#buffer = Buffer.concat([own, chunk]);
    return this.#buffer.length;
  }

  /** What the callback answered. */
  end(answer: number): void {
    const bytes = this.#buffer ?? NOTHING;
    if (answer === Answer.Continue && !this.#isStopped) {
      this.#pass();
      return;
    }
    this.#isStopped = true;
    const isOwn = answer === Answer.StopAndBuffer;
    this.#buffer = isOwn ? Buffer.concat([this.#staged, bytes]) : null;
    if (isOwn) this.#staged = NOTHING;
    this.#isOwn = isOwn;
    if (answer === Answer.Continue || answer === Answer.StopAndWatermark) {
      this.#staged = Buffer.concat([this.#staged, bytes]);
    }
    if (answer === Answer.Continue) this.release();
  }

  /** A chunk goes by; a router that keeps what it got keeps it too. */
  #pass(): void {
    const bytes = this.#isOwn ? Buffer.from(this.#chunk) : this.#buffer!;
    this.released = Buffer.concat([this.released, bytes]);
    if (!this.#isOwn) this.#buffer = null;
    if (this.isKept && !this.#isOwn) this.#staged = Buffer.concat([this.#staged, bytes]);
    else if (!this.isKept && this.#isOwn) this.#buffer = NOTHING;
  }

  /** Goes on: all that is held, and what the router has kept once more. */
  release(): void {
    this.#isStopped = false;
    const bytes = this.#isOwn ? this.#buffer! : this.#staged;
    this.released = Buffer.concat([this.released, bytes]);
    if (this.isKept) return;
    if (this.#isOwn) this.#buffer = NOTHING;
    this.#staged = NOTHING;
  }

  /** What a callback of trailers does that goes on. */
  releaseIfStopped(): void {
    if (this.#isStopped) this.release();
  }

  /** What hostcalls see. Throws where Envoy's process would end. */
  get bytes(): Buffer {
    if (this.#buffer === null) throw new Error("a body's buffer is touched where Envoy crashes");
    return this.#buffer;
  }

  /** As Envoy: `start` 0 takes away `length` bytes and puts the new ones in front; `start` at the end or behind it appends. */
  set(start: number, length: number, bytes: Uint8Array): boolean {
    const { bytes: before } = this;
    if (start === 0) this.#buffer = Buffer.concat([bytes, before.subarray(length)]);
    else if (start >= before.length) this.#buffer = Buffer.concat([before, bytes]);
    else return false;
    return true;
  }
}
