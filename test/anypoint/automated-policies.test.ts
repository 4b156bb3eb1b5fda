/** Which APIs does an automated policy cover, which not and why, and what becomes of the same policy on one API? */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createAnypoint,
  PRODUCTION,
  SANDBOX,
  type Anypoint,
} from "../../host-sim/src/anypoint/index.ts";
import { managed, PlatformClient, testPolicy } from "./platform-client.ts";
import { implementationFiles, implementationMetadata } from "./policy-files.ts";

let anypoint: Anypoint;
let client: PlatformClient;
let orders: number;
let users: number;

beforeEach(async () => {
  anypoint = await createAnypoint({ publicationDelayMs: 0, gatewayVersion: "1.8.3" });
  client = await PlatformClient.login(anypoint);
  await client.publishPolicy();
  orders = await client.manage("orders", 8081);
  users = await client.manage("users", 8082);
});
afterEach(async () => {
  await client.close();
  await anypoint.close();
});

const automate = async (rule = {}, more = {}): Promise<number> => {
  const { status, body } = await client.automate(rule, more);
  expect({ status, body }).toMatchObject({ status: 201 });
  return body.id;
};

/** Ids of covered APIs, and for the others why not. */
const coverage = async (id: number): Promise<[number, string][]> => {
  const { body } = await client.call("GET", `${client.automated}/${id}/coverage`);
  return body.apis.map((api: any) => [api.id, api.covered ? "covered" : api.reason]);
};

const applied = async (api: number): Promise<any[]> =>
  (await client.call("GET", `${client.apis()}/${api}/policies`)).body;

describe("Coverage", () => {
  it("is every API of the environment, those that come later too", async () => {
    const id = await automate();
    expect(await coverage(id)).toEqual([
      [orders, "covered"],
      [users, "covered"],
    ]);
    await client.manage("elsewhere", 8083, PRODUCTION);
    const late = await client.manage("late", 8083);
    expect(await coverage(id)).toEqual([
      [orders, "covered"],
      [users, "covered"],
      [late, "covered"],
    ]);
  });

  it.each([
    [{ from: "1.8.3", to: "1.8.3" }, "covered"],
    [{ from: "1.8.4" }, "the gateway's version 1.8.3 is below 1.8.4"],
    [{ to: "1.8.2" }, "the gateway's version 1.8.3 is above 1.8.2"],
    [{ from: "1.10.0" }, "the gateway's version 1.8.3 is below 1.10.0"],
    [{ from: "1.8.x", to: "1.8.x" }, "covered"],
    [{ to: "1.8" }, "covered"],
  ])("keeps to the range %j", async (range, expected) => {
    const id = await automate({ range });
    expect((await coverage(id))[0]).toEqual([orders, expected]);
  });

  it("keeps to the technologies, and to those that the policy is implemented for", async () => {
    const mule = await client.call("POST", client.apis(), {
      ...managed("orders", 8083),
      technology: "mule4",
    });
    const id = await automate({ technologies: ["flexGateway"] });
    expect((await coverage(id))[2]).toEqual([mule.body.id, expect.stringContaining("flexGateway")]);
    await client.call("PATCH", `${client.automated}/${id}`, {
      ruleOfApplication: { environmentId: SANDBOX },
    });
    expect((await coverage(id))[2]).toEqual([
      mule.body.id,
      "the policy has no implementation for mule4 1.8.3",
    ]);
  });

  it("keeps to gateways that are new enough for the implementation", async () => {
    await client.definition("modern");
    const fields = { dependencies: `${testPolicy.groupId}:modern:1.0.0` };
    const metadata = implementationMetadata.replace("1.6.0", "1.9.0");
    const files = { ...implementationFiles, "files.metadata.yaml": metadata };
    await client.implementation("modern-flex", { fields, files });
    const id = await automate({}, { assetId: "modern" });
    expect((await coverage(id))[0]![1]).toBe(
      "the policy has no implementation for flexGateway 1.8.3",
    );
  });

  it("leaves out what is excluded, until it is taken back in", async () => {
    const id = await automate();
    const path = `${client.automated}/${id}/exclusions`;
    expect((await client.call("PUT", `${path}/${orders}`)).status).toBe(204);
    expect((await coverage(id))[0]).toEqual([orders, "the API is excluded"]);
    const { body } = await client.call("GET", `${client.automated}/${id}`);
    expect(body.excludedApis).toEqual([orders]);
    await client.call("DELETE", `${path}/${orders}`);
    expect((await coverage(id))[0]).toEqual([orders, "covered"]);
    expect((await client.call("PUT", `${path}/1`)).status).toBe(404);
  });
});

describe("The same policy on one API", () => {
  it("rests while the automated one is there, and runs again afterwards", async () => {
    const own = await client.apply(orders);
    expect(own.body.disabled).toBe(false);
    const id = await automate();
    expect(await applied(orders)).toMatchObject([{ id: own.body.id, disabled: true }]);
    expect((await client.call("DELETE", `${client.automated}/${id}`)).status).toBe(204);
    expect(await applied(orders)).toMatchObject([{ id: own.body.id, disabled: false }]);
  });

  it("goes on where the automated one is disabled", async () => {
    const own = await client.apply(orders);
    await automate({}, { disabled: true });
    expect(await applied(orders)).toMatchObject([{ id: own.body.id, disabled: false }]);
  });

  it("can't be applied where the automated one is", async () => {
    const id = await automate();
    const { status, body } = await client.apply(orders);
    expect(status).toBe(409);
    expect(body.message).toContain("from an automated policy already");
    await client.call("PUT", `${client.automated}/${id}/exclusions/${orders}`);
    expect((await client.apply(orders)).status).toBe(201);
  });
});

describe("An automated policy", () => {
  it("is listed with its rule, its implementations and its audit, by environment", async () => {
    const id = await automate({ technologies: ["flexGateway"], range: { from: "1.6.0" } });
    const list = (query: string) =>
      client.call("GET", `${client.automated}?environmentId=${query}`);
    expect((await list(PRODUCTION)).body).toEqual({ automatedPolicies: [], total: 0 });
    expect((await list(SANDBOX)).body).toMatchObject({
      total: 1,
      automatedPolicies: [
        {
          ...{ id, order: 1, disabled: false, assetId: "test-policy", assetVersion: "1.0.0" },
          ruleOfApplication: { technologies: ["flexGateway"], range: { from: "1.6.0" } },
          implementationAssets: [{ assetId: "test-policy-flex", technology: "flexGateway" }],
          audit: { created: { date: expect.any(String) } },
        },
      ],
    });
  });

  it("changes its configuration and its version, and not into what does not exist or is wrong", async () => {
    const id = await automate();
    const patch = (body: unknown) => client.call("PATCH", `${client.automated}/${id}`, body);
    await client.publishPolicy("1.1.0");
    const changed = await patch({
      assetVersion: "1.1.0",
      configurationData: { node: "https://n" },
    });
    expect(changed.body).toMatchObject({
      assetVersion: "1.1.0",
      configurationData: { node: "https://n" },
    });
    expect((await patch({ assetVersion: "7.0.0" })).status).toBe(404);
    expect((await patch({ configurationData: { node: 1 } })).status).toBe(400);
    expect((await client.call("GET", `${client.automated}/${id}`)).body.assetVersion).toBe("1.1.0");
  });

  it("may be in two environments, and twice with different assets", async () => {
    await automate();
    await automate({ environmentId: PRODUCTION });
    await client.definition("test-policy-dev");
    await automate({}, { assetId: "test-policy-dev" });
    expect((await client.call("GET", client.automated)).body.total).toBe(3);
  });

  it("is not found after it was removed", async () => {
    const id = await automate();
    await client.call("DELETE", `${client.automated}/${id}`);
    for (const method of ["GET", "PATCH", "DELETE"]) {
      expect(
        (
          await client.call(
            method,
            `${client.automated}/${id}`,
            method === "PATCH" ? {} : undefined,
          )
        ).status,
      ).toBe(404);
    }
  });
});
