/** Can an operator see what the policy did, for each request and in sum, without a secret in the log? */
import { expect, test } from "vitest";
import { request } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { describeTransports } from "../support/engines.ts";
import { block, verdictOn, verdicts } from "../support/node/replies.ts";

const PREFIX = "[policy: wallarm.default][api: 4711]";

describeTransports("metrics", {}, (scene) => {
  const counts = async (): Promise<Record<string, number>> => {
    const names = ["inspected", "passed", "blocked", "too_large"].map((each) => `requests_${each}`);
    const all = [...names, "fallback_passed", "fallback_blocked", "no_verdict"];
    const values = await Promise.all(all.map((name) => scene.gateway.metric(name)));
    return Object.fromEntries(all.map((name, i) => [name, values[i]!]));
  };

  test("count what was inspected, passed and blocked, with the API in their names", async () => {
    for (let i = 0; i < 3; i++) await request(scene.gateway, { path: scene.path() });
    scene.node.answerWith(block);
    for (let i = 0; i < 2; i++) await request(scene.gateway, { path: scene.path() });
    expect(await counts()).toEqual({
      requests_inspected: 5,
      requests_passed: 3,
      requests_blocked: 2,
      requests_too_large: 0,
      fallback_passed: 0,
      fallback_blocked: 0,
      no_verdict: 0,
    });
    const names = [...(await scene.gateway.stats()).keys()];
    expect(names).toContain("wasmcustom.wallarm.api.4711.requests_inspected");
  });

  test("show that nothing is held once nothing is under way", async () => {
    await request(scene.gateway, { path: scene.path(), method: "POST", body: "x".repeat(50_000) });
    await eventually("the gauge is at 0", async () => {
      const stats = await scene.gateway.stats();
      return stats.get("wasmcustom.wallarm.api.4711.held_bytes") === 0;
    });
  });
});

describeTransports("the log without verbose_logging", {}, (scene) => {
  test("has a line for a blocked request, with its id and the attack types, in Flex's form", async () => {
    scene.node.answerWith(block);
    const answer = await request(scene.gateway, { path: scene.path("secret-path") });
    const id = answer.header("x-wallarm-request-id");
    const lines = await eventually("the line", () => {
      const found = scene.logged(`[req: ${id}]`);
      return found.length > 0 ? found : undefined;
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\[policy: wallarm\.default\]\[api: 4711\]\[req: [0-9a-f]{32}\] /);
    expect(lines[0]).toContain("blocked by the node");
    expect(lines[0]).toContain("ptrav");
  });

  test("has such a line too where the node names no attack", async () => {
    scene.node.answerWith(([message]) => verdicts(verdictOn(message!, "block")));
    const answer = await request(scene.gateway, { path: scene.path() });
    const mark = `[req: ${answer.header("x-wallarm-request-id")}]`;
    const [line] = await eventually("the line", () => {
      const found = scene.logged(mark);
      return found.length > 0 ? found : undefined;
    });
    expect(line).toMatch(/\] blocked by the node, part 0$/);
  });

  test("says nothing of what requests hold", async () => {
    const path = scene.path("secret-path");
    await request(scene.gateway, { path, method: "POST", body: "secret-body" });
    await scene.node.request(path);
    expect([...scene.logged("secret-path"), ...scene.logged("secret-body")]).toEqual([]);
  });

  test("tells at the start what is asked, through which cluster", () => {
    const [line] = scene.logged("through cluster");
    expect(line).toContain(PREFIX);
    expect(line).toContain(scene.node.url);
  });

  test("is not flooded by blocked requests", async () => {
    scene.node.answerWith(block);
    const before = scene.logged("blocked by the node").length;
    const began = performance.now();
    const all = Array.from({ length: 200 }, () => request(scene.gateway, { path: scene.path() }));
    await Promise.all(all);
    const seconds = (performance.now() - began) / 1000;
    // At most 20 in each second of the clock; the first and the last may be touched only.
    const most = 20 * (Math.ceil(seconds) + 1);
    expect(scene.logged("blocked by the node").length - before).toBeLessThanOrEqual(most);
  });
});

const SECRET = "Sw0rdfish-4711";

describeTransports("verbose_logging", { config: { verbose_logging: true } }, (scene) => {
  const linesOf = async (path: string): Promise<string> => {
    const { id } = await scene.node.request(path);
    return eventually("request and response are logged", () => {
      const lines = scene.logged(`[req: ${id}]`);
      return lines.some((line) => line.includes("sent response")) ? lines.join("\n") : undefined;
    });
  };

  test("shows what was sent to the node: names, lengths, and values that say nothing secret", async () => {
    const path = scene.path();
    await request(scene.gateway, {
      path: `${path}?q=shoes`,
      method: "POST",
      body: '{"size":42}',
      headers: [
        ["x-a", "b"],
        ["content-type", "application/json"],
        ["accept-language", "de, en;q=0.5"],
      ],
    });
    const log = await linesOf(`${path}?q=shoes`);
    for (const shown of [
      ...["POST", `${path}?q=<5 bytes>`, "127.0.0.1", "x-a=<1 bytes>", "body of 11 bytes"],
      ...["content-type=application/json", "accept-language=de, en;q=0.5", "sent response 200"],
    ]) {
      expect(log).toContain(shown);
    }
  });

  test("shows long names and values by their lengths", async () => {
    const path = scene.path();
    const long = "y".repeat(3000);
    await request(scene.gateway, { path, headers: [[`x-${long}`, long]] });
    const log = await linesOf(path);
    expect(log).toContain("<3002 bytes>=<3000 bytes>");
    expect(log).not.toContain("y".repeat(100));
  });

  test.each([
    ["authorization", `Bearer ${SECRET}`],
    ["Authorization", `Basic ${SECRET}`],
    ["proxy-authorization", SECRET],
    ["cookie", `theme=dark; session=${SECRET}`],
    ["x-api-key", SECRET],
    ["Ocp-Apim-Subscription-Key", SECRET],
    ["X-Functions-Key", SECRET],
    ["referer", `https://host/?code=${SECRET}`],
    ["content-type", `multipart/form-data; boundary=${SECRET}`],
    ["accept", `text/html;token=${SECRET}`],
    ["x-anything", SECRET],
  ])("does not show the value of the header %s: %s", async (name, value) => {
    const path = scene.path();
    await request(scene.gateway, { path, headers: [[name, value]] });
    const log = await linesOf(path);
    expect(log.toLowerCase()).toContain(`${name.toLowerCase()}=`);
    expect(log).not.toContain(SECRET);
  });

  test.each([
    ["application/json", `{"user":"a","anything":"${SECRET}"}`],
    ["application/x-www-form-urlencoded", `user=a&SAMLResponse=${SECRET}&b=c`],
    ["application/xml", `<login><loginPwd>${SECRET}</loginPwd></login>`],
    ["multipart/form-data", `--b\r\ncontent-disposition: form-data; name="x"\r\n\r\n${SECRET}`],
    ["text/plain", `-----BEGIN PRIVATE KEY-----\n${SECRET}`],
  ])("shows nothing of a body of %s", async (type, body) => {
    const path = scene.path();
    await request(scene.gateway, { path, method: "POST", body, headers: [["content-type", type]] });
    const log = await linesOf(path);
    expect(log).toContain(`body of ${body.length} bytes`);
    expect(log).not.toContain(SECRET);
  });

  test("does not show values of the query, nor of the answer", async () => {
    scene.upstream.answerWith((response) => {
      response.setHeader("set-cookie", `session=${SECRET}`);
      response.setHeader("location", `/back?code=${SECRET}`);
      response.end(JSON.stringify({ token: SECRET }));
    });
    const path = scene.path();
    const target = `${path}?code=${SECRET}&code_verifier=${SECRET}&q=1&${SECRET}`;
    await request(scene.gateway, { path: target });
    const log = await linesOf(target);
    const length = SECRET.length;
    expect(log).toContain(
      `${path}?code=<${length} bytes>&code_verifier=<${length} bytes>&q=<1 bytes>&<${length} bytes>`,
    );
    expect(log).not.toContain(SECRET);
  });

  test("bounds what it writes of a long body, and what control characters can do", async () => {
    const path = scene.path();
    const body = Buffer.concat([
      Buffer.from("\u001b[31m\r\nfake line\0"),
      Buffer.alloc(100_000, "y"),
    ]);
    await request(scene.gateway, { path, method: "POST", body });
    const log = await linesOf(path);
    expect(log.length).toBeLessThan(5000);

    expect(log).not.toMatch(/[\u0000-\u0009\u000b-\u001f]|\\[rnx]|^fake line/m);
    expect(log).toContain("body of 100017 bytes");
  });

  test("still sends the node what it does not log", async () => {
    const path = scene.path();
    await request(scene.gateway, { path, headers: [["authorization", SECRET]] });
    const { headers } = await scene.node.request(path);
    expect(headers).toContainEqual(["authorization", SECRET]);
  });
});

describeTransports(
  "where the plugin has a name that is not Flex's",
  { pluginName: "my-filter" },
  (scene) => {
    test("lines and metrics go by it", async () => {
      scene.node.answerWith(block);
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
      await eventually("the line", () => scene.logged("[policy: my-filter][req: ").length > 0);
      const names = [...(await scene.gateway.stats()).keys()];
      expect(names).toContain("wasmcustom.wallarm.api.my-filter.requests_blocked");
    });

    test("messages name no API", async () => {
      const path = scene.path();
      await request(scene.gateway, { path });
      expect((await scene.node.request(path)).api).toBeUndefined();
    });
  },
);

describeTransports(
  "wallarm_cluster",
  { config: { wallarm_cluster: "my.node" }, nodeCluster: { name: "my.node" } },
  (scene) => {
    test("names the cluster through which the node is asked", async () => {
      scene.node.answerWith(block);
      expect((await request(scene.gateway, { path: scene.path() })).status).toBe(403);
    });
  },
);
