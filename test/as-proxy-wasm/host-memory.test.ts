/** Do bytes that the host wrote arrive whole, whatever the collector and the host do in between? */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Sdk, Status } from "./support/sdk.ts";

const PAGE = 65536;
let sdk: Sdk;
beforeAll(async () => {
  sdk = await Sdk.load();
});
beforeEach(() => sdk.host.reset());

describe("memory that the host allocates", () => {
  it("survives a full collection between the host's write and the module's read", () => {
    sdk.host.collectBeforeReturn = true;
    const content = "0123456789".repeat(500);
    sdk.host.answer("proxy_get_buffer_bytes", { results: [content] });
    for (let i = 0; i < 20; i++) expect(sdk.bytes("getBuffer", 0, 0, 5000)).toBe(content);
  });

  it("is cut to the size that the host wrote, if the host asked for more room", () => {
    sdk.host.extraRoom = 9;
    sdk.host.answer("proxy_get_buffer_bytes", { results: ["abc"] });
    expect(sdk.bytes("getBuffer", 0, 0, 3)).toBe("abc");
  });

  it.each([0, 16, 0xfffffff0])(
    "is refused at address %d, which the module did not give out",
    (address) => {
      sdk.host.wrongAddress = address;
      sdk.host.answer("proxy_get_buffer_bytes", { results: ["abc"] });
      expect(sdk.bytes("getBuffer", 0, 0, 3)).toBeNull();
      expect(sdk.number("lastStatus")).toBe(Status.InvalidMemoryAccess);
    },
  );

  it("gives an empty result where the host answers Ok and writes nothing, as Envoy does", () => {
    sdk.host.answer("proxy_get_buffer_bytes", { results: ["left over from the call before"] });
    sdk.bytes("getBuffer", 0, 0, 99);
    sdk.host.answer("proxy_get_buffer_bytes", { status: Status.Ok });
    expect(sdk.bytes("getBuffer", 0, 0, 99)).toBe("");
    expect(sdk.number("lastStatus")).toBe(Status.Ok);
  });

  it("is not taken for a result when the call failed after the host had allocated", () => {
    sdk.host.answer("proxy_get_buffer_bytes", { status: Status.InternalFailure, results: ["x"] });
    expect(sdk.bytes("getBuffer", 0, 0, 9)).toBeNull();
    expect(sdk.number("lastStatus")).toBe(Status.InternalFailure);
  });

  it.each([2 ** 30, 2 ** 31, 2 ** 32 - 1])("is refused with 0 for %d bytes", (size) => {
    expect(sdk.exports.proxy_on_memory_allocate(size)).toBe(0);
  });

  it("does not grow over a million calls", { timeout: 60_000 }, async () => {
    const release = await Sdk.load("release");
    release.host.answer("proxy_get_property", { results: ["value of a property"] });
    const path = release.exports.__pin(release.exports.__newString("source"));
    const call = (): unknown => release.exports.propertyOf!(path);
    for (let i = 0; i < 1000; i++) call();
    const before = release.exports.memory.buffer.byteLength;
    for (let i = 0; i < 1_000_000; i++) {
      call();
      release.host.calls.length = 0;
    }
    expect(release.exports.memory.buffer.byteLength).toBeLessThanOrEqual(before + 4 * PAGE);
  });
});

describe("buffers", () => {
  it("reads, replaces, appends and prepends", () => {
    sdk.host.answer("proxy_get_buffer_bytes", { results: ["\0\xff"] });
    expect(sdk.bytes("getBuffer", 1, 3, 7)).toBe("\0\xff");
    sdk.host.answer("proxy_get_buffer_status", { results: [12345, 0] });
    expect(sdk.number("getBufferSize", 1)).toBe(12345);
    const bytes = new Uint8Array([0x61, 0xff]);
    sdk.number("replaceInBuffer", 0, 2, 3, bytes);
    sdk.number("setBuffer", 0, bytes);
    sdk.number("appendToBuffer", 0, bytes);
    sdk.number("prependToBuffer", 1, bytes);
    expect(sdk.host.calls).toEqual([
      ["proxy_get_buffer_bytes", 1, 3, 7],
      ["proxy_get_buffer_status", 1],
      ["proxy_set_buffer_bytes", 0, 2, 3, "a\xff"],
      ["proxy_set_buffer_bytes", 0, 0, -1, "a\xff"],
      ["proxy_set_buffer_bytes", 0, -1, 0, "a\xff"],
      ["proxy_set_buffer_bytes", 1, 0, 0, "a\xff"],
    ]);
  });

  it("tells the status of what failed", () => {
    for (const name of ["proxy_get_buffer_status", "proxy_set_buffer_bytes"]) {
      sdk.host.answer(name, { status: Status.NotFound });
    }
    expect(sdk.number("getBufferSize", 0)).toBe(0);
    expect(sdk.number("lastStatus")).toBe(Status.NotFound);
    expect(sdk.number("appendToBuffer", 0, new Uint8Array(1))).toBe(Status.NotFound);
  });
});
