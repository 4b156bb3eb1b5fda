/** Does the stand-in refuse at log-in, and its Exchange, what the platform refuses, with a status and a body like the platform's? */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FOREIGN_GROUP, ROOT_GROUP } from "../../host-sim/src/anypoint/index.ts";
import { manageOrders, type ManagedOrders } from "./managed-orders.ts";
import type { PlatformClient } from "./platform-client.ts";
import {
  definitionFiles,
  definitionMetadata,
  implementationFiles,
  implementationMetadata,
  schema,
} from "./policy-files.ts";

let orders: ManagedOrders;
let client: PlatformClient;
let api: number;

beforeAll(async () => {
  orders = await manageOrders();
  ({ client, api } = orders);
});
afterAll(() => orders.close());

describe("Logging in", () => {
  it("is refused with a wrong password, or a wrong secret", async () => {
    const login = { username: "developer", password: "wrong" };
    expect(await client.call("POST", "/accounts/login", login)).toEqual({
      status: 401,
      body: { status: 401, message: "Unauthorized" },
    });
    const app = {
      client_id: "stand-in-client",
      client_secret: "x",
      grant_type: "client_credentials",
    };
    expect((await client.call("POST", "/accounts/api/v2/oauth2/token", app)).status).toBe(401);
    expect((await client.call("POST", "/accounts/api/v2/oauth2/token", {})).status).toBe(400);
    const form =
      "grant_type=client_credentials&client_id=stand-in-client&client_secret=stand-in-secret";
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const issued = await client.call("POST", "/accounts/api/v2/oauth2/token", form, headers);
    expect(issued).toMatchObject({ status: 200, body: { token_type: "bearer", expires_in: 3600 } });
  });

  it.each(["/accounts/api/users/me", `/exchange/api/v1/assets/${ROOT_GROUP}/orders/1.0.0`])(
    "is needed for %s",
    async (path) => {
      for (const authorization of ["", "Bearer x", "Basic eDp5"]) {
        const answer = await client.call("GET", path, undefined, { authorization });
        expect(answer).toEqual({ status: 401, body: { status: 401, message: "Unauthorized" } });
      }
    },
  );

  it("is needed for a search, whose token is in its variables", async () => {
    const question = { query: "{ assets { assetId } }", variables: { accessToken: "x" } };
    const answer = await client.call("POST", "/graph/api/v2/graphql", question, {
      authorization: "",
    });
    expect(answer).toEqual({ status: 401, body: { errors: [{ message: "Unauthorized" }] } });
  });
});

describe("A publication", () => {
  it("is refused in a group that the user does not belong to", async () => {
    const foreign = await client.definition("x", { group: FOREIGN_GROUP });
    expect(foreign.status).toBe(403);
    expect(foreign.body.message).toContain(FOREIGN_GROUP);
    const mixed = await client.definition("x", { group: FOREIGN_GROUP, organization: ROOT_GROUP });
    expect(mixed.status).toBe(403);
  });

  it("is refused when the version exists, also after it was deleted softly", async () => {
    expect(await client.definition()).toMatchObject({
      status: 409,
      body: { status: 409, message: expect.stringContaining("already exists") },
    });
    await client.upload("gone", "http-api");
    const path = `/exchange/api/v1/organizations/${ROOT_GROUP}/assets/${ROOT_GROUP}/gone/1.0.0`;
    expect((await client.call("DELETE", path)).status).toBe(204);
    expect((await client.upload("gone", "http-api")).status).toBe(409);
  });

  it("may have a version again that was deleted hard", async () => {
    await client.upload("again", "http-api");
    const path = `/exchange/api/v1/organizations/${ROOT_GROUP}/assets/${ROOT_GROUP}/again/1.0.0`;
    await client.call("DELETE", path, undefined, { "x-delete-type": "hard-delete" });
    expect((await client.upload("again", "http-api")).status).toBe(201);
  });

  it.each([
    ["1.0", "a version of two numbers"],
    ["latest", "a word for a version"],
  ])("is refused with version %s", async (version) => {
    const { status, body } = await client.definition("x", { version });
    expect({ status, ...body }).toMatchObject({
      status: 400,
      message: expect.stringContaining(version),
    });
  });

  it.each(["files.schema.json", "files.metadata.yaml"])(
    "is refused without %s",
    async (missing) => {
      const { [missing]: _, ...files } = definitionFiles;
      const { status, body } = await client.definition("x", { files });
      expect(status).toBe(400);
      expect(body.message).toContain(missing.replace("files.", ""));
    },
  );

  it("is refused without a module, and with one that is none", async () => {
    const files = { "files.metadata.yaml": implementationMetadata };
    const without = await client.implementation("x", { files });
    expect(without.status).toBe(400);
    expect(without.body.message).toContain("binary.wasm");
    const text = { ...implementationFiles, "files.binary.wasm": "not a module" };
    const wrong = await client.implementation("x", { files: text });
    expect(wrong.status).toBe(400);
    expect(wrong.body.details).toEqual(["binary.wasm: is not a WebAssembly module"]);
  });

  it("is refused when it depends on what is not there, or on no policy", async () => {
    const absent = { dependencies: `${ROOT_GROUP}:nothing:1.0.0` };
    const missing = await client.implementation("x", { fields: absent });
    expect(missing.body.details).toEqual([`Dependency ${ROOT_GROUP}/nothing/1.0.0 does not exist`]);
    const other = await client.implementation("x", {
      fields: { dependencies: `${ROOT_GROUP}:orders:1.0.0` },
    });
    expect(other.body.details).toEqual([
      "A policy implementation must depend on its policy definition",
    ]);
    const garbled = await client.implementation("x", { fields: { dependencies: "nothing" } });
    expect(garbled.body.message).toContain("groupId:assetId:version");
  });

  const withMetadata = (text: string) => ({ ...definitionFiles, "files.metadata.yaml": text });
  const withSchema = (change: object) => ({
    ...definitionFiles,
    "files.schema.json": JSON.stringify({ ...schema, ...change }),
  });
  it.each([
    ["no marker", withMetadata(definitionMetadata.replace(/^.*\n/, "")), "first line"],
    ["the other marker", withMetadata(implementationMetadata), "#%Policy Definition 0.1"],
    ["no name", withMetadata(definitionMetadata.replace(/name:.*\n/, "")), "name is required"],
    ["no category", withMetadata(definitionMetadata.replace(/category:.*\n/, "")), "category"],
    [
      "an unknown scope",
      withMetadata(definitionMetadata.replace("[api", "[galaxy")),
      "interfaceScope",
    ],
    ["no YAML", withMetadata("#%Policy Definition 0.1\na: [b"), "not YAML"],
    ["a schema that is no JSON", { ...definitionFiles, "files.schema.json": "{" }, "not JSON"],
    [
      "another dialect",
      withSchema({ $schema: "http://json-schema.org/draft-07/schema#" }),
      "$schema",
    ],
    ["a schema without $id", withSchema({ $id: undefined }), "$id"],
    ["a schema that is wrong", withSchema({ required: "node" }), "required"],
  ])("is refused with %s", async (_, files, reason) => {
    const { status, body } = await client.definition("x", { files });
    expect(status).toBe(400);
    expect(body.message).toContain(reason);
  });

  it("tells all problems at once", async () => {
    const files = {
      ...implementationFiles,
      "files.metadata.yaml": "#%Policy Implementation 1.0\nname: x",
    };
    const { body } = await client.implementation("x", { files });
    expect(body.details).toHaveLength(3); // technology twice, minRuntimeVersion
  });
});

describe("An asset", () => {
  it("is not deleted while others live on it", async () => {
    const path = `/exchange/api/v1/organizations/${ROOT_GROUP}/assets/${ROOT_GROUP}`;
    const definition = await client.call("DELETE", `${path}/test-policy/1.0.0`);
    expect(definition.status).toBe(409);
    expect(definition.body.message).toContain("test-policy-flex");
    const used = await client.call("DELETE", `${path}/orders/1.0.0`);
    expect(used.body.message).toContain(`API instance ${api}`);
  });

  it("is not found where it is not, and is nobody else's", async () => {
    expect(await client.call("GET", `/exchange/api/v1/assets/${ROOT_GROUP}/nothing/1.0.0`)).toEqual(
      {
        status: 404,
        body: { status: 404, message: expect.stringContaining("was not found") },
      },
    );
    const foreign = await client.call(
      "GET",
      `/exchange/api/v1/assets/${FOREIGN_GROUP}/orders/1.0.0`,
    );
    expect(foreign.status).toBe(403);
  });
});

it("says by name what there is not", async () => {
  const { status, body } = await client.call("GET", "/runtime/api");
  expect({ status, ...body }).toEqual({
    status: 404,
    name: "NotFoundError",
    message: "No such resource: GET /runtime/api",
  });
});
