/** Does the official CLI find in the stand-in what it needs to publish, search, change and delete assets? */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAnypoint, ROOT_GROUP, type Anypoint } from "../../host-sim/src/anypoint/index.ts";
import { cliSession, withoutOfficialCli, type CliSession } from "../support/anypoint-cli.ts";
import { PlatformClient } from "./platform-client.ts";
import { writePolicy } from "./policy-files.ts";

/** A command in a process of its own takes more than a second of CPU time. */
const SLOW_MS = 90_000;
const POLICY = "test-policy/1.0.0";

let anypoint: Anypoint;
let client: PlatformClient;
let cli: CliSession;
let files: ReturnType<typeof writePolicy>;

/** What it prints; an error if it fails. */
async function good(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await cli.run(...args);
  if (status !== 0)
    throw new Error(`anypoint-cli-v4 ${args.join(" ")}: status ${status}: ${stderr}`);
  return stdout;
}

const asset = async (name = POLICY): Promise<any> =>
  (await client.call("GET", `/exchange/api/v1/assets/${ROOT_GROUP}/${name}`)).body;

const uploadPolicy = (...more: string[]): ReturnType<CliSession["run"]> =>
  cli.alone("exchange", "asset", "upload", POLICY, "--name", "Test", "--type", "policy", ...more);

describe.skipIf(await withoutOfficialCli())(
  "The official CLI at Exchange",
  { timeout: SLOW_MS },
  () => {
    beforeAll(async () => {
      anypoint = await createAnypoint({ publicationDelayMs: 100 });
      client = await PlatformClient.login(anypoint);
      cli = await cliSession(anypoint);
      files = writePolicy(cli.folder);
    }, SLOW_MS);
    afterAll(async () => {
      cli?.close();
      await client?.close();
      await anypoint?.close();
    });

    it("publishes a definition, then an implementation that depends on it", async () => {
      const definition = await uploadPolicy(
        ...["--files", files.definition, "--status", "published", "--description", "Of the tests"],
        ...["--tags", "a,b", "--keywords", "k", "--categories", '{"Layer":"Security"}'],
      );
      expect(definition).toMatchObject({
        status: 0,
        stdout: expect.stringContaining("Publishing completed"),
      });
      await good(
        ...["exchange", "asset", "upload", "test-policy-flex/1.0.0", "--name", "Flex"],
        ...["--type", "policy-implementation", "--dependencies", `${ROOT_GROUP}:test-policy:1.0.0`],
        ...["--files", files.implementation],
      );
      expect(await asset()).toMatchObject({
        ...{ type: "policy", status: "published", description: "Of the tests", labels: ["a", "b"] },
        categories: [{ key: "Layer", value: ["Security"] }],
        files: [
          { classifier: "schema", packaging: "json" },
          { classifier: "metadata", packaging: "yaml" },
        ],
      });
      expect((await asset("test-policy-flex/1.0.0")).dependencies).toEqual([
        { groupId: ROOT_GROUP, assetId: "test-policy", version: "1.0.0" },
      ]);
    });

    it("fails where a version exists, and where the publication ends with an error", async () => {
      const again = await uploadPolicy("--files", files.definition);
      expect(again.status).toBe(2);
      expect(again.stderr).toContain("Request failed with status code 409");
      writeFileSync(join(cli.folder, "definition.yaml"), "name: x\n");
      const bad = await cli.run(
        ...["exchange", "asset", "upload", "bad/1.0.0", "--name", "Bad", "--type", "policy"],
        ...["--files", files.definition],
      );
      writePolicy(cli.folder);
      expect(bad.status).toBe(2);
      expect(bad.stderr.replace(/\s+/g, " ")).toContain("the first line must be");
    });

    it("fails where a foreign group is meant, and where the password is wrong", async () => {
      const foreign = "5a1e0d3c-0009-4000-8000-000000000009/x/1.0.0";
      const upload = ["exchange", "asset", "upload", foreign, "--name", "X", "--type", "custom"];
      const wrong = await cliSession(anypoint, {
        ANYPOINT_USERNAME: "developer",
        ANYPOINT_PASSWORD: "x",
      });
      const [forbidden, unauthorized] = await Promise.all([
        cli.run(...upload),
        wrong.run("account", "user", "describe"),
      ]);
      wrong.close();
      expect(forbidden.stderr).toContain("status 403 - Forbidden");
      expect(unauthorized.stderr).toContain("status 401 - Unauthorized");
      expect([forbidden.status, unauthorized.status]).toEqual([2, 2]);
    });

    it("works with a token alone, and not with one that is none", async () => {
      const [own, none] = await Promise.all(
        [client.token, "none"].map((token) => cliSession(anypoint, { ANYPOINT_BEARER: token })),
      );
      const answers = await Promise.all(
        [own!, none!].map((each) => each.run("account", "user", "describe")),
      );
      for (const session of [own!, none!]) session.close();
      expect(answers.map(({ status }) => status)).toEqual([0, 2]);
      expect(answers[0]!.stdout).toContain("developer@stand-in.example");
    });

    it("lists, searches and describes", async () => {
      const [all, found, one] = await Promise.all([
        cli.json("exchange", "asset", "list"),
        cli.json("exchange", "asset", "list", "flex", "--organizationId", ROOT_GROUP),
        cli.json("exchange", "asset", "describe", POLICY),
      ]);
      expect((all as { assetId: string }[]).map(({ assetId }) => assetId)).toEqual([
        "test-policy",
        "test-policy-flex",
      ]);
      expect(found).toMatchObject([
        { groupId: ROOT_GROUP, assetId: "test-policy-flex", version: "1.0.0" },
      ]);
      expect(one).toMatchObject({ assetId: "test-policy", versions: [{ version: "1.0.0" }] });
    });

    it("changes name, tags, status and what may change later", async () => {
      await good("exchange", "asset", "modify", POLICY, "--name", "New name");
      await good("exchange", "asset", "modify", POLICY, "--tags", "x,y");
      expect(await asset()).toMatchObject({ name: "New name", labels: ["x", "y"] });
      await good("exchange", "asset", "updateStatus", POLICY, "--status", "development");
      expect((await asset()).status).toBe("development");
      await good("exchange", "asset", "deprecate", POLICY);
      expect((await asset()).status).toBe("deprecated");
      await good("exchange", "asset", "undeprecate", POLICY);
      expect((await asset()).status).toBe("published");
      await good("exchange", "asset", "mutableDataUpload", POLICY, "--tags", "later");
      expect((await asset()).labels).toEqual(["later"]);
    });

    it("writes, lists, renames, reads and deletes pages", async () => {
      writeFileSync(join(cli.folder, "page.md"), "# One\n");
      await good("exchange", "asset", "page", "upload", POLICY, "home", "page.md");
      writeFileSync(join(cli.folder, "page.md"), "# Two\n");
      await good("exchange", "asset", "page", "update", POLICY, "home", "page.md");
      await good("exchange", "asset", "page", "modify", POLICY, "home", "--name", "start");
      const listed = await good("exchange", "asset", "page", "list", POLICY);
      expect(listed).toContain("start");
      await good("exchange", "asset", "page", "download", POLICY, "pages");
      expect(readFileSync(join(cli.folder, "pages/start.md"), "utf8")).toBe("# Two\n");
      await good("exchange", "asset", "page", "delete", POLICY, "start");
      const path = `/exchange/api/v2/assets/${ROOT_GROUP}/${POLICY}/portal/pages`;
      expect((await client.call("GET", path)).body).toEqual([]);
    });

    it("uploads, lists, reads and deletes pictures of pages", async () => {
      writeFileSync(join(cli.folder, "dot.png"), "not quite a picture");
      expect(await good("exchange", "asset", "resource", "upload", POLICY, "dot.png")).toContain(
        "resources/dot.png",
      );
      await client.call("PATCH", `/exchange/api/v1/assets/${ROOT_GROUP}/${POLICY}`);
      expect(await good("exchange", "asset", "resource", "list", POLICY)).toContain(
        "resources/dot.png",
      );
      await good(
        "exchange",
        "asset",
        "resource",
        "download",
        POLICY,
        "resources/dot.png",
        "copy.png",
      );
      expect(readFileSync(join(cli.folder, "copy.png"), "utf8")).toBe("not quite a picture");
      await good("exchange", "asset", "resource", "delete", POLICY, "resources/dot.png");
      expect(await good("exchange", "asset", "resource", "list", POLICY, "--draft")).toContain(
        "does not have",
      );
    });

    it("downloads and copies an asset of its kinds, and no policy", async () => {
      writeFileSync(join(cli.folder, "notes.txt"), "some notes");
      await good(
        ...["exchange", "asset", "upload", "notes/1.0.0", "--name", "Notes", "--type", "custom"],
        ...["--files", '{"custom.txt":"notes.txt"}'],
      );
      await good("exchange", "asset", "download", "notes/1.0.0", "down");
      const name = "notes-1.0.0-custom.txt";
      expect(readFileSync(join(cli.folder, "down", name), "utf8")).toBe("some notes");
      await good("exchange", "asset", "copy", "notes/1.0.0", "copied/2.0.0");
      expect(await asset("copied/2.0.0")).toMatchObject({ type: "custom", name: "Notes" });
      const policy = await cli.run("exchange", "asset", "download", POLICY, "none");
      expect(policy.stderr).toContain("Invalid asset type");
      expect(existsSync(join(cli.folder, "none", name))).toBe(false);
    });

    it("deletes for good, but not what others depend on", async () => {
      const refused = await cli.run("exchange", "asset", "delete", POLICY);
      expect(refused.status).toBe(2);
      expect(refused.stderr.replace(/\s+›?\s+/g, " ")).toContain("is a dependency of");
      await good("exchange", "asset", "delete", "test-policy-flex/1.0.0");
      await good("exchange", "asset", "delete", POLICY);
      expect(
        (await client.call("GET", `/exchange/api/v1/assets/${ROOT_GROUP}/${POLICY}`)).status,
      ).toBe(404);
    });
  },
);
