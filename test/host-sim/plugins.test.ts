/** What becomes of requests when a filter fails, stands beside others, or gets a new configuration? */
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../host-sim/src/index.ts";
import { call } from "./support/probe-cases/probe-case.ts";
import { open, probe, probeModule, said } from "./support/probe-gateway.ts";

describe("a VM that failed", () => {
  test("answers 503 for good", async () => {
    const gateway = await probe(["request_headers: trap"]);
    expect((await gateway.fetch("/")).status).toBe(503);
    expect((await gateway.fetch("/")).status).toBe(503);
    expect(
      gateway.logs.some(
        ({ level, text }) =>
          level === "error" &&
          /^Function: proxy_on_request_headers failed: Uncaught RuntimeError: unreachable/.test(
            text,
          ),
      ),
    ).toBe(true);
  });

  test("is skipped if it may fail open", async () => {
    const gateway = await probe(["request_headers: trap"], { failOpen: true });
    expect((await gateway.fetch("/")).status).toBe(200);
    expect((await gateway.fetch("/")).status).toBe(200);
  });

  test("leaves a request hanging whose call it was answering", async () => {
    const gateway = await probe([`request_headers: ${call}; return 1`, "call_response: trap"], {
      clusters: { node: () => new Response() },
    });
    const { client } = gateway.openStream({ endStream: true });
    await expect.poll(() => gateway.calls[0]?.outcome).toBe("answered");
    expect([client.headers, client.wasReset, gateway.contexts.streams]).toEqual([null, false, 1]);
  });

  test("says by name what the simulator does not have yet", async () => {
    const gateway = await probe(["request_headers: foreign sign x"]);
    expect((await gateway.fetch("/")).status).toBe(503);
    expect(said(gateway).at(-1)).toContain("does not have Envoy's foreign function sign yet");
  });
});

describe("several filters", () => {
  test("see a request in order and its answer the other way round", async () => {
    const wasm = await probeModule();
    const setup = (name: string): object => ({
      wasm,
      pluginName: name,
      vmId: name,
      config: `request_headers: log to ${name}\nresponse_headers: log from ${name}`,
    });
    const gateway = await open({ plugins: [setup("a"), setup("b")] as never });
    await gateway.fetch("/");
    const lines = said(gateway).filter((line) => /^(to|from) /.test(line));
    expect(lines).toEqual(["to a", "to b", "from b", "from a"]);
  });

  test("share a VM if module, vm_id and VM configuration are the same", async () => {
    const wasm = await probeModule();
    const plugin = (pluginName: string, vmId: string): object => ({ wasm, pluginName, vmId });
    const gateway = await open({
      plugins: [plugin("a", "x"), plugin("b", "x"), plugin("c", "y")] as never,
    });
    expect(gateway.metric("wasm.envoy.wasm.runtime.v8.created")).toBe(2);
  });
});

describe("reconfigure", () => {
  test("gives new requests the new configuration, and lets old ones end with the old", async () => {
    const gateway = await probe(["request_headers: return 1"]);
    const { client } = gateway.openStream();
    gateway.reconfigure("request_headers: reply 418 new");
    expect(said(gateway)).not.toContain("root_done");
    expect((await gateway.fetch("/")).status).toBe(418);
    client.reset();
    expect(said(gateway).slice(-2)).toEqual(["root_done", "root_delete"]);
  });

  test("waits for a root context that is not done", async () => {
    const gateway = await probe(
      ["configure: tick 100", "root_done: return 0", "tick: done; tick 0"],
      { clock: new ManualClock() },
    );
    gateway.reconfigure("configure: tick 100\nroot_done: return 0\ntick: done; tick 0\nx: y");
    expect(gateway.contexts.drainingRoots).toBe(1);
    await (gateway.clock as ManualClock).advance(100);
    expect(gateway.contexts.drainingRoots).toBe(0);
    expect(said(gateway)).toContain("root_delete");
  });

  test("keeps the old configuration if the new one is refused", async () => {
    const gateway = await probe(["request_headers: reply 418 old"]);
    expect(() => gateway.reconfigure("configure: log no way; return 0")).toThrow(
      /proxy_on_configure failed/,
    );
    expect((await gateway.fetch("/")).status).toBe(418);
  });
});
