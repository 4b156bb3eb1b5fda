// How are contexts found by id? In a hash table whose chains run through the contexts themselves: looking up, adding and
// removing allocate nothing, and the code is a fraction of a generic map's.
import { Context } from "./context";

const SMALLEST: i32 = 16;

@final
export class ContextTable {
  private buckets: StaticArray<Context | null> = new StaticArray<Context | null>(SMALLEST);
  private count: i32 = 0;

  find(contextId: u32): Context | null {
    let context = unchecked(this.buckets[this.bucketOf(contextId)]);
    while (context !== null && context.contextId != contextId) context = context.nextInTable;
    return context;
  }

  /** A context that had the same id is forgotten. */
  add(context: Context): void {
    this.remove(context.contextId);
    if (this.count >= this.buckets.length) this.grow();
    this.count++;
    this.link(context);
  }

  remove(contextId: u32): void {
    const bucket = this.bucketOf(contextId);
    let before: Context | null = null;
    let context = unchecked(this.buckets[bucket]);
    while (context !== null && context.contextId != contextId) {
      before = context;
      context = context.nextInTable;
    }
    if (context === null) return;
    if (before !== null) before.nextInTable = context.nextInTable;
    else unchecked((this.buckets[bucket] = context.nextInTable));
    context.nextInTable = null;
    this.count--;
  }

  /** Hosts count ids up, so that the low bits are spread well. */
  private bucketOf(contextId: u32): i32 {
    return (<i32>contextId) & (this.buckets.length - 1);
  }

  private link(context: Context): void {
    const bucket = this.bucketOf(context.contextId);
    context.nextInTable = unchecked(this.buckets[bucket]);
    unchecked((this.buckets[bucket] = context));
  }

  private grow(): void {
    const old = this.buckets;
    this.buckets = new StaticArray<Context | null>(old.length * 2);
    for (let i = 0; i < old.length; i++) {
      let context = unchecked(old[i]);
      while (context !== null) {
        const next = context.nextInTable;
        this.link(context);
        context = next;
      }
    }
  }
}
