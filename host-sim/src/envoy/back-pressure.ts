/** Who is held back now? Each side of a stream stops while anyone on the other side has reason to hold it. */

/** Counts reasons; tells when the first comes and when the last goes. */
export class Holds {
  private count = 0;
  private tell: ((held: boolean) => void) | null;

  constructor(tell: ((held: boolean) => void) | null = null) {
    this.tell = tell;
  }

  change(held: boolean): void {
    this.count += held ? 1 : -1;
    if (held ? this.count === 1 : this.count === 0) this.tell?.(held);
  }

  /** All reasons go. */
  release(): void {
    if (this.count > 0) this.tell?.(false);
    this.count = 0;
  }

  /** Whoever comes later is told at once. */
  setListener(tell: ((held: boolean) => void) | null): void {
    this.tell = tell;
    if (this.count > 0) tell?.(true);
  }
}
