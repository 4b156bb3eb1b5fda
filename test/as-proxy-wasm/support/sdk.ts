/** How does a test call the SDK? By name, with JavaScript's strings, bytes and numbers. */
import { instantiateSync, type ASUtil } from "@assemblyscript/loader";
import { compileModule, type Flavour } from "../../support/assembly-script.ts";
import { FakeHost, type Guest } from "./fake-host.ts";

type Value = string | Uint8Array | number | bigint | boolean | null;
type Exported = Record<string, (...args: (number | bigint)[]) => number | bigint>;

export const Status = {
  Ok: 0,
  NotFound: 1,
  BadArgument: 2,
  ParseFailure: 4,
  InvalidMemoryAccess: 6,
  Empty: 7,
  CasMismatch: 8,
  InternalFailure: 10,
} as const;

export class Sdk {
  readonly host: FakeHost;
  readonly exports: Exported & ASUtil & Guest;

  private constructor(host: FakeHost, exports: Exported & ASUtil & Guest) {
    this.host = host;
    this.exports = exports;
  }

  static async load(flavour: Flavour = "debug"): Promise<Sdk> {
    return Sdk.of(await compileModule("as-proxy-wasm/modules/functions", flavour));
  }

  /** The same door for a module that exports more than the SDK. */
  static of(wasm: Uint8Array): Sdk {
    const host = new FakeHost();
    const { exports } = instantiateSync<Exported & Guest>(wasm, host.imports());
    host.guest = exports;
    return new Sdk(host, exports);
  }

  /** Number of a function's result; strings and byte arrays among `args` are put into the module first. */
  number(name: string, ...args: Value[]): number {
    return Number(this.call(name, args));
  }

  big(name: string, ...args: Value[]): bigint {
    return this.call(name, args) as bigint;
  }

  /** Text of a function's result; null stays null. */
  text(name: string, ...args: Value[]): string | null {
    const at = this.number(name, ...args);
    return at === 0 ? null : this.exports.__getString(at);
  }

  /** Bytes of a function's result, as latin1 text: one character a byte. Null stays null. */
  bytes(name: string, ...args: Value[]): string | null {
    const at = this.number(name, ...args);
    return at === 0 ? null : Buffer.from(this.exports.__getArrayBuffer(at)).toString("latin1");
  }

  private call(name: string, args: Value[]): number | bigint {
    const pinned: number[] = [];
    const raw = args.map((value) => {
      if (typeof value === "bigint" || typeof value === "number") return value;
      if (typeof value === "boolean" || value === null) return Number(value);
      const at = this.exports.__pin(
        typeof value === "string"
          ? this.exports.__newString(value)
          : this.exports.__newArrayBuffer(new Uint8Array(value).buffer),
      );
      pinned.push(at);
      return at;
    });
    const result = this.exports[name]!(...raw);
    pinned.forEach((at) => this.exports.__unpin(at));
    // Numbers of ours are unsigned, except where a test asks for `big`.
    return typeof result === "number" && result < -1 ? result >>> 0 : result;
  }
}

/** Bytes of a latin1 text: one byte a character. */
export const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");

/** Serialized pairs as a host writes them (ABI v0.2.1, "Serialization"), written apart from the SDK. */
export function pairs(...list: readonly (readonly [string, string])[]): Uint8Array {
  const head = Buffer.alloc(4 + 8 * list.length);
  head.writeUInt32LE(list.length);
  list.forEach(([name, value], i) => {
    head.writeUInt32LE(name.length, 4 + 8 * i);
    head.writeUInt32LE(value.length, 8 + 8 * i);
  });
  const body = list.map(([name, value]) => `${name}\0${value}\0`).join("");
  return Buffer.concat([head, Buffer.from(body, "latin1")]);
}
