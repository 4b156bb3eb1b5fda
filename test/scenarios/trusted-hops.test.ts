/** Whose address is told behind trusted proxies, and can a client make it another one? */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeEngines } from "../support/engines.ts";
import type { Headers } from "../support/http1-reader.ts";
import type { Scene } from "../support/scene.ts";

/** `x-forwarded-for` as it arrives at the gateway: what each of its headers holds. */
async function told(scene: Scene, ...values: string[]): Promise<string | undefined> {
  const path = scene.path();
  const headers: Headers = values.map((value) => ["x-forwarded-for", value] as const);
  await request(scene.gateway, { path, headers });
  return (await scene.node.request(path)).clientIp;
}

const CONNECTION = "127.0.0.1";

describeEngines("two trusted proxies", { config: { trusted_hops: 2 } }, (scene) => {
  test.each([
    ["as they write it", ["203.0.113.7, 10.0.0.1"]],
    ["though the client forges addresses before it", ["6.6.6.6, 7.7.7.7, 203.0.113.7, 10.0.0.1"]],
    ["though the client forges a whole list of two", ["6.6.6.6, 7.7.7.7", "203.0.113.7, 10.0.0.1"]],
    ["in headers of their own", ["203.0.113.7", "10.0.0.1"]],
    ["behind a header that the client forges", ["6.6.6.6", "203.0.113.7", "10.0.0.1"]],
    ["behind empty elements", [" ,, ,", "203.0.113.7", "10.0.0.1,"]],
    ["behind rubbish and open quotes", ['for="x, <script>\x80', "203.0.113.7,10.0.0.1"]],
    ["with ports", ["6.6.6.6:1, 203.0.113.7:51234, 10.0.0.1:443"]],
  ])("tell the client's address %s", async (_how, values) => {
    expect(await told(scene, ...values)).toBe("203.0.113.7");
  });

  test("tell an IPv6 address with its port", async () => {
    expect(await told(scene, "6.6.6.6, [2001:db8::7]:443, 10.0.0.1")).toBe("2001:db8::7");
  });

  test.each([
    ["fewer addresses than that", ["6.6.6.6"]],
    ["none", []],
    ["an empty list", [",,"]],
    ["no address in that place", ["6.6.6.6, unknown, 10.0.0.1"]],
  ])("are not relied on with %s: the connection's address it is", async (_what, values) => {
    expect(await told(scene, ...values)).toBe(CONNECTION);
  });
});

const own = { config: { trusted_hops: 1, real_ip_header: "X-Client" } };
describeEngines("a trusted proxy with a header of its own", own, (scene) => {
  test("is believed in what it put there last", async () => {
    const path = scene.path();
    const headers = [
      ["x-client", "6.6.6.6"],
      ["x-forwarded-for", "7.7.7.7"],
      ["X-Client", "5.5.5.5, 203.0.113.7"],
    ] as const;
    await request(scene.gateway, { path, headers });
    expect((await scene.node.request(path)).clientIp).toBe("203.0.113.7");
  });
});

const WARNING = "gives an address of X-Forwarded-For as that of the connection";
const byDefault = {
  config: { trusted_hops: 2 },
  clientAddress: { useRemoteAddress: false, skipXffAppend: true },
  notOn: { "host-sim": "the simulator gives the socket's address, whatever the header says" },
} as const;
describeEngines(
  "a gateway that takes its connections' addresses from the header",
  byDefault,
  (scene) => {
    test("is believed where the header names too few, and the operator is warned, once", async () => {
      expect(await told(scene)).toBe(CONNECTION);
      expect(await told(scene, "6.6.6.6, 203.0.113.7, 10.0.0.1")).toBe("203.0.113.7");
      expect(scene.logged(WARNING)).toEqual([]);
      expect(await told(scene, "6.6.6.6")).toBe("6.6.6.6");
      expect(await told(scene, "2001:db8::7")).toBe("2001:db8::7");
      await eventually("the warning", () => scene.logged(WARNING).length > 0);
      expect(scene.logged(WARNING)).toHaveLength(1);
      expect(scene.logged(WARNING)[0]).toContain("use_remote_address");
    });
  },
);

describeEngines(
  "a gateway that knows its connections",
  { config: { trusted_hops: 2 } },
  (scene) => {
    test("is warned of nothing", async () => {
      expect(await told(scene, "6.6.6.6")).toBe(CONNECTION);
      expect(scene.logged(WARNING)).toEqual([]);
    });
  },
);
