/** Does the local-mode directory say what is applied, and is it what the simulator as a Flex Gateway can read? */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createAnypoint, PRODUCTION, type Anypoint } from "../../host-sim/src/anypoint/index.ts";
import { readDirectory } from "../../host-sim/src/flex/documents/read-directory.ts";
import { buildModel } from "../../host-sim/src/flex/model/build-model.ts";
import { PlatformClient } from "./platform-client.ts";

let folder: string;
let anypoint: Anypoint;
let client: PlatformClient;
let orders: number;
let users: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "anypoint-conf-"));
  anypoint = await createAnypoint({
    publicationDelayMs: 0,
    confDirectory: folder,
    confEnvironment: "Sandbox",
  });
  client = await PlatformClient.login(anypoint);
  await client.publishPolicy();
  orders = await client.manage("orders", 8081);
  users = await client.manage("users", 8082);
});
afterEach(async () => {
  await client.close();
  await anypoint.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What a Flex Gateway makes of it: for each API its address, and its policies in their order. */
function served(): unknown {
  const { apis } = buildModel(readDirectory(folder), new Map());
  return Object.fromEntries(
    apis.map((api) => [
      `${api.address.host}:${api.address.port}`,
      api.policies.map(({ extension, config }) => [extension.name.replace("default/", ""), config]),
    ]),
  );
}

const impl = (version: string, name = "test-policy"): string => `${name}-v${version}-5a1e0d3c-impl`;
const config = { node: "http://node:5050" };
const NOTHING = { "127.0.0.1:8081": [], "127.0.0.1:8082": [] };

it("has each API of the environment, without policies at first", async () => {
  await client.manage("elsewhere", 8083, PRODUCTION);
  expect(served()).toEqual(NOTHING);
});

it("follows applying, upgrading, disabling and removing", async () => {
  const { body } = await client.apply(orders);
  const path = `${client.apis()}/${orders}/policies/${body.id}`;
  expect(served()).toEqual({ ...NOTHING, "127.0.0.1:8081": [[impl("1-0-0"), config]] });
  await client.publishPolicy("1.1.0");
  await client.call("PATCH", path, { assetVersion: "1.1.0" });
  expect(served()).toEqual({ ...NOTHING, "127.0.0.1:8081": [[impl("1-1-0"), config]] });
  await client.call("PATCH", path, { disabled: true });
  expect(served()).toEqual(NOTHING);
  await client.call("PATCH", path, { disabled: false });
  await client.call("DELETE", path);
  expect(served()).toEqual(NOTHING);
  expect(readdirSync(folder).filter((name) => !name.startsWith("api-"))).toEqual([]);
});

it("binds an automated policy to what it covers, before others, and never a policy twice", async () => {
  await client.definition("other");
  await client.implementation("other-flex", {
    fields: { dependencies: `${client.automated.split("/")[5]!}:other:1.0.0` },
  });
  await client.apply(orders, { assetId: "other" });
  await client.apply(orders);
  const automated = { node: "http://automated:5050" };
  const { body } = await client.automate({}, { configurationData: automated });
  expect(served()).toEqual({
    "127.0.0.1:8081": [
      [impl("1-0-0"), automated],
      [impl("1-0-0", "other"), config],
    ],
    "127.0.0.1:8082": [[impl("1-0-0"), automated]],
  });
  await client.call("PUT", `${client.automated}/${body.id}/exclusions/${users}`);
  expect(served()).toMatchObject({ "127.0.0.1:8082": [] });
});

it("has the module that was published", async () => {
  await client.apply(orders);
  const model = buildModel(readDirectory(folder), new Map());
  const { wasm, rootId } = model.apis.flatMap(({ policies }) => policies)[0]!.extension;
  expect(Buffer.from(wasm).toString("hex")).toBe("0061736d01000000");
  expect(rootId).toBe("main");
});

it("leaves files of others alone, and does not touch what has not changed", async () => {
  writeFileSync(join(folder, "policy-mine.yaml"), "# mine\n");
  const [name] = readdirSync(folder).filter((each) => each.startsWith("api-orders"));
  const before = statSync(join(folder, name!)).ino;
  await client.apply(users);
  expect(readFileSync(join(folder, "policy-mine.yaml"), "utf8")).toBe("# mine\n");
  expect(statSync(join(folder, name!)).ino).toBe(before);
});

it("writes again what was lost", async () => {
  rmSync(folder, { recursive: true, force: true });
  await expect(client.apply(orders)).resolves.toMatchObject({ status: 201 });
  expect(served()).toMatchObject({ "127.0.0.1:8081": [[impl("1-0-0"), config]] });
});
