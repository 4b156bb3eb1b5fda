/** Is the Flex ABI spoken as the agent expects, and are names made as the gateway makes them? */
import { createHash } from "node:crypto";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import fc from "fast-check";
import { Sdk, Status } from "./support/sdk.ts";

let sdk: Sdk;
beforeAll(async () => {
  sdk = await Sdk.load();
});
beforeEach(() => sdk.host.reset());

const CALL = "proxy_call_foreign_function";

describe("names of services", () => {
  it.each([
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
  ])("of %s and %s is %s", (policy, authority, expected) => {
    expect(sdk.text("serviceName", policy, authority)).toBe(expected);
  });

  it("become clusters by namespace", () => {
    expect(
      sdk.text("clusterName", "NoPolicyId-localhost-8080-a5ec11e-service", "NoPolicyNamespace"),
    ).toBe("NoPolicyId-localhost-8080-a5ec11e-service.NoPolicyNamespace.svc");
  });

  it("are made of a SHA-256 that agrees with Node's for every length around its blocks", () => {
    for (let size = 0; size <= 200; size++) {
      const message = new Uint8Array(size).map((_, i) => i * 37 + size);
      const expected = createHash("sha256").update(message).digest().toString("latin1");
      expect(sdk.bytes("sha256", message)).toBe(expected);
    }
  });
});

describe("the agent's functions", () => {
  it("are called with a JSON array of strings", () => {
    sdk.host.answer(CALL, { results: ["{}"] });
    expect(sdk.bytes("getPolicyConfiguration")).toBe("{}");
    sdk.number("createService", 'n"1', "ns\\", "http://h:1/\n\u0001é");
    sdk.number("enableStopIteration");
    expect(sdk.text("getEnv", "ZONE")).toBe("{}");
    for (let level = 0; level <= 5; level++) sdk.number("flexLog", level, "m");
    expect(sdk.host.calls).toEqual([
      [CALL, "flex_get_policy_configuration", "[]"],
      [CALL, "flex_create_service", '["n\\"1","ns\\\\","http://h:1/\\u000a\\u0001\xc3\xa9"]'],
      [CALL, "flex_enable_stop_iteration", "[]"],
      [CALL, "flex_get_env", '["ZONE"]'],
      ...["trace", "debug", "info", "warn", "error", "error"].map((level) => [
        CALL,
        "flex_log",
        `["${level}","m"]`,
      ]),
    ]);
  });

  it("take arguments that any JSON reader reads back", () => {
    const texts = fc.array(fc.string({ unit: "binary" }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(texts, ([name, namespace, uri]) => {
        sdk.number("createService", name!, namespace!, uri!);
        const sent = Buffer.from(sdk.host.calls.at(-1)[2] as string, "latin1").toString("utf8");
        expect(JSON.parse(sent)).toEqual([name, namespace, uri]);
      }),
    );
  });

  it("answer null or a status where there is no value", () => {
    sdk.host.answer(CALL, { status: Status.NotFound });
    expect(sdk.bytes("getPolicyConfiguration")).toBeNull();
    expect(sdk.text("getEnv", "ZONE")).toBeNull();
    expect(sdk.text("policyMetadataText")).toBeNull();
    expect(sdk.number("createService", "a", "b", "c")).toBe(Status.NotFound);
    expect(sdk.number("enableStopIteration")).toBe(Status.NotFound);
    expect(sdk.number("flexLog", 2, "m")).toBe(Status.NotFound);
  });

  it.each([
    ['{"policy_name":"p","policy_namespace":"n"}', "p in n"],
    ['{"name":"p","namespace":"n"}', "p in n"],
    ['{"name":"x","policy_name":"p","namespace":5}', "p in "],
    ["{}", " in "],
    ["[]", null],
    ["rubbish", null],
  ])("tell name and namespace of the policy: %s → %s", (metadata, expected) => {
    sdk.host.answer(CALL, { results: [metadata] });
    expect(sdk.text("policyMetadataText")).toBe(expected);
  });
});

it("flex_on_policy_initialize answers what the policy's handler answers", () => {
  expect(sdk.exports.flex_on_policy_initialize!()).toBe(1);
  sdk.number("answerInitializer", false);
  expect(sdk.exports.flex_on_policy_initialize!()).toBe(0);
});
