/**
 * How do the golden messages in test/fixtures/node-protocol/ become bytes, and back? The bytes are made by
 * @msgpack/msgpack alone, so that neither our encoder nor our decoder has a say in them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { encode } from "@msgpack/msgpack";

export interface Golden {
  readonly file: string;
  readonly title: string;
  readonly kind:
    "request" | "probe" | "part" | "response" | "batch" | "verdict" | "answer" | "error";
  readonly message: unknown;
  readonly hex: string;
}

export const goldenFolder = new URL("../fixtures/node-protocol/", import.meta.url);

export function readGoldens(): Golden[] {
  return readdirSync(goldenFolder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((file) => ({
      file,
      ...(JSON.parse(readFileSync(new URL(file, goldenFolder), "utf8")) as Omit<Golden, "file">),
    }));
}

/** JSON has no bytes: `{"$bin": "hex"}` stands for them. */
export function fromJson(value: unknown, key?: string): unknown {
  if (Array.isArray(value)) return value.map((item) => fromJson(item));
  if (typeof value === "number") return asWireInteger(value, key);
  if (typeof value !== "object" || value === null) return value;
  if ("$bin" in value) return new Uint8Array(Buffer.from(String(value.$bin), "hex"));
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fromJson(v, k)]));
}

/** `time` is always a uint64; other integers take their shortest form, which above 32 bits is a uint64 too. */
function asWireInteger(value: number, key: string | undefined): number | bigint {
  return key === "time" || value > 0xffffffff ? BigInt(value) : value;
}

export function goldenBytes(golden: Pick<Golden, "message">): Uint8Array {
  return encode(fromJson(golden.message), { useBigInt64: true });
}
