/** Does the official CLI find in the stand-in what it needs to manage APIs, apply policies and look at accounts? */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createAnypoint,
  PRODUCTION,
  ROOT_GROUP,
  SANDBOX,
  type Anypoint,
} from "../../host-sim/src/anypoint/index.ts";
import { cliSession, withoutOfficialCli, type CliSession } from "../support/anypoint-cli.ts";
import { PlatformClient } from "./platform-client.ts";

const SLOW_MS = 90_000;
const GATEWAY = "f1e00000-0001-4000-8000-000000000001";

let anypoint: Anypoint;
let client: PlatformClient;
let cli: CliSession;
let api: string;
let policies: string[];

/** What it prints; an error if it fails. */
async function good(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await cli.run(...args);
  if (status !== 0)
    throw new Error(`anypoint-cli-v4 ${args.join(" ")}: status ${status}: ${stderr}`);
  return stdout;
}

const idIn = (text: string): string => /(\d{7,})/.exec(text)![1]!;
const apply = (name: string, ...more: string[]): Promise<string> =>
  good(
    ...["api-mgr", "policy", "apply", api, name, "--policyVersion", "1.0.0"],
    ...["--groupId", ROOT_GROUP, ...more],
  );
const applied = async (): Promise<any[]> =>
  (await client.call("GET", `${client.apis()}/${api}/policies`)).body;
const instance = async (): Promise<any> =>
  (await client.call("GET", `${client.apis()}/${api}`)).body;

describe.skipIf(await withoutOfficialCli())(
  "The official CLI at API Manager",
  { timeout: SLOW_MS },
  () => {
    beforeAll(async () => {
      anypoint = await createAnypoint({ publicationDelayMs: 0 });
      client = await PlatformClient.login(anypoint);
      await client.publishPolicy();
      await client.definition("other");
      await client.implementation("other-flex", {
        fields: { dependencies: `${ROOT_GROUP}:other:1.0.0` },
      });
      for (const version of ["1.0.0", "1.1.0"]) {
        await client.upload("orders", "http-api", {
          version,
          fields: { "properties.apiVersion": "v1" },
        });
      }
      // Logs in the other way.
      cli = await cliSession(anypoint, {
        ANYPOINT_CLIENT_ID: "stand-in-client",
        ANYPOINT_CLIENT_SECRET: "stand-in-secret",
      });
    }, SLOW_MS);
    afterAll(async () => {
      cli?.close();
      await client?.close();
      await anypoint?.close();
    });

    it("manages an API behind a Flex Gateway", async () => {
      const told = await good(
        ...[
          "api-mgr",
          "api",
          "manage",
          "orders",
          "1.0.0",
          "--isFlex",
          "--withProxy",
          "--type",
          "http",
        ],
        ...[
          "--uri",
          "http://127.0.0.1:9000/",
          "--scheme",
          "http",
          "--port",
          "8081",
          "--path",
          "/orders",
        ],
      );
      api = idIn(told);
      expect(await instance()).toMatchObject({
        technology: "flexGateway",
        environmentId: SANDBOX,
        endpoint: { proxyUri: "http://0.0.0.0:8081/orders", uri: "http://127.0.0.1:9000/" },
      });
    });

    it("lists, describes, edits, deprecates and moves it to another version", async () => {
      const [listed, described] = await Promise.all([
        cli.json("api-mgr", "api", "list"),
        cli.json("api-mgr", "api", "describe", api),
      ]);
      expect(listed).toMatchObject([{ id: Number(api), assetId: "orders", assetVersion: "1.0.0" }]);
      expect(described).toMatchObject({ id: Number(api), technology: "flexGateway" });
      await good(
        "api-mgr",
        "api",
        "edit",
        api,
        "--apiInstanceLabel",
        "First",
        "--uri",
        "http://127.0.0.1:9001/",
      );
      await good("api-mgr", "api", "deprecate", api);
      expect(await instance()).toMatchObject({
        ...{ instanceLabel: "First", deprecated: true },
        endpoint: { uri: "http://127.0.0.1:9001/", proxyUri: "http://0.0.0.0:8081/orders" },
      });
      await good("api-mgr", "api", "undeprecate", api);
      await good("api-mgr", "api", "change-specification", api, "1.1.0");
      expect(await instance()).toMatchObject({ deprecated: false, assetVersion: "1.1.0" });
    });

    it("deploys it to the gateway, and again", async () => {
      await good("api-mgr", "api", "deploy", api, "--target", GATEWAY);
      await good("api-mgr", "api", "redeploy", api, "--target", GATEWAY);
      const lost = await cli.run("api-mgr", "api", "redeploy", api, "--target", "nowhere");
      expect(lost.stderr).toContain('Deployment target with ID "nowhere" not found');
    });

    it("lists and describes the policies that there are", async () => {
      const [listed, described] = await Promise.all([
        cli.json("api-mgr", "policy", "list", "-m"),
        cli.json(
          "api-mgr",
          "policy",
          "describe",
          "other",
          "--policyVersion",
          "1.0.0",
          "--groupId",
          ROOT_GROUP,
        ),
      ]);
      expect(listed).toMatchObject([{ "Asset ID": "other" }, { "Asset ID": "test-policy" }]);
      expect(described).toMatchObject({ name: "other" });
    });

    it("applies policies and lists them", async () => {
      const node = '{"node":"http://node:5050"}';
      policies = [
        idIn(await apply("test-policy", "-c", node)),
        idIn(await apply("other", "-c", node)),
      ];
      const listed = await cli.json("api-mgr", "policy", "list", api);
      expect(listed).toMatchObject([
        { ID: Number(policies[0]), "Asset ID": "test-policy", Status: "Enabled" },
        { ID: Number(policies[1]), "Asset ID": "other", "Asset Version": "1.0.0" },
      ]);
    });

    it("fails with what the platform says: applied already, an API that is not there, a wrong configuration", async () => {
      const more = ["test-policy", "--policyVersion", "1.0.0", "--groupId", ROOT_GROUP];
      const node = ["-c", '{"node":"http://node:5050"}'];
      const [again, lost, wrong] = await Promise.all([
        cli.run("api-mgr", "policy", "apply", api, ...more, ...node),
        cli.run("api-mgr", "policy", "apply", "1", ...more, ...node),
        cli.run("api-mgr", "policy", "apply", api, ...more, "-c", "{}"),
      ]);
      expect(again.stderr).toContain("is already applied");
      expect(lost.stderr).toContain("API instance 1 was not found");
      expect(wrong.stderr).toContain("status code 400");
      expect([again.status, lost.status, wrong.status]).toEqual([2, 2, 2]);
    });

    it("edits, disables, enables, reorders and removes them", async () => {
      const [first, second] = policies as [string, string];
      await good("api-mgr", "policy", "edit", api, first, "-c", '{"node":"https://other/"}');
      await good("api-mgr", "policy", "disable", api, first);
      expect(await applied()).toMatchObject([
        { id: Number(first), disabled: true, configurationData: { node: "https://other/" } },
        { id: Number(second), disabled: false },
      ]);
      await good("api-mgr", "policy", "enable", api, first);
      await good("api-mgr", "policy", "order", api, `${second},${first}`, "--commaSeparated");
      expect((await applied()).map(({ id, disabled }) => [id, disabled])).toEqual([
        [Number(second), false],
        [Number(first), false],
      ]);
      await good("api-mgr", "policy", "remove", api, second);
      expect((await applied()).map(({ id, order }) => [id, order])).toEqual([[Number(first), 1]]);
    });

    it("adds, lists, edits and deletes upstreams", async () => {
      const told = await good(
        "api-mgr",
        "upstream",
        "add",
        api,
        "http://127.0.0.1:9002/",
        "--label",
        "b",
      );
      const [, id] = /"([^"]+)"/.exec(told)!;
      await good("api-mgr", "upstream", "edit", api, id!, "--uri", "http://127.0.0.1:9003/");
      expect(await good("api-mgr", "upstream", "list", api)).toContain("http://127.0.0.1:9003/");
      await good("api-mgr", "upstream", "bulk-edit", api, "--tlsContextId", "null");
      await good("api-mgr", "upstream", "delete", api, id!);
      const { body } = await client.call("GET", `${client.apis()}/${api}/upstreams`);
      expect(body).toMatchObject({ total: 1, upstreams: [{ uri: "http://127.0.0.1:9001/" }] });
    });

    it("promotes the API with its policies to another environment, and deletes it", async () => {
      await good("api-mgr", "api", "promote", api, SANDBOX, "--environment", "Production");
      const { body } = await client.call("GET", client.apis(PRODUCTION));
      expect(body.assets[0].apis).toMatchObject([
        { assetId: "orders", instanceLabel: "First (Promoted)" },
      ]);
      const path = `${client.apis(PRODUCTION)}/${body.assets[0].apis[0].id}/policies`;
      expect((await client.call("GET", path)).body).toMatchObject([{ assetId: "test-policy" }]);
      await good("api-mgr", "api", "delete", api);
      expect((await client.call("GET", `${client.apis()}/${api}`)).status).toBe(404);
    });

    it("shows who is logged in, groups and environments, and makes and deletes one", async () => {
      const [user, groups, group, environments, environment] = await Promise.all([
        cli.json("account", "user", "describe"),
        cli.json("account", "business-group", "list"),
        cli.json("account", "business-group", "describe"),
        cli.json("account", "environment", "list"),
        cli.json("account", "environment", "describe", "Production"),
      ]);
      expect(user).toMatchObject({ username: "stand-in-client" });
      expect(groups).toMatchObject([{ name: "Acme" }, { name: "Acme Payments" }]);
      expect(group).toMatchObject({ id: ROOT_GROUP, name: "Acme" });
      expect(environments).toMatchObject([{ name: "Sandbox" }, { name: "Production" }]);
      expect(environment).toMatchObject({ id: PRODUCTION });
      await good("account", "environment", "create", "Trial", "--type", "sandbox");
      await good("account", "environment", "delete", "Trial");
      const path = `/accounts/api/organizations/${ROOT_GROUP}/environments`;
      expect((await client.call("GET", path)).body.total).toBe(2);
    });
  },
);
