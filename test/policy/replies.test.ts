/** Is only a well-formed pass for this id and this part taken for one, whatever bytes an answer consists of? */
import { beforeAll, describe, expect, it } from "vitest";
import fc from "fast-check";
import type { Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { fromJson, readGoldens, goldenBytes } from "../mock-node/golden.ts";
import { answer, edit, edited, ID, PART } from "./support/answers.ts";
import { loadPolicyModule } from "./support/policy-module.ts";
import { expectedVerdict, type Verdict } from "./support/verdict-oracle.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await loadPolicyModule();
});

const reply = (body: Uint8Array, id: Uint8Array = ID, part = PART): string =>
  sdk.text("reply", body, id, part)!;
const OUTCOMES: readonly Verdict[] = ["pass", "block"];
const outcome = (body: Uint8Array, id: Uint8Array = ID, part = PART): Verdict =>
  OUTCOMES[sdk.number("replyOutcome", body, id, part)] ?? "none";
const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("a golden verdict", () => {
  const verdicts = readGoldens().flatMap(({ kind, file, title, message }) => {
    const all = kind === "answer" ? (message as object[]) : kind === "verdict" ? [message] : [];
    return all.map((one, i) => ({ file, title, i, one, all }));
  });

  it.each(verdicts)("of $file, number $i, is read: $title", ({ one, all }) => {
    const fields = fromJson(one) as Readonly<Record<string, never>>;
    const { id, part = 0, action, attacks, error, lacks } = fields;
    const detail =
      error ??
      (action === "block" ? (attacks as unknown as string[] | undefined)?.join(",") : undefined);
    const without = lacks === undefined ? action : "earlier parts missing";
    const expected = (error === undefined ? without : "undecided by node") as string;
    const body = goldenBytes({ message: all });
    expect(reply(body, id, part)).toBe(detail ? `${expected}: ${detail}` : expected);
  });

  it.each(verdicts)("of $file, number $i, is no verdict once a byte is missing", ({ one, all }) => {
    const { id, part = 0 } = fromJson(one) as Readonly<Record<string, never>>;
    const body = goldenBytes({ message: all });
    for (let end = 0; end < body.length; end++) {
      expect(outcome(body.subarray(0, end), id, part), `${end} bytes`).toBe("none");
    }
    expect(outcome(Buffer.concat([body, hex("c0")]), id, part), "a byte too many").toBe("none");
  });

  it("of an empty answer is no verdict", () => {
    expect(reply(hex("90"))).toBe("no verdict in answer");
    expect(reply(hex(""))).toMatch(/^malformed answer/);
  });
});

describe("the text of a golden error", () => {
  const errors = readGoldens().filter(({ kind }) => kind === "error");

  it.each(errors)("of $file is read, and of no cut piece of it", ({ message }) => {
    const body = goldenBytes({ message });
    expect(sdk.text("errorText", body)).toBe((message as { error: string }).error);
    for (let end = 0; end < body.length; end++) {
      expect(sdk.text("errorText", body.subarray(0, end))).toBe("");
    }
  });
});

const id = `a26964 c410 ${Buffer.from(ID).toString("hex")}`;
const part = "a470617274 03";
const action = "a6616374696f6e";
const pass = `${action} a470617373`;
const block = `${action} a5626c6f636b`;

describe("an answer that is nearly a pass", () => {
  it("is one in its plain form", () => {
    expect(reply(hex(`91 83 ${id} ${part} ${pass}`))).toBe("pass");
  });

  it.each([
    ["id is there twice", `84 ${id} ${id} ${part} ${pass}`],
    ["part is there twice", `84 ${id} ${part} ${part} ${pass}`],
    ["action is there twice", `84 ${id} ${part} ${pass} ${pass}`],
    ["block comes before pass", `84 ${id} ${part} ${block} ${pass}`],
    ["error is there twice", `84 ${id} ${part} a56572726f72 a0 a56572726f72 a0`],
    ["status is there twice", `85 ${id} ${part} ${pass} a6737461747573 01 a6737461747573 01`],
    ["part is a float", `83 ${id} a470617274 cb4008000000000000 ${pass}`],
    ["part is negative", `83 ${id} a470617274 d0fd ${pass}`],
    ["part is over 2^32", `83 ${id} a470617274 cf0000000100000003 ${pass}`],
    ["part is an ext", `83 ${id} a470617274 d40103 ${pass}`],
    ["part is text", `83 ${id} a470617274 a133 ${pass}`],
    ["id has 15 bytes", `83 a26964 c40f ${"11".repeat(15)} ${part} ${pass}`],
    ["id has 17 bytes", `83 a26964 c411 ${Buffer.from(ID).toString("hex")}00 ${part} ${pass}`],
    ["id is text", `83 a26964 b0 ${Buffer.from(ID).toString("hex")} ${part} ${pass}`],
    ["action is bytes", `83 ${id} ${part} ${action} c40470617373`],
    ["attacks is no array", `84 ${id} ${part} ${pass} a761747461636b73 01`],
    ["a key is no text", `84 ${id} ${part} ${pass} 01 02`],
    ["an unknown value is nested too deep", `84 ${id} ${part} ${pass} a178 ${"91".repeat(15)} 01`],
    ["an unknown array has 2^32 items", `84 ${id} ${part} ${pass} a178 ddffffffff`],
    ["an unknown text has 2^32 bytes", `84 ${id} ${part} ${pass} a178 dbffffffff`],
    ["an unknown value uses 0xc1", `84 ${id} ${part} ${pass} a178 c1`],
    ["there are 2^32 keys", `dfffffffff ${id} ${part} ${pass}`],
  ])("is malformed where %s", (_what, verdict) => {
    expect(reply(hex(`91 ${verdict}`))).toMatch(/^malformed answer/);
  });

  it.each([
    ["c1b0 617373", "overlong UTF-8"],
    ["f0 617373", "cut UTF-8"],
    ["50617373", "capitals"],
    ["7061737300", "a zero byte"],
    ["0070617373", "a zero byte in front"],
    ["00000070617373", "three zero bytes in front"],
    ["70610073 73", "a zero byte inside"],
    ["0000000000000000 70617373", "eight zero bytes in front"],
    ["20706173 73", "a blank"],
    ["", "nothing"],
  ])("is malformed with the action %s: %s", (text) => {
    const bytes = hex(text);
    const value = Buffer.concat([Buffer.of(0xa0 + bytes.length), bytes]).toString("hex");
    expect(reply(hex(`91 83 ${id} ${part} ${action} ${value}`))).toMatch(/^malformed answer/);
  });

  it.each([
    ["id", `83 a3006964 c410 ${Buffer.from(ID).toString("hex")} ${part} ${pass}`],
    ["part", `83 ${id} a50070617274 03 ${pass}`],
  ])(
    "is no answer to this question where a zero byte stands before the key %s",
    (_key, verdict) => {
      expect(reply(hex(`91 ${verdict}`))).toBe("no verdict in answer");
    },
  );

  it("has no action where a zero byte stands before that key", () => {
    const verdict = `83 ${id} ${part} a700616374696f6e a470617373`;
    expect(reply(hex(`91 ${verdict}`))).toMatch(/^malformed answer/);
  });

  it.each(["application", "applicatioo", "applicatipO", "\0application", "app\0lication"])(
    "may have the key %j twice unless it is one of the contract",
    (key) => {
      const word = Buffer.from(key, "latin1");
      const entry = `${(0xa0 + word.length).toString(16)} ${word.toString("hex")} 01`;
      const answer = reply(hex(`91 85 ${id} ${part} ${pass} ${entry} ${entry}`));
      if (key === "application") expect(answer).toMatch(/^malformed answer/);
      else expect(answer).toBe("pass");
    },
  );

  it.each([
    ["another part", `83 ${id} a470617274 02 ${pass}`],
    ["no part", `82 ${id} ${pass}`],
    ["another id", `83 a26964 c410 ${"ff".repeat(16)} ${part} ${pass}`],
    ["no id", `82 ${part} ${pass}`],
    ["an error about another part", `83 ${id} a470617274 02 a56572726f72 a178`],
  ])("is no answer to this question with %s", (_what, verdict) => {
    expect(reply(hex(`91 ${verdict}`))).toBe("no verdict in answer");
  });

  it.each([
    ["without a part", `82 ${id} a56572726f72 a178`, ": x"],
    ["with a pass beside it", `84 ${id} ${part} ${pass} a56572726f72 a178`, ": x"],
    ["without a text", `84 ${id} ${part} ${pass} a56572726f72 a0`, ""],
  ])("is undecided with an error %s", (_what, verdict, detail) => {
    expect(reply(hex(`91 ${verdict}`))).toBe(`undecided by node${detail}`);
  });

  it("of block on an earlier part is one where all were asked about, though two on the last differ", () => {
    const on = (number: string, action: string): string =>
      `83 ${id} a470617274 ${number} ${action}`;
    const last = `${on("03", pass)} ${on("03", block)}`;
    const toAll = (verdicts: string): string =>
      sdk.text("replyFrom", hex(`93 ${verdicts}`), ID, 0, PART)!;
    expect(toAll(`${on("00", block)} ${last}`)).toBe("block");
    expect(toAll(`${last} ${on("00", block)}`)).toBe("block");
    expect(toAll(`${on("00", pass)} ${last}`)).toMatch(/^no verdict in answer/);
  });

  it("counts once where it is there twice, and not where the two differ", () => {
    const verdict = (one: string): string => `83 ${id} ${part} ${one}`;
    expect(reply(hex(`92 ${verdict(pass)} ${verdict(pass)}`))).toBe("pass");
    expect(reply(hex(`92 ${verdict(pass)} ${verdict(block)}`))).toMatch(/^no verdict in answer/);
    expect(reply(hex(`92 ${verdict(block)} ${verdict(pass)}`))).toMatch(/^no verdict in answer/);
  });

  it("may nest what is unknown up to the bound, use any form of an integer, and any order", () => {
    expect(reply(hex(`91 84 ${id} a178 ${"91".repeat(14)} 01 ${pass} ${part}`))).toBe("pass");
    for (const three of ["cc03", "cd0003", "ce00000003", "cf0000000000000003", "d003", "d10003"]) {
      expect(reply(hex(`91 83 ${pass} a470617274 ${three} ${id}`)), three).toBe("pass");
    }
  });
});

describe("whatever comes back", () => {
  it("is a pass or a block only if another reader says so: 100,000 answers from right to broken", () => {
    const seen = { pass: 0, block: 0, none: 0 };
    fc.assert(
      fc.property(answer, fc.array(edit, { minLength: 5, maxLength: 5 }), (bytes, edits) => {
        for (const one of [bytes, ...edits.map((change) => edited(bytes, change))]) {
          const body = Uint8Array.from(one);
          const expected = expectedVerdict(body, ID, PART);
          seen[expected]++;
          if (outcome(body) !== expected) throw new Error(Buffer.from(body).toString("hex"));
        }
      }),
      { numRuns: 17_000, seed: 20261122 },
    );
    // The answers are not all broken: a test that never sees a pass shows nothing.
    expect(seen.pass).toBeGreaterThan(1_000);
    expect(seen.block).toBeGreaterThan(1_000);
    expect(seen.none).toBeGreaterThan(20_000);
  });

  it("never traps, were it noise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (body) => {
        sdk.text("errorText", body);
        return outcome(body) === "none";
      }),
      { numRuns: 20_000, seed: 20261122 },
    );
  });

  it.each([
    ["arrays in arrays", "91"],
    ["maps in maps", "8101"],
    ["empty arrays", "dd00010000"],
    ["arrays of arrays of 2^32", "ddffffffff"],
  ])("never traps on 64 KiB of %s", (_what, piece) => {
    expect(outcome(Buffer.alloc(65_536, piece, "hex"))).toBe("none");
    expect(outcome(Buffer.concat([hex("918178"), Buffer.alloc(65_000, piece, "hex")]))).toBe(
      "none",
    );
  });
});
