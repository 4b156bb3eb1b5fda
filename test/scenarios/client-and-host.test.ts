/** Whose request is it, and for which host? The node is told what the configured headers say, if it makes sense. */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { describeEngines } from "../support/engines.ts";
import type { Headers } from "../support/http1-reader.ts";
import type { Message } from "../support/node/messages.ts";
import type { Scene } from "../support/scene.ts";

async function told(scene: Scene, headers: Headers, host?: string): Promise<Message> {
  const path = scene.path();
  await request(scene.gateway, { path, headers, ...(host !== undefined && { host }) });
  return scene.node.request(path);
}

describeEngines("real_ip_header at its default", {}, (scene) => {
  test.each([
    ["203.0.113.7", "203.0.113.7"],
    ["203.0.113.7, 10.0.0.1, 10.0.0.2", "203.0.113.7"],
    ["  203.0.113.7  ,10.0.0.1", "203.0.113.7"],
    ["203.0.113.7:51234", "203.0.113.7"],
    ["2001:db8::7", "2001:db8::7"],
    ["[2001:db8::7]:443", "2001:db8::7"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
    ["unknown, 203.0.113.7", "203.0.113.7"],
    [", 203.0.113.7", "203.0.113.7"],
    ["_hidden, 1.2.3, for=203.0.113.7", "203.0.113.7"],
    ["fe80::7%eth0", "fe80::7"],
  ])("takes %j as %s", async (value, address) => {
    expect((await told(scene, [["x-forwarded-for", value]])).clientIp).toBe(address);
  });

  test.each([
    "",
    "unknown",
    "999.1.1.1",
    "<script>",
    "1.2.3",
    "::1::2",
    "203.0.113.7x",
    "\xff\xfe",
  ])("takes the connection's address where the header says %j", async (value) => {
    expect((await told(scene, [["x-forwarded-for", value]])).clientIp).toBe("127.0.0.1");
  });

  test("takes the connection's address where there is no header", async () => {
    expect((await told(scene, [])).clientIp).toBe("127.0.0.1");
  });

  test("takes the first of several headers", async () => {
    const headers = [
      ["x-forwarded-for", "203.0.113.7"],
      ["x-forwarded-for", "10.0.0.1"],
    ] as const;
    expect((await told(scene, headers)).clientIp).toBe("203.0.113.7");
  });

  test.each([
    ["an empty one", ""],
    ["one that names nobody", "unknown, _hidden"],
  ])("takes the first address of all headers, also behind %s", async (_what, first) => {
    const headers = [
      ["x-forwarded-for", first],
      ["x-forwarded-for", "203.0.113.7, 10.0.0.1"],
    ] as const;
    expect((await told(scene, headers)).clientIp).toBe("203.0.113.7");
  });

  test("takes the connection's address where 55 KB of delimiters stand", async () => {
    for (const mark of [",", ";"]) {
      const headers = [["x-forwarded-for", mark.repeat(55_000)]] as const;
      expect((await told(scene, headers)).clientIp).toBe("127.0.0.1");
    }
  });

  test("still tells the node the header as it came", async () => {
    const message = await told(scene, [["x-forwarded-for", "unknown, 1.1.1.1"]]);
    expect(message.headers).toContainEqual(["x-forwarded-for", "unknown, 1.1.1.1"]);
  });
});

describeEngines(
  "real_ip_header X-Real-IP",
  { config: { real_ip_header: "X-Real-IP" } },
  (scene) => {
    test("is read in any case, and X-Forwarded-For is not", async () => {
      const headers = [
        ["X-REAL-ip", "198.51.100.9"],
        ["x-forwarded-for", "203.0.113.7"],
      ] as const;
      expect((await told(scene, headers)).clientIp).toBe("198.51.100.9");
    });

    test("falls back to the connection's address", async () => {
      expect((await told(scene, [["x-forwarded-for", "203.0.113.7"]])).clientIp).toBe("127.0.0.1");
    });
  },
);

describeEngines(
  "real_ip_header Forwarded",
  { config: { real_ip_header: "Forwarded" } },
  (scene) => {
    test.each([
      ["for=203.0.113.7;proto=https", "203.0.113.7"],
      ["for=unknown, for=203.0.113.7", "203.0.113.7"],
      ['for=_x;by=10.0.0.1, proto=http;For="[2001:db8::7]:443"', "2001:db8::7"],
      ["for=unknown", "127.0.0.1"],
    ])("takes %j as %s", async (value, address) => {
      expect((await told(scene, [["forwarded", value]])).clientIp).toBe(address);
    });
  },
);

describeEngines("real_host_header at its default", {}, (scene) => {
  test.each(["shop.example", "shop.example:8443", "[2001:db8::1]:80", "127.0.0.1"])(
    "tells the host %j as it came",
    async (host) => {
      expect((await told(scene, [], host)).host).toBe(host);
    },
  );
});

const forwardedHost = { config: { real_host_header: "X-Forwarded-Host" } };
describeEngines("real_host_header X-Forwarded-Host", forwardedHost, (scene) => {
  test("tells what that header says", async () => {
    const message = await told(scene, [["x-forwarded-host", "public.example"]], "inner.example");
    expect(message.host).toBe("public.example");
  });

  test("tells the request's host where that header is missing", async () => {
    expect((await told(scene, [], "inner.example")).host).toBe("inner.example");
  });

  test.each([
    [["public.example, proxy.example"], "public.example"],
    [[" , ,public.example:8443"], "public.example:8443"],
    [["", "public.example"], "public.example"],
    [[""], "inner.example"],
    [[" ,", ","], "inner.example"],
  ])("sends one host of %j: %s", async (values, host) => {
    const headers = values.map((value) => ["x-forwarded-host", value] as const);
    expect((await told(scene, headers, "inner.example")).host).toBe(host);
  });

  test("tells bytes that are not UTF-8 as they are", async () => {
    const message = await told(scene, [["x-forwarded-host", "caf\xe9.example"]]);
    expect(message.host).toBe("caf\xe9.example");
  });
});
