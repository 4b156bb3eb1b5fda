/** Is HTML sent to those who want it more than JSON, and to nobody else? RFC 9110 §12.5.1. */
import { beforeAll, describe, expect, it } from "vitest";
import fc from "fast-check";
import { pairs, type Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await loadPolicyModule();
});

const wantsHtml = (...values: string[]): boolean =>
  sdk.number("wantsHtml", pairs(...values.map((value) => ["accept", value] as const))) === 1;

describe("HTML is what a client wants", () => {
  it.each([
    // Browsers.
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/html",
    "TEXT/HTML",
    "text/html;charset=utf-8",
    "text/html;level=1;q=0.4",
    "text/*",
    "text/*;q=0.2, application/json;q=0.1",
    "*/*;q=0.1, text/html",
    "application/json;q=0.8, text/html;q=0.9",
    "application/json;q=0.899, text/html;q=0.9",
    "application/json;q=0, text/html;q=0.001",
    "text/html ; q=1.000 , application/json ; q=0.999",
    "text/html;Q=0.5",
    "text/html,*/*;q=0.8,application/json;q=0.5",
    ",, text/html ,,",
  ])("who says %j", (accept) => {
    expect(wantsHtml(accept)).toBe(true);
  });

  it("whose Accept stands in several headers", () => {
    expect(wantsHtml("application/json;q=0.5", "text/html")).toBe(true);
    expect(wantsHtml("text/html;q=0.5", "image/png", "application/json")).toBe(false);
  });
});

describe("JSON is what a client gets", () => {
  it("who sends no Accept", () => {
    expect(wantsHtml()).toBe(false);
  });

  it.each([
    ...["*/*", "", " ", ",", "application/json", "application/*", "image/png", "text/plain"],
    "application/json, text/html",
    "text/html, application/json",
    "text/html, */*",
    "text/html;q=0.5, */*",
    "text/html;q=0, */*",
    "text/html;q=0",
    "text/html;q=0.000",
    "text/*, text/html;q=0, application/json;q=0.1",
    "text/html;q=0.9, application/json",
    // What is no weight counts as not wanted.
    ...["text/html;q=", "text/html;q=x", "text/html;q=2", "text/html;q=1.001", "text/html;q=.5"],
    ...["text/html;q=-1", "text/html;q=0.5000", "text/html;q=0,9", 'text/html;q="1"'],
    ...["text/html2", "xtext/html", "text/htm", "html", "application/xhtml+xml", "text/html/x"],
  ])("who says %j", (accept) => {
    expect(wantsHtml(accept)).toBe(false);
  });

  it("whose preference stands behind more than a thousand bytes", () => {
    expect(wantsHtml(`${"image/png,".repeat(200)}text/html`)).toBe(false);
  });
});

it("nothing in an Accept header traps", () => {
  const piece = fc.constantFrom(
    ...["text/html", "text/*", "*/*", "application/json", ";", "q=", "0", "1", ".", "9", ",", " "],
  );
  const accept = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")),
    fc.string({ unit: "binary", maxLength: 100 }),
  );
  fc.assert(
    fc.property(fc.array(accept, { maxLength: 4 }), (values) => {
      expect(typeof wantsHtml(...values)).toBe("boolean");
    }),
    { numRuns: 3000, seed: 20261122 },
  );
});
