/** How can a well-framed 200 of a node be wrong, or only strange? */
import { encode } from "@msgpack/msgpack";
import type { Call, Verdict } from "./call.ts";
import type { Fault } from "./fault.ts";
import type { NodeFault } from "./faulty-node.ts";

const body = (name: string, bytes: (call: Call) => Uint8Array): Fault<NodeFault> => ({
  name,
  node: { answer: (call) => call.answer(200, bytes(call)) },
});

const each = (name: string, change: (verdict: Verdict) => object): Fault<NodeFault> =>
  body(name, (call) => encode(call.verdicts("pass").map(change)));

const both = (first: string, second: string) => (call: Call) =>
  encode([...call.verdicts(first), ...call.verdicts(second)]);

const BYTES: readonly Fault<NodeFault>[] = [
  body("empty-200", () => new Uint8Array(0)),
  body("html", () => Buffer.from("<html>It works!</html>")),
  body("json", (call) => Buffer.from(JSON.stringify(call.verdicts("pass")))),
  body("truncated", (call) => encode(call.verdicts("pass")).subarray(0, -1)),
  body("cut-in-id", (call) => encode(call.verdicts("pass")).subarray(0, 12)),
  body("byte-behind", (call) => Buffer.concat([encode(call.verdicts("pass")), Buffer.of(0xc0)])),
  body("no-array", (call) => encode(call.verdicts("pass")[0])),
  body("promises-4-billion", () => Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])),
  body("id-of-4-gb", () =>
    Buffer.from([0x91, 0x81, 0xa2, 0x69, 0x64, 0xc6, 0xff, 0xff, 0xff, 0xff]),
  ),
  body("nested-60000", () => Buffer.alloc(60_000, 0x91)),
];

const VERDICTS: readonly Fault<NodeFault>[] = [
  body("no-verdict", () => encode([])),
  each("wrong-id", (verdict) => ({ ...verdict, id: Buffer.alloc(16, 7) })),
  each("wrong-part", (verdict) => ({ ...verdict, part: verdict.part + 1 })),
  each("id-as-text", (verdict) => ({ ...verdict, id: Buffer.from(verdict.id).toString("hex") })),
  each("short-id", (verdict) => ({ ...verdict, id: verdict.id.subarray(0, 15) })),
  each("no-part", ({ id, action }) => ({ id, action })),
  each("no-action", ({ id, part }) => ({ id, part })),
  each("action-unknown", (verdict) => ({ ...verdict, action: "PASS" })),
  each("action-number", (verdict) => ({ ...verdict, action: 0 })),
  each("error", ({ id, part }) => ({ id, part, error: "too hard" })),
  each("error-and-pass", (verdict) => ({ ...verdict, error: "too hard" })),
  each("attacks-no-array", (verdict) => ({ ...verdict, action: "block", attacks: "ptrav" })),
  each("extra-fields", (verdict) => ({ x: [{ y: 1 }], ...verdict, attacks: [], z: null })),
  each("block-plain", (verdict) => ({ ...verdict, action: "block" })),
  each("block-status-200", (verdict) => ({ ...verdict, action: "block", status: 200 })),
  each("block-odd-texts", (verdict) => ({ ...verdict, action: "block", attacks: ["\n[req: ]"] })),
  body("two-equal", both("pass", "pass")),
  body("two-pass-block", both("pass", "block")),
  body("two-block-pass", both("block", "pass")),
  body("among-others", (call) => {
    const strange = { id: Buffer.alloc(16, 9), part: 0, action: "block" };
    return encode([strange, ...call.verdicts("pass"), strange]);
  }),
];

export const VERDICT_FAULTS = [...BYTES, ...VERDICTS];
