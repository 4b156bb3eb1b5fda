/** Under the runtime `minimal`: is garbage collected, and only between callbacks? */
import { beforeEach, expect, it } from "vitest";
import { Sdk } from "./support/sdk.ts";

const PAGE = 65536;
const MIB = 1 << 20;
/** More than as-proxy-wasm waits for. */
const ENOUGH_CALLBACKS = 3000;
let sdk: Sdk;

beforeEach(async () => {
  sdk = await Sdk.load("minimal");
  sdk.host.answer("proxy_get_property", { results: ["one"] });
  sdk.exports.proxy_on_context_create!(1, 0);
});

function ticks(count: number): void {
  for (let i = 0; i < count; i++) {
    sdk.exports.proxy_on_tick!(1);
    sdk.host.calls.length = 0;
  }
}
const memory = (): number => sdk.exports.memory.buffer.byteLength;

it("memory does not grow over 100,000 callbacks that leave strings behind", () => {
  ticks(2 * ENOUGH_CALLBACKS);
  const before = memory();
  ticks(100_000);
  expect(memory()).toBe(before);
});

it("what the host wrote is collected long before it piles up", () => {
  sdk.host.answer("proxy_get_buffer_bytes", { results: ["x".repeat(200_000)] });
  const before = memory();
  for (let i = 0; i < 300; i++) {
    expect(sdk.bytes("getBuffer", 0, 0, 200_000)!.length).toBe(200_000);
    ticks(1);
  }
  expect(memory() - before).toBeLessThanOrEqual(8 * MIB);
});

it("streams and what hangs from them live on through collections", () => {
  for (let id = 2; id < 200; id++) sdk.exports.proxy_on_context_create!(id, 1);
  const held = sdk.number("newHeld");
  sdk.number("heldAppend", held, new Uint8Array(5000).fill(7), 0, 5000);
  ticks(ENOUGH_CALLBACKS);
  sdk.number("answerWith", 1);
  for (let id = 2; id < 200; id++) {
    expect(sdk.exports.proxy_on_request_headers!(id, 3, 1)).toBe(1);
    expect(sdk.host.calls.at(-1)).toEqual(["proxy_log", 2, `stream ${id} request headers 3 true`]);
  }
  expect(sdk.bytes("heldContent", held)).toBe("\x07".repeat(5000));
});

it("bytes that nobody cleared are given back", () => {
  const inUse = (): number => sdk.number("pagesOfMemory") * PAGE - sdk.number("freePageBytes");
  sdk.number("loseUncleared", 1, MIB);
  ticks(ENOUGH_CALLBACKS);
  const before = inUse();
  for (let i = 0; i < 20; i++) {
    sdk.number("loseUncleared", 1, MIB);
    ticks(ENOUGH_CALLBACKS);
  }
  expect(inUse() - before).toBeLessThanOrEqual(6 * MIB);
});

it("nothing is collected in the middle of a callback, whatever the host calls meanwhile", () => {
  let nested = 0;
  sdk.host.answer("proxy_log", () => {
    if (nested++ > 0) return {};
    for (let i = 0; i < ENOUGH_CALLBACKS; i++) sdk.exports.proxy_on_foreign_function!(1, i, 0);
    return {};
  });
  sdk.host.calls.length = 0;
  sdk.exports.proxy_on_queue_ready!(1, 1000);
  expect(sdk.host.calls.length).toBe(ENOUGH_CALLBACKS + 2);
  // Only the wasm stack referred to this text while the 3000 callbacks ran.
  expect(sdk.host.calls.at(-1)).toEqual(["proxy_log", 2, "one 1 queue 1000"]);
});
