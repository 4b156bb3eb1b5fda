/**
 * How deep may what one callback decides lie? Each reply that a guest asks for runs the guest's callbacks for that answer, and these
 * run the next reply, one within the other. Envoy's stack holds so many of them; the guest's next call traps then. Measured on
 * Envoy 1.40.0, with two and with four filters (test/host-sim/nesting.test.ts).
 */

/** Bytes that V8 lets a thread use. */
const size = 984 * 1024;

/** Bytes of one within the other: 306 replies, 271 requests that go on to a cluster without hosts. */
export const stackOf = { reply: Math.floor(size / 306), continue: Math.floor(size / 271) } as const;

export class NativeStack {
  private used = 0;

  /** The next call into a guest finds no room. */
  get exhausted(): boolean {
    return this.used > size;
  }

  run(bytes: number, action: () => void): void {
    this.used += bytes;
    try {
      action();
    } finally {
      this.used -= bytes;
    }
  }
}
