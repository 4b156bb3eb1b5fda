/** How does a publication go on: at once or in its own time, and what when something goes wrong on purpose? */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  createAnypoint,
  defaultAccounts,
  FOREIGN_GROUP,
  ROOT_GROUP,
  type Anypoint,
} from "../../host-sim/src/anypoint/index.ts";
import { PlatformClient } from "./platform-client.ts";
import { definitionFiles, emptyModule, schema } from "./policy-files.ts";

let anypoint: Anypoint;
let client: PlatformClient;

beforeAll(async () => {
  const globex = { clientId: "globex", clientSecret: "s", organizations: [FOREIGN_GROUP] };
  anypoint = await createAnypoint({
    publicationDelayMs: 20,
    accounts: { ...defaultAccounts, connectedApps: [globex] },
  });
  client = await PlatformClient.login(anypoint);
});
afterEach(() => anypoint.setFaults([]));
afterAll(async () => {
  await client.close();
  await anypoint.close();
});

const assetPath = (name: string): string => `/exchange/api/v1/assets/${ROOT_GROUP}/${name}/1.0.0`;
const exists = async (name: string): Promise<boolean> =>
  (await client.call("GET", assetPath(name))).status === 200;

describe("A publication in its own time", () => {
  it("is accepted, and is not there while it runs", async () => {
    anypoint.setFaults([{ kind: "stall-publication" }]);
    const { status, body } = await client.definition("slow", { sync: false });
    expect(status).toBe(202);
    const link = body.publicationStatusLink;
    expect(link).toContain(`${anypoint.url}/exchange/api/v2/organizations/${ROOT_GROUP}`);
    expect((await client.call("GET", link)).body.status).toBe("running");
    expect(await exists("slow")).toBe(false);
  });

  it("is there when it is completed", async () => {
    const accepted = await client.definition("done", { sync: false });
    expect(await client.published(accepted)).toMatchObject({ status: "completed" });
    expect(await exists("done")).toBe(true);
  });

  it("keeps its version from a second one while it runs", async () => {
    anypoint.setFaults([{ kind: "stall-publication" }]);
    await client.definition("contested", { sync: false });
    expect((await client.definition("contested", { sync: false })).status).toBe(409);
    expect((await client.definition("contested")).status).toBe(409);
  });

  it("ends with what is wrong, and nothing is there", async () => {
    const files = { ...definitionFiles, "files.metadata.yaml": "name: x" };
    const ended = await client.published(await client.definition("wrong", { sync: false, files }));
    expect(ended).toMatchObject({
      status: "error",
      steps: [
        { status: "error", statusCode: 400, errors: [expect.stringContaining("first line")] },
      ],
    });
    expect(await exists("wrong")).toBe(false);
    expect((await client.definition("wrong")).status).toBe(201);
  });

  it("is not told of to nobody, and to no other group", async () => {
    const { body } = await client.definition("secret", { sync: false });
    const stranger = await client.call("GET", body.publicationStatusLink, undefined, {
      authorization: "",
    });
    expect(stranger.status).toBe(401);
    const other = body.publicationStatusLink.replace(/[^/]+$/, "nothing");
    expect((await client.call("GET", other)).status).toBe(404);
  });
});

describe("A fault", () => {
  it("fails the second publication, and only that", async () => {
    anypoint.setFaults([{ kind: "fail-publication", after: 1, status: 503, message: "No room" }]);
    const ended: any[] = [];
    for (const name of ["first", "second", "third"]) {
      ended.push(await client.published(await client.definition(name, { sync: false })));
    }
    expect(ended.map(({ status }) => status)).toEqual(["completed", "error", "completed"]);
    expect(ended[1].steps[0]).toMatchObject({ statusCode: 503, errors: ["No room"] });
  });

  it("lets a publication never end", async () => {
    anypoint.setFaults([{ kind: "stall-publication" }]);
    const stalled = await client.definition("stalled", { sync: false });
    await client.published(await client.definition("after", { sync: false }));
    expect((await client.call("GET", stalled.body.publicationStatusLink)).body.status).toBe(
      "running",
    );
  });

  it("answers calls with a status, cuts them off, or is late, where it is told to", async () => {
    anypoint.setFaults([
      { kind: "status", path: "/users/me", status: 500, times: 2 },
      { kind: "drop", method: "POST", path: "/assets/" },
      { kind: "delay", path: "/environments", delayMs: 120 },
    ]);
    const me = (): Promise<number> =>
      client.call("GET", "/accounts/api/users/me").then(({ status }) => status);
    expect([await me(), await me(), await me()]).toEqual([500, 500, 200]);
    await expect(client.definition("cut")).rejects.toThrow();
    expect((await client.definition("cut")).status).toBe(201);
    const start = performance.now();
    await client.call("GET", `/accounts/api/organizations/${ROOT_GROUP}/environments`);
    expect(performance.now() - start).toBeGreaterThan(110);
  });

  it("does what it was asked for and says otherwise, or lists only a part", async () => {
    anypoint.setFaults([
      { kind: "done-status", method: "POST", path: "/assets/", status: 503 },
      { kind: "done-drop", method: "POST", path: "/assets/", after: 2 },
      { kind: "short-lists", path: "/environments", most: 1 },
    ]);
    expect((await client.definition("said-no")).status).toBe(503);
    expect((await client.definition("said-no")).status).toBe(409);
    await expect(client.definition("cut-after")).rejects.toThrow();
    expect((await client.definition("cut-after")).status).toBe(409);
    const list = `/accounts/api/organizations/${ROOT_GROUP}/environments`;
    expect((await client.call("GET", list)).body).toMatchObject({ data: [{}], total: null });
  });

  it("is set from outside through the page, which refuses what it does not know", async () => {
    const set = (faults: unknown): Promise<Response> =>
      fetch(`${anypoint.pageUrl}/api/faults`, { method: "PUT", body: JSON.stringify(faults) });
    expect((await set([{ kind: "status", path: "/users/me" }])).status).toBe(200);
    expect((await client.call("GET", "/accounts/api/users/me")).status).toBe(500);
    for (const wrong of [
      {},
      [{ kind: "flood" }],
      [{ kind: "drop", often: 1 }],
      [{ kind: "drop", after: -1 }],
    ]) {
      expect((await set(wrong)).status).toBe(400);
    }
  });
});

describe("What was published", () => {
  it("is given back byte for byte, by links that need no token and end when they are changed", async () => {
    await client.publishPolicy();
    const { body } = await client.call("GET", assetPath("test-policy-flex"));
    const [module] = body.files;
    expect(module).toMatchObject({
      classifier: "binary",
      packaging: "wasm",
      size: emptyModule.length,
    });
    const got = await client.call("GET", module.externalLink, undefined, { authorization: "" });
    expect(Buffer.from(got.body, "latin1").subarray(0, 4).toString("latin1")).toBe("\0asm");
    const [base] = module.externalLink.split("?");
    for (const link of [base, `${base}?signature=x`, `${base}?signature=${"0".repeat(64)}`]) {
      expect((await client.call("GET", link)).status).toBe(403);
    }
  });

  it("is found by GraphQL with variables, types, pages, and only the latest version", async () => {
    for (const version of ["1.9.0", "1.10.0", "1.10.0-dev"])
      await client.definition("many", { version });
    const search = async (parameters: string): Promise<unknown> => {
      const query = `{ assets(${parameters}) { assetId version __typename } }`;
      const variables = { accessToken: client.token };
      const { body } = await client.call("POST", "/graph/api/v2/graphql", { query, variables });
      return body.data.assets.map((each: any) => `${each.assetId} ${each.version}`);
    };
    expect(await search('searchTerm: "many"')).toEqual(["many 1.10.0"]);
    const all = 'searchTerm: "many", latestVersionsOnly: false';
    expect(await search(all)).toHaveLength(3);
    expect(await search(`${all}, limit: 2, offset: 2`)).toHaveLength(1);
    expect(await search('types: "policy-implementation"')).toEqual(["test-policy-flex 1.0.0"]);
    expect(await search('searchTerm: "many", organizationIds: ["x"]')).toEqual([]);
  });

  it("is found by those alone who belong to its group", async () => {
    const stranger = new PlatformClient(anypoint);
    const app = { client_id: "globex", client_secret: "s", grant_type: "client_credentials" };
    const issued = await stranger.call("POST", "/accounts/api/v2/oauth2/token", app);
    stranger.token = issued.body.access_token;
    const question = {
      query: "{ assets { assetId } }",
      variables: { accessToken: stranger.token },
    };
    const found = await stranger.call("POST", "/graph/api/v2/graphql", question);
    expect(found.body).toEqual({ data: { assets: [] } });
    expect((await stranger.call("GET", "/exchange/api/v2/assets")).body).toEqual([]);
    await stranger.close();
  });

  it("offers its schema to whoever configures it", async () => {
    const path = `/apimanager/xapi/v1/organizations/${ROOT_GROUP}/exchange-policy-templates`;
    const { body } = await client.call("GET", `${path}/${ROOT_GROUP}/test-policy/1.0.0`);
    expect(body.configuration).toEqual(schema);
  });
});
