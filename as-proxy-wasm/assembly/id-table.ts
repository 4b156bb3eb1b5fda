// How is something found by the id that the host gives it: a context, a call, a stream? In a hash table whose chains run
// through what is kept: looking up, adding and removing allocate nothing, and the code is a fraction of a generic map's.

const SMALLEST: i32 = 16;

/** What can be kept in one `IdTable` at a time. */
export abstract class Identified {
  /** For the table: by which this is found. */
  tableId: u32 = 0;
  nextInTable: Identified | null = null;
}

@final
export class IdTable {
  private buckets: StaticArray<Identified | null> = new StaticArray<Identified | null>(SMALLEST);
  count: i32 = 0;

  find(id: u32): Identified | null {
    let one = unchecked(this.buckets[this.bucketOf(id)]);
    while (one !== null && one.tableId != id) one = one.nextInTable;
    return one;
  }

  /** One that had the same id is forgotten. */
  add(id: u32, one: Identified): void {
    this.take(id);
    if (this.count >= this.buckets.length) this.grow();
    this.count++;
    one.tableId = id;
    this.link(one);
  }

  /** What was there under this id, and is no more; null if nothing was. */
  take(id: u32): Identified | null {
    const bucket = this.bucketOf(id);
    let before: Identified | null = null;
    let one = unchecked(this.buckets[bucket]);
    while (one !== null && one.tableId != id) {
      before = one;
      one = one.nextInTable;
    }
    if (one === null) return null;
    if (before !== null) before.nextInTable = one.nextInTable;
    else unchecked((this.buckets[bucket] = one.nextInTable));
    one.nextInTable = null;
    this.count--;
    return one;
  }

  /** All that is there, in no order: what is done with it may change the table. */
  all(): StaticArray<Identified | null> {
    const list = new StaticArray<Identified | null>(this.count);
    let at = 0;
    for (let i = 0; i < this.buckets.length; i++) {
      let one = unchecked(this.buckets[i]);
      while (one !== null) {
        unchecked((list[at++] = one));
        one = one.nextInTable;
      }
    }
    return list;
  }

  /** Hosts count ids up, calls in steps of four: folded, the low bits are spread well. */
  private bucketOf(id: u32): i32 {
    return <i32>((id ^ (id >> 3)) & (this.buckets.length - 1));
  }

  private link(one: Identified): void {
    const bucket = this.bucketOf(one.tableId);
    one.nextInTable = unchecked(this.buckets[bucket]);
    unchecked((this.buckets[bucket] = one));
  }

  private grow(): void {
    const old = this.buckets;
    this.buckets = new StaticArray<Identified | null>(old.length * 2);
    for (let i = 0; i < old.length; i++) {
      let one = unchecked(old[i]);
      while (one !== null) {
        const next = one.nextInTable;
        this.link(one);
        one = next;
      }
    }
  }
}
