/** Does `make setup` make Cargo.toml once, and are its mistakes and dry runs told without the platform? */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { buildTool, createWorkshop, errorLines, type Workshop } from "./support/workshop.ts";

const GROUP = "0f0e0d0c-1111-4222-8333-444455556666";
let workshop: Workshop;
beforeAll(async () => {
  buildTool();
  workshop = await createWorkshop({ host: "127.0.0.1:1" });
});
beforeEach(() => rmSync(join(workshop.root, "Cargo.toml"), { force: true }));
afterAll(() => workshop.close());

const groupId = (): string => /group_id = "(.*)"/.exec(workshop.read("Cargo.toml"))![1]!;

it("makes Cargo.toml, says what is missing, and fills it in when told", async () => {
  const first = await workshop.run(["setup"]);
  expect(first.stdout).toContain("make setup GROUP_ID=<id>");
  const second = await workshop.run(["setup"], { GROUP_ID: GROUP });
  expect([second.status, groupId()]).toEqual([0, GROUP]);
});

it("never changes what the user wrote", async () => {
  await workshop.run(["setup"], { GROUP_ID: GROUP });
  workshop.write("Cargo.toml", `# mine\n${workshop.read("Cargo.toml")}`);
  const own = workshop.read("Cargo.toml");
  expect((await workshop.run(["setup"])).status).toBe(0);
  const other = await workshop.run(["setup"], { GROUP_ID: GROUP.replace("0f", "1f") });
  expect([other.status, errorLines(other).length]).toEqual([2, 1]);
  expect(workshop.read("Cargo.toml")).toBe(own);
});

it("refuses a group id that is none", async () => {
  const { status, stderr } = await workshop.run(["setup"], { GROUP_ID: "my-group" });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^error: GROUP_ID: "my-group" is not allowed; allowed: .*UUID/);
});

const mistakes: [string, (text: string) => string, RegExp][] = [
  [
    "the group id was not filled in",
    (text) => text,
    /Cargo\.toml: group_id: "0000.*is not allowed/,
  ],
  [
    "an asset id has a blank",
    (text) => text.replace(/0{8}[0-]*/, GROUP).replace("policy-flex", "policy flex"),
    /implementation_asset_id: "wallarm-custom-policy flex" is not allowed/,
  ],
  ["a key is missing", (text) => text.replace(/^group_id.*$/m, ""), /group_id is missing/],
  ["it is no TOML", (text) => text.replace('"2021"', "2021-"), /^error: Cargo\.toml:6: /],
];

it.each(mistakes)("says so when %s", async (_, change, line) => {
  workshop.write("Cargo.toml", change(workshop.read("Cargo.toml.template")));
  const ended = await workshop.run(["publish"]);
  expect(ended.status).toBe(2);
  expect(errorLines(ended).join("\n")).toMatch(line);
  expect(errorLines(ended)).toHaveLength(1);
});

it("says to run make setup where there is no Cargo.toml, and make build where there is no policy", async () => {
  expect(errorLines(await workshop.run(["publish"]))[0]).toContain("run `make setup GROUP_ID=");
  await workshop.run(["setup"], { GROUP_ID: GROUP });
  workshop.write("build/wallarm-policy.wasm", "not wasm");
  expect(errorLines(await workshop.run(["publish"]))[0]).toContain(
    "is no WebAssembly module: run `make build`",
  );
  rmSync(join(workshop.root, "build/wallarm-policy.wasm"));
  expect(errorLines(await workshop.run(["publish"]))[0]).toContain(
    "is not there: run `make build`",
  );
});

it("shows in a dry run what would be sent, without the platform and without credentials", async () => {
  workshop.write("build/wallarm-policy.wasm", "\0asm\x01\0\0\0");
  await workshop.run(["setup"], { GROUP_ID: GROUP });
  const { status, stdout, stderr } = await workshop.run(["release"], { DRY_RUN: "1" });
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Would be sent to 127\.0\.0\.1:1 \(nothing was\):/);
  expect(stdout).toContain(
    `definition: ${GROUP}/wallarm-custom-policy/0.1.0\n  type policy, status published`,
  );
  expect(stdout).toContain(`depends on ${GROUP}:wallarm-custom-policy:0.1.0`);
  expect(stdout).toMatch(/binary\.wasm +build\/wallarm-policy\.wasm, 8 bytes, sha256 93a44bbb/);
});
