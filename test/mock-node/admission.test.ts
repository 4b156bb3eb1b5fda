/** Whom does the node serve: networks, hosts, health checks, connections? */
import { mkdtempSync, writeFileSync, rmSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { createMockNode, type MockNode } from "../../host-sim/src/mock-node/index.ts";
import {
  bin,
  call,
  callFrom,
  callHeaders,
  errorOf,
  requestMessage,
  verdict,
} from "./connector-client.ts";
import { counter } from "./counters.ts";

/** Sends so many health checks over one connection, and gathers what comes until it is closed. */
function pipelined(url: string, count: number): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
    socket.write("GET /wallarm-external-health HTTP/1.1\r\nhost: node\r\n\r\n".repeat(count));
  });
}

let node: MockNode;
afterEach(() => node.close());

describe("allowed_hosts", () => {
  it.each([
    ["w.com", true],
    ["W.com:8080", true],
    ["ww.com", false],
    ["a.test.com", true],
    ["a.b.test.com", true],
    ["test.com", false],
    ["api1.org", true],
    ["api12.org", false],
    ["xa.net", true],
    ["xd.net", false],
    ["ya.io", false],
    ["yz.io", true],
    ["a*b.dev", true],
    ["axb.dev", false],
    ["", false],
    [`${"a".repeat(5000)}.test.com`, false],
  ])("%s: %s", async (host, allowed) => {
    const allowed_hosts = [
      "w.com",
      "*.test.com",
      "api?.org",
      "x[a-c].net",
      "y[^a-y].io",
      "a\\*b.dev",
    ];
    node = await createMockNode({ connector: { allowed_hosts } });
    const answer = await call(node.url, requestMessage({ host: bin(host) }));
    expect(answer.status).toBe(allowed ? 200 : 415);
    expect(
      await counter(node, "http_connector_server_messages_rejected_total", { reason: "host" }),
    ).toBe(allowed ? 0 : 1);
    if (!allowed) expect(errorOf(answer)).toMatch(/^host .*is not in connector\.allowed_hosts$/);
  });
});

describe("allowed_networks", () => {
  it("refuses other networks with 403, and counts them", async () => {
    node = await createMockNode({ connector: { allowed_networks: ["127.0.0.2", "10.0.0.0/8"] } });
    expect(await callFrom(node.url, "127.0.0.1", requestMessage())).toBe(403);
    expect(await callFrom(node.url, "127.0.0.2", requestMessage())).toBe(200);
    expect(
      await counter(node, "http_connector_server_messages_rejected_total", {
        reason: "remote_address",
      }),
    ).toBe(1);
  });
});

describe("external_health_check", () => {
  it("is off by default, and answers 404", async () => {
    node = await createMockNode();
    expect((await fetch(`${node.url}/wallarm-external-health`)).status).toBe(404);
    expect(
      await counter(node, "http_connector_server_messages_seen_total", { type: "health" }),
    ).toBe(1);
  });

  it("answers 200 where it is enabled, at its endpoint, also behind a prefix", async () => {
    node = await createMockNode({
      connector: { external_health_check: { enabled: true, endpoint: "/alive" } },
    });
    expect((await fetch(`${node.url}/alive`)).status).toBe(200);
    expect((await fetch(`${node.url}/team/alive?now`)).status).toBe(200);
    expect((await fetch(`${node.url}/wallarm-external-health`)).status).toBe(404);
  });
});

describe("per_connection_limits", () => {
  it("asks for a new connection after max_requests", async () => {
    node = await createMockNode({ connector: { per_connection_limits: { max_requests: 2 } } });
    const text = await pipelined(node.url, 3);
    expect(text.match(/^connection: .*$/gim)).toEqual([
      "Connection: keep-alive",
      "connection: close",
    ]);
  });
});

describe("too many calls at once", () => {
  it("are refused with 503, and counted", async () => {
    const mock = { limits: { calls_at_once: 1 }, faults: [{ fault: "silence", count: 1 }] };
    node = await createMockNode({ mock });
    await node.setFaults([{ fault: "delay", ms: 400, count: 1 }]);
    const slow = call(node.url, requestMessage());
    await node.journal.waitForMessage(() => true);
    const refused = await call(node.url, requestMessage());
    expect([refused.status, errorOf(refused)]).toEqual([
      503,
      expect.stringContaining("calls_at_once"),
    ]);
    expect(
      await counter(node, "http_connector_server_errors_total", { type: "DroppedOnOverload" }),
    ).toBe(1);
    expect((await slow).status).toBe(200);
  });
});

describe("tls_cert and tls_key", () => {
  it("make the connector speak TLS", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mock-node-"));
    try {
      const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
      const subject = ["-subj", "/CN=localhost", "-days", "1"];
      execFileSync(
        "openssl",
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...files, ...subject],
        { stdio: "ignore" },
      );
      writeFileSync(join(folder, "node.yaml"), "connector: {tls_cert: cert.pem, tls_key: key.pem}");
      const yaml =
        "connector: {tls_cert: cert.pem, tls_key: key.pem, external_health_check: {enabled: true}}";
      node = await createMockNode(yaml, { file: join(folder, "node.yaml") });
      expect(node.url).toMatch(/^https:/);
      const status = await new Promise((resolve, reject) => {
        const options = { rejectUnauthorized: false, headers: callHeaders };
        const get = httpsRequest(`${node.url}/wallarm-external-health`, options, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        get.on("error", reject).end();
      });
      expect(status).toBe(200);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("closing", () => {
  it("ends open connections, silent ones too", async () => {
    node = await createMockNode({ mock: { faults: ["silence"] } });
    const open = verdict(node.url, requestMessage());
    const ended = expect(open).rejects.toThrow();
    await node.journal.waitForMessage(() => true);
    await node.close();
    await ended;
  });
});
