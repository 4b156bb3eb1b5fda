/**
 * How does a held request stand with the gateway, and what changes that? Each cell of the policy's table, written here anew: the rows
 * are states, the columns events, a cell has the action and the state after it.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

// prettier-ignore
const TABLE = `
state    | leave             | take        | take open   | put back          | trailers            | passed          | passed all        | refuse         | gone
head     | copy staged       | take taken  | take open   | copy staged       | - staged            | continue flowing| continue released | answer refused | forget gone
taken    | put-back staged   | take taken  | take open   | put-back staged   | no-trailers refused | - taken         | - leaving         | answer refused | forget gone
behind   | put-back staged   | take behind | take behind | put-back staged   | no-trailers refused | continue taken  | - leaving         | answer refused | forget gone
open     | take open         | take taken  | take open   | take open         | - open              | write flowing   | write released    | answer refused | forget gone
staged   | copy staged       | take behind | take behind | copy staged       | - staged            | continue flowing| continue released | answer refused | forget gone
flowing  | copy staged       | take taken  | take open   | copy staged       | - staged            | - flowing       | - released        | answer refused | forget gone
leaving  | put-back released | put-back released | put-back released | put-back released | no-trailers refused | - leaving | - leaving   | answer refused | forget gone
released | - released        | - released  | - released  | - released        | - released          | - released      | - released        | - refused      | forget gone
refused  | - refused         | - refused   | - refused   | - refused         | - refused           | - refused       | - refused         | - refused      | forget gone
gone     | - gone            | - gone      | - gone      | - gone            | - gone              | - gone          | - gone            | - gone         | - gone
`;

const [[, ...EVENTS], ...ROWS] = TABLE.trim()
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim())) as [string[], ...string[][]];
const STATES = ROWS.map(([state]) => state!);
const CELLS = ROWS.flatMap(([state, ...cells]) =>
  cells.map((cell, event) => [state!, EVENTS[event]!, cell] as const),
);
/** Events that are a chunk of the body, and events that let something go. */
const CHUNKS = EVENTS.slice(0, 4);
const ENDED = ["released", "refused", "gone"];

let sdk: Sdk;
beforeAll(async () => {
  sdk = await loadPolicyModule();
});

const cellOf = (state: string, event: string): string =>
  sdk.text("holdCell", STATES.indexOf(state), EVENTS.indexOf(event))!;

it("has these states and events, and no others", () => {
  const names = (kind: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => sdk.text(kind, i)!);
  expect(names("holdState", sdk.number("holdStates"))).toEqual(STATES);
  expect(names("holdEvent", sdk.number("holdEvents"))).toEqual(EVENTS);
  expect(CELLS).toHaveLength(STATES.length * EVENTS.length);
});

it.each(CELLS)("%s, on %s: %s", (state, event, cell) => {
  expect(cellOf(state, event)).toBe(cell);
});

describe("whatever happens", () => {
  it("nothing is let go in answer to a chunk, or for a request that was refused or is gone", () => {
    const lets = CELLS.filter(([, , cell]) => /continue|write/.test(cell));
    for (const [state, event] of lets) {
      expect(ENDED).not.toContain(state);
      expect(CHUNKS).not.toContain(event);
    }
  });

  it("what was refused stays refused, and what is gone is never touched again", () => {
    const ends = CELLS.filter(([state, event]) => ENDED.includes(state) && event !== "gone");
    // Of what was released the response may be refused: then nothing more of it goes on either.
    for (const [state, event, cell] of ends)
      expect(cell).toBe(event === "refuse" && state !== "gone" ? "- refused" : `- ${state}`);
  });

  it("a refusal is answered once, from every state that is not at its end", () => {
    const answers = CELLS.filter(([, event]) => event === "refuse");
    for (const [state, , cell] of answers) {
      expect(/answer/.test(cell)).toBe(!ENDED.includes(state));
      if (state !== "gone") expect(cell).toMatch(/refused$/);
    }
  });

  it("bytes that are in the module alone are never let go without having been put back", () => {
    for (const state of ["taken", "leaving"]) {
      for (const event of ["trailers", "passed", "passed all"]) {
        expect(cellOf(state, event)).not.toMatch(/continue|write/);
      }
    }
  });
});
