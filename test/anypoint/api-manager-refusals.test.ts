/** Does the stand-in's API Manager refuse what the platform's refuses, with a status and a body like the platform's? */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FOREIGN_GROUP, ROOT_GROUP, SANDBOX } from "../../host-sim/src/anypoint/index.ts";
import { manageOrders, type ManagedOrders } from "./managed-orders.ts";
import { type PlatformClient, managed, testPolicy } from "./platform-client.ts";

let orders: ManagedOrders;
let client: PlatformClient;
let api: number;

beforeAll(async () => {
  orders = await manageOrders();
  ({ client, api } = orders);
});
afterAll(() => orders.close());

describe("Applying a policy", () => {
  it("is refused at an API, or in an environment, that is not there, or in another's group", async () => {
    expect(await client.apply(1)).toEqual({
      status: 404,
      body: { name: "NotFoundError", message: "API instance 1 was not found" },
    });
    const lost = await client.call("GET", client.apis("nowhere"));
    expect(lost.body).toEqual({
      name: "NotFoundError",
      message: "Environment nowhere was not found",
    });
    const path = client.apis().replace(ROOT_GROUP, FOREIGN_GROUP);
    expect((await client.call("GET", path)).status).toBe(403);
  });

  it("is refused for a policy or a version that is not in Exchange", async () => {
    const { status, body } = await client.apply(api, { assetVersion: "9.9.9" });
    expect(status).toBe(404);
    expect(body.message).toContain("test-policy/9.9.9");
  });

  it.each([
    ["what is required is missing", {}, "required", ""],
    ["a value is not among those allowed", { node: "http://n", mode: "often" }, "enum", ".mode"],
    ["a number is too small", { node: "http://n", limit: -1 }, "minimum", ".limit"],
    ["a service is no URL", { node: "n:5050" }, "format", ".node"],
  ])("is refused when %s", async (_, configurationData, keyword, dataPath) => {
    const { status, body } = await client.apply(api, { configurationData });
    expect(status).toBe(400);
    expect(body.errors).toEqual([
      { type: "validation", keyword, dataPath, message: expect.any(String) },
    ]);
  });

  it("is refused without an implementation for the gateway", async () => {
    await client.definition("lonely");
    const { status, body } = await client.apply(api, { assetId: "lonely" });
    expect(status).toBe(400);
    expect(body.message).toContain("no implementation for flexGateway");
  });

  it("is refused the second time, in any version", async () => {
    await client.publishPolicy("1.1.0");
    expect((await client.apply(api)).status).toBe(201);
    for (const assetVersion of ["1.0.0", "1.1.0"]) {
      expect(await client.apply(api, { assetVersion })).toEqual({
        status: 409,
        body: { name: "ConflictError", message: expect.stringContaining("already applied") },
      });
    }
  });
});

describe("An automated policy", () => {
  it("is refused without an environment, and in one that is not there", async () => {
    const without = await client.call("POST", client.automated, testPolicy);
    expect(without.status).toBe(400);
    expect(without.body.errors[0].dataPath).toBe(".ruleOfApplication.environmentId");
    expect((await client.automate({ environmentId: "nowhere" })).status).toBe(404);
  });

  it.each([
    ["an unknown technology", { technologies: ["toaster"] }, {}],
    ["a range that is none", { range: { from: "new" } }, {}],
    ["order 0", {}, { order: 0 }],
    ["a configuration that breaks the schema", {}, { configurationData: {} }],
  ])("is refused with %s", async (_, rule, more) => {
    const { status, body } = await client.automate(rule, more);
    expect(status).toBe(400);
    expect(body.errors).toHaveLength(1);
  });

  it("is refused the second time in the same environment", async () => {
    expect((await client.automate()).status).toBe(201);
    expect(await client.automate()).toEqual({
      status: 409,
      body: { name: "ConflictError", message: expect.stringContaining(SANDBOX) },
    });
  });
});

describe("An API", () => {
  it("is refused where another one listens already, and for an asset that is not there", async () => {
    const taken = await client.call("POST", client.apis(), managed("orders", 8081));
    expect(taken.status).toBe(409);
    const nothing = await client.call("POST", client.apis(), managed("nothing", 8082));
    expect(nothing.status).toBe(404);
  });

  it("is refused with a body that is no JSON, or no object", async () => {
    expect((await client.call("POST", client.apis(), [])).status).toBe(400);
    const answer = await client.call("POST", client.apis(), "{", {});
    expect(answer).toMatchObject({ status: 400, body: { name: "BadRequestError" } });
  });
});
