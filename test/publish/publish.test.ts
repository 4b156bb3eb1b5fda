/** Does the policy come to Exchange through the official CLI, and is a half-way stop told and mended? */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAnypoint, ROOT_GROUP, type Anypoint } from "../../host-sim/src/anypoint/index.ts";
import { buildTool, createWorkshop, errorLines, USER, type Workshop } from "./support/workshop.ts";
import { exchangeOf, type Exchange } from "./support/exchange.ts";

let anypoint: Anypoint;
let exchange: Exchange;
let workshop: Workshop;

beforeAll(async () => {
  buildTool();
  anypoint = await createAnypoint({ publicationDelayMs: 20 });
  exchange = await exchangeOf(anypoint);
  workshop = await createWorkshop(anypoint);
}, 90_000);
beforeEach(() => anypoint.setFaults([]));
afterAll(async () => {
  workshop.close();
  await exchange.close();
  await anypoint.close();
});

const DEVELOPMENT = /wallarm-custom-policy-dev\/(0\.1\.0-\d{14})/;

describe("make publish", { timeout: 90_000 }, () => {
  it("publishes both assets as a development version that depends on itself", async () => {
    const { status, stdout, stderr } = await workshop.run(["publish"], USER);
    expect(`${status} ${stderr}`).toMatch(/^0 /);
    expectNoSecret(stdout + stderr);
    const version = DEVELOPMENT.exec(stdout)![1]!;
    const definition = await exchange.find(`wallarm-custom-policy-dev/${version}`);
    expect(definition).toMatchObject({ type: "policy", status: "development" });
    const implementation = await exchange.find(`wallarm-custom-policy-flex-dev/${version}`);
    expect(implementation).toMatchObject({ type: "policy-implementation", status: "development" });
    expect(implementation!.dependencies).toMatchObject([
      { groupId: ROOT_GROUP, assetId: "wallarm-custom-policy-dev", version },
    ]);
  });

  it("says what is on Exchange when the implementation fails, and sends only that next time", async () => {
    const message = "binary.wasm is not to the platform's taste";
    anypoint.setFaults([{ kind: "fail-publication", after: 1, status: 400, message }]);
    const first = await workshop.run(["publish"], USER);
    expect(first.status).toBe(9);
    const [error, now, goOn, takeBack] = errorLines(first);
    const version = DEVELOPMENT.exec(now!)![1]!;
    expect(error).toContain(message);
    expect(now).toMatch(/^On Exchange now: the definition .*; not the implementation /);
    expect(goOn).toContain("run `make publish` again");
    expect(takeBack).toContain(
      `exchange asset delete ${ROOT_GROUP}/wallarm-custom-policy-dev/${version}`,
    );
    expect(await exchange.find(`wallarm-custom-policy-dev/${version}`)).toBeDefined();
    expect(await exchange.find(`wallarm-custom-policy-flex-dev/${version}`)).toBeUndefined();

    const second = await workshop.run(["publish"], USER);
    expect(second.status).toBe(0);
    expect(second.stderr).not.toContain("Publishing the definition");
    expect(await exchange.find(`wallarm-custom-policy-flex-dev/${version}`)).toBeDefined();
    expect(existsSync(join(workshop.root, "build/publish-unfinished.json"))).toBe(false);
  });

  it("remembers where it stopped while a release is made, and not what was taken back", async () => {
    anypoint.setFaults([{ kind: "fail-publication", after: 1, status: 400, message: "no" }]);
    const half = await workshop.run(["publish"], USER);
    const version = DEVELOPMENT.exec(errorLines(half)[1]!)![1]!;
    workshop.setVersion("0.1.9");
    expect((await workshop.run(["release"], USER)).status).toBe(0);
    workshop.setVersion("0.1.0");
    expect(existsSync(join(workshop.root, "build/publish-unfinished.json"))).toBe(true);

    await exchange.remove(`wallarm-custom-policy-dev/${version}`);
    const next = await workshop.run(["publish"], USER);
    expect(next.status).toBe(0);
    expect(next.stderr).toContain("Publishing the definition");
  });
});

describe("make release", { timeout: 90_000 }, () => {
  it("publishes the version of package.json, and refuses it when it exists", async () => {
    const first = await workshop.run(["release"], USER);
    expect(`${first.status} ${first.stderr}`).toMatch(/^0 /);
    for (const assetId of ["wallarm-custom-policy", "wallarm-custom-policy-flex"]) {
      expect(await exchange.find(`${assetId}/0.1.0`)).toMatchObject({ status: "published" });
    }
    const again = await workshop.run(["release"], USER);
    expect(again.status).toBe(5);
    expect(errorLines(again)).toEqual([
      expect.stringMatching(
        /^error: wallarm-custom-policy 0\.1\.0 is already released.*raise "version"/,
      ),
    ]);
  });

  it("sends nothing where the implementation is there without its definition", async () => {
    const path = "/wallarm-custom-policy/0.1.0";
    anypoint.setFaults([{ kind: "status", times: 9, method: "GET", path, status: 404 }]);
    const ended = await workshop.run(["release"], USER);
    expect([ended.status, errorLines(ended)]).toEqual([
      5,
      [expect.stringMatching(/-flex 0\.1\.0 is on Exchange without its definition .*nothing was/)],
    ]);
    expect(ended.stderr).not.toContain("Publishing");
  });

  it("says that the implementation's number is taken, and not that it is not there", async () => {
    workshop.setVersion("0.1.5");
    const path = "/wallarm-custom-policy-flex/0.1.5";
    anypoint.setFaults([{ kind: "status", times: 9, method: "POST", path, status: 409 }]);
    const ended = await workshop.run(["release"], USER);
    expect(ended.status).toBe(9);
    const [, now, goOn] = errorLines(ended);
    expect(now).toMatch(/; not this one's implementation, as another has or had its number\.$/);
    expect(goOn).toContain('raise "version" in package.json');
  });

  it("completes a release whose implementation is missing", async () => {
    workshop.setVersion("0.1.1");
    anypoint.setFaults([{ kind: "fail-publication", after: 1, status: 400, message: "not yet" }]);
    const half = await workshop.run(["release"], USER);
    expect(half.status).toBe(9);
    expect(errorLines(half).join("\n")).toContain("run `make release` again");
    const completed = await workshop.run(["release"], USER);
    expect(completed.stdout).toContain("only that is sent");
    expect(await exchange.find("wallarm-custom-policy-flex/0.1.1")).toBeDefined();
  });
});

/** Neither in what was said, nor in what was written; and the CLI's own file is for this user alone. */
function expectNoSecret(output: string): void {
  expect(output).not.toContain(USER.ANYPOINT_PASSWORD);
  for (const file of filesOf(workshop.root)) {
    expect(readFileSync(file, "latin1"), file).not.toContain(USER.ANYPOINT_PASSWORD);
  }
  const configuration = join(workshop.root, "home/anypoint-cli-v4-nodejs/config.json");
  expect(statSync(configuration).mode & 0o077).toBe(0);
}

function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes("/.cache/"));
}
