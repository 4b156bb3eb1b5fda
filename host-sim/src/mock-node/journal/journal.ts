/** What has the node seen and decided? A bounded memory of messages and attacks, with news for who listens. */
import type { MockConfig } from "../config/node-config.ts";
import type { AttackEntry, MessageEntry, NewEntry } from "./entries.ts";
import { select, type JournalQuery } from "./query.ts";
import { Ring } from "./ring.ts";

export type JournalEvent =
  | { readonly kind: "message"; readonly entry: MessageEntry }
  | { readonly kind: "attack"; readonly entry: AttackEntry }
  | { readonly kind: "cleared" };

export type JournalListener = (event: JournalEvent) => void;

export class Journal {
  readonly #messages: Ring<MessageEntry>;
  readonly #attacks: Ring<AttackEntry>;
  readonly #listeners = new Set<JournalListener>();
  readonly #now: () => number;
  #seq = 0;

  constructor(limits: MockConfig["journal"], now: () => number) {
    this.#messages = new Ring(limits.messages, limits.bytes, messageBytes);
    this.#attacks = new Ring(limits.attacks, limits.bytes, attackBytes);
    this.#now = now;
  }

  addMessage(entry: NewEntry<MessageEntry>): void {
    const message: MessageEntry = { ...this.#stamp(), ...entry };
    this.#messages.push(message);
    this.#tell({ kind: "message", entry: message });
  }

  addAttack(entry: NewEntry<AttackEntry>): void {
    const attack: AttackEntry = { ...this.#stamp(), ...entry };
    this.#attacks.push(attack);
    this.#tell({ kind: "attack", entry: attack });
  }

  messages(query: JournalQuery = {}): MessageEntry[] {
    return select(this.#messages.newestFirst(), query);
  }

  attacks(query: JournalQuery = {}): AttackEntry[] {
    return select(this.#attacks.newestFirst(), query);
  }

  /** `seq` of the newest entry. */
  get seq(): number {
    return this.#seq;
  }

  clear(): void {
    this.#messages.clear();
    this.#attacks.clear();
    this.#tell({ kind: "cleared" });
  }

  /** Returns the end of listening. */
  listen(listener: JournalListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first message that matches, now or within `timeoutMs`; rejects when none came. For tests. */
  waitForMessage(
    matches: (entry: MessageEntry) => boolean,
    timeoutMs = 5000,
  ): Promise<MessageEntry> {
    for (const entry of this.#messages.newestFirst()) {
      if (matches(entry)) return Promise.resolve(entry);
    }
    return new Promise((resolve, reject) => {
      const end = this.listen((event) => {
        if (event.kind !== "message" || !matches(event.entry)) return;
        clearTimeout(timer);
        end();
        resolve(event.entry);
      });
      const timer = setTimeout(() => {
        end();
        reject(new Error(`no such message came to the mock node within ${timeoutMs} ms`));
      }, timeoutMs);
    });
  }

  #stamp(): { seq: number; at: number } {
    this.#seq += 1;
    return { seq: this.#seq, at: this.#now() };
  }

  #tell(event: JournalEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

const ENTRY_BYTES = 1024; // objects, numbers and short texts, about

function messageBytes(entry: MessageEntry): number {
  const pairs = [...entry.headers, ...(entry.trailers ?? [])];
  const headers = pairs.reduce((sum, [name, value]) => sum + name.length + value.length + 64, 0);
  return ENTRY_BYTES + headers + entry.path.length + entry.host.length + entry.body.base64.length;
}

function attackBytes(entry: AttackEntry): number {
  return ENTRY_BYTES + entry.path.length + entry.host.length + entry.value.length;
}
