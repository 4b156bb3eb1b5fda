/** What does a host see of the SDK? Each hostcall, decoded, in order; and it answers what a test has told it to. */
import { HOSTCALLS, type Parameter } from "./hostcalls.ts";

export type Argument = number | bigint | string;
export type Call = readonly [name: string, ...args: Argument[]];

/** What the host answers: a status, and what it writes to the places of results, in order. */
export interface Answer {
  readonly status?: number;
  readonly results?: readonly (Uint8Array | string | number | bigint)[];
}
export type Behaviour = (...args: Argument[]) => Answer;

/** What the host uses of the module. */
export interface Guest {
  readonly memory: WebAssembly.Memory;
  proxy_on_memory_allocate(size: number): number;
  __collect(): void;
}

export class FakeHost {
  /** Bytes are told as latin1 text: one character a byte. */
  readonly calls: Call[] = [];
  guest!: Guest;
  /** A full collection between the host's write and the module's read of it. */
  collectBeforeReturn = false;
  /** The host asks for so much more room than it needs. */
  extraRoom = 0;
  /** The host answers with this address in the place of the one that it was given. */
  wrongAddress: number | undefined;
  private readonly behaviours = new Map<string, Behaviour>();

  /** From now on `name` is answered like this. What has no behaviour is answered with Ok, and nothing written. */
  answer(name: string, behaviour: Behaviour | Answer): void {
    const fixed = behaviour;
    this.behaviours.set(name, typeof fixed === "function" ? fixed : () => fixed);
  }

  /** Forgets all calls and behaviours. */
  reset(): void {
    this.calls.length = 0;
    this.behaviours.clear();
    this.collectBeforeReturn = false;
    this.extraRoom = 0;
    this.wrongAddress = undefined;
  }

  imports(): Record<string, Record<string, (...raw: (number | bigint)[]) => number>> {
    const env = Object.fromEntries(
      Object.entries(HOSTCALLS).map(([name, parameters]) => [
        name,
        (...raw: (number | bigint)[]) => this.serve(name, parameters, raw),
      ]),
    );
    return { env, wasi_snapshot_preview1: { random_get: (...raw) => this.serveRandom(raw) } };
  }

  private serve(name: string, parameters: readonly Parameter[], raw: (number | bigint)[]): number {
    const args: Argument[] = [];
    const places: { kind: Parameter; at: number; sizeAt: number }[] = [];
    for (let i = 0, k = 0; k < parameters.length; k++) {
      const kind = parameters[k]!;
      const first = raw[i++]!;
      if (kind === "i32" || kind === "i64") args.push(first);
      else if (kind === "bytes") args.push(this.read(Number(first), Number(raw[i++])));
      else if (kind === "out-bytes")
        places.push({ kind, at: Number(first), sizeAt: Number(raw[i++]) });
      else places.push({ kind, at: Number(first), sizeAt: 0 });
    }
    this.calls.push([name, ...args]);
    const { status = 0, results = [] } = this.behaviours.get(name)?.(...args) ?? {};
    results.forEach((result, k) => this.write(places[k]!, result));
    if (this.collectBeforeReturn) this.guest.__collect();
    return status;
  }

  private serveRandom(raw: (number | bigint)[]): number {
    const [at, size] = raw.map(Number) as [number, number];
    this.calls.push(["random_get", size]);
    const answer = this.behaviours.get("random_get")?.(size);
    new Uint8Array(this.guest.memory.buffer, at, size).fill(0xab);
    return answer?.status ?? 0;
  }

  private read(at: number, size: number): string {
    return Buffer.from(this.guest.memory.buffer, at, size).toString("latin1");
  }

  private write(
    place: { kind: Parameter; at: number; sizeAt: number },
    result: Uint8Array | string | number | bigint,
  ): void {
    if (typeof result === "number" || typeof result === "bigint") {
      const view = new DataView(this.guest.memory.buffer);
      if (place.kind === "out-i64") view.setBigUint64(place.at, BigInt(result), true);
      else view.setUint32(place.at, Number(result), true);
      return;
    }
    const bytes = Buffer.from(result as string, "latin1");
    const at = this.guest.proxy_on_memory_allocate(bytes.length + this.extraRoom);
    // The memory may have grown, and so be another buffer.
    new Uint8Array(this.guest.memory.buffer).set(bytes, at);
    const view = new DataView(this.guest.memory.buffer);
    view.setUint32(place.at, this.wrongAddress ?? at, true);
    view.setUint32(place.sizeAt, bytes.length, true);
  }
}
