/** What does Flex Gateway's agent learn from a policy? Names by the published rule, and the run of a module with the Flex ABI. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { hasFlexAbi, runAgentPhase } from "../../host-sim/src/flex/agent-phase.ts";
import type { AgentRequest } from "../../host-sim/src/flex/agent-request.ts";
import { parsePluginName } from "../../host-sim/src/flex/policy-identity.ts";
import { authorityOf, clusterName, serviceName } from "../../host-sim/src/flex/service-name.ts";
import { loadModule } from "../../host-sim/src/wasm/module.ts";
import { compileToFile } from "../support/assembly-script.ts";

describe("the name of a service", () => {
  test.each([
    ["policy", "authority", "policy-authority-15aeecc-service"],
    [
      "policy",
      "a-really-long-authority-exceeding-max-large-service-name",
      "policy-a-really-long-authority-exceeding-max-la-3b21324-service",
    ],
    [
      "policy",
      "username:password@[ipv6]:port",
      "policy-username-password--ipv6--port-c248764-service",
    ],
    ["NoPolicyId", "localhost:8080", "NoPolicyId-localhost-8080-a5ec11e-service"],
  ])("of %s at %s follows the published rule", (policy, authority, expected) => {
    expect(serviceName(policy, authority)).toBe(expected);
  });

  test("becomes a cluster in its namespace", () => {
    const service = serviceName("NoPolicyId", "localhost:8080");
    expect(clusterName(service, "NoPolicyNamespace")).toBe(
      "NoPolicyId-localhost-8080-a5ec11e-service.NoPolicyNamespace.svc",
    );
  });

  test("is made from the authority as written", () => {
    expect(authorityOf("https://User@Host:443/path?q")).toBe("User@Host:443");
    expect(authorityOf("http://node:80")).toBe("node:80");
  });
});

test("the plugin's name tells policy, namespace and API, whose id may hold dots", () => {
  const identity = { policyName: "p", policyNamespace: "ns", apiId: "api.with.dots" };
  expect(parsePluginName("p.ns.api.with.dots")).toEqual(identity);
  expect(parsePluginName("plain")).toBeUndefined();
  expect(parsePluginName("p.ns.")).toBeUndefined();
});

describe("the agent's phase", () => {
  const request = (configuration: string, flexVersion = "1.12.0"): AgentRequest => ({
    policyName: "p",
    namespace: "ns",
    configuration: Buffer.from(configuration),
    flexVersion,
    env: new Map([["FLEX_REGION", "eu"]]),
  });

  async function load(): Promise<Awaited<ReturnType<typeof loadModule>>> {
    return loadModule(
      await readFile(await compileToFile("gateway/fixtures/flex-policy", "bare")),
      "flex-policy.wasm",
    );
  }

  test("learns services and stop iteration, and keeps the policy's logs", async () => {
    const module = await load();
    expect(hasFlexAbi(module)).toBe(true);
    const found = runAgentPhase(module, request("http://node:8080/x"));
    expect(found.ok).toBe(true);
    expect(found.stopIteration).toBe(true);
    expect(found.services).toEqual([
      { name: "svc", namespace: "ns", uri: "http://node:8080/x", cluster: "svc.ns.svc" },
    ]);
    expect(found.logs).toContainEqual({
      level: "info",
      message: '{"policy_name":"p","policy_namespace":"ns"}',
    });
    expect(found.logs).toContainEqual({ level: "info", message: "env eu" });
  });

  test("has no stop iteration on a Flex Gateway before 1.12", async () => {
    const found = runAgentPhase(await load(), request("http://node", "1.11.3"));
    expect(found).toMatchObject({ ok: true, stopIteration: false });
  });

  test("tells that the policy refused its configuration", async () => {
    expect(runAgentPhase(await load(), request("refuse")).ok).toBe(false);
  });

  test("tells that the policy trapped, and why", async () => {
    const found = runAgentPhase(await load(), request("trap"));
    expect(found.ok).toBe(false);
    expect(found.logs.at(-1)?.level).toBe("critical");
  });

  test("refuses by name what has no meaning without traffic", async () => {
    const found = runAgentPhase(await load(), request("call"));
    const message = "proxy_http_call is not available in the agent's phase";
    expect(found.logs).toContainEqual({ level: "warn", message });
  });
});
