/** Does `make setup` make Cargo.toml once, and are its mistakes and dry runs told without the platform? */
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildTool, createWorkshop, errorLines, ROOT, type Workshop } from "./support/workshop.ts";

const { version: VERSION } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  version: string;
};
const GROUP = "0f0e0d0c-1111-4222-8333-444455556666";
let workshop: Workshop;
beforeAll(async () => {
  buildTool();
  workshop = await createWorkshop({ host: "127.0.0.1:1" });
  // The repository, not the bundle.
  workshop.write("asconfig.json", "{}");
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

const filled = (text: string): string => text.replace(/0{8}[0-]*/, GROUP);
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
  [
    "an asset id is empty",
    (text) => filled(text).replace('"wallarm-custom-policy-flex"', '""'),
    /implementation_asset_id is "", not a text with something in it/,
  ],
  [
    "an asset id is a number",
    (text) => filled(text).replace('"wallarm-custom-policy-flex"', "7"),
    /implementation_asset_id is 7, not a text/,
  ],
  [
    "an asset id ends in a hyphen",
    (text) => filled(text).replace("policy-flex", "policy-"),
    /implementation_asset_id: "wallarm-custom-policy-" is not allowed; allowed: letters/,
  ],
  [
    "both assets have one id",
    (text) => filled(text).replace("policy-flex", "policy"),
    /make two assets of one name, wallarm-custom-policy /,
  ],
  [
    "one is what the other is called in development",
    (text) => filled(text).replace("policy-flex", "policy-DEV"),
    /make two assets of one name, wallarm-custom-policy-dev /,
  ],
  [
    "names are longer than Exchange takes",
    (text) => filled(text).replace("policy-flex", `policy-${"x".repeat(200)}`),
    /is too long by \d+: .* at most 215 characters/,
  ],
  [
    "the group id is no UUID",
    (text) => text.replace(/0{8}[0-]*/, "my-group"),
    /group_id: "my-group" is not allowed; allowed: the id of your business group, a UUID/,
  ],
  ["it is no TOML", (text) => text.replace('"2021"', "2021-"), /^error: Cargo\.toml:7: /],
];

it.each(mistakes)("says so when %s, in a dry run too", async (_, change, line) => {
  workshop.write("Cargo.toml", change(workshop.read("Cargo.toml.template")));
  const ended = await workshop.run(["publish"], { DRY_RUN: "1" });
  expect(errorLines(await workshop.run(["release"]))).toEqual(errorLines(ended));
  expect(ended.status).toBe(2);
  expect(errorLines(ended).join("\n")).toMatch(line);
  expect(errorLines(ended)).toHaveLength(1);
});

it("says to run make setup where there is no Cargo.toml, and where a policy comes from that is not there", async () => {
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
  // The bundle has no sources to build from.
  rmSync(join(workshop.root, "asconfig.json"));
  expect(errorLines(await workshop.run(["publish"]))[0]).toContain(
    "is not there: unpack the bundle again",
  );
  workshop.write("definition/gcl.yaml", "metadata: {labels: {a: 1, a: 2}}");
  cpSync(join(ROOT, "build/wallarm-policy.wasm"), join(workshop.root, "build/wallarm-policy.wasm"));
  const broken = await workshop.run(["publish"]);
  expect([broken.status, errorLines(broken)]).toEqual([
    2,
    ["error: definition/gcl.yaml:1: not YAML: a: is there twice in one mapping"],
  ]);
  rmSync(join(workshop.root, "definition/gcl.yaml"));
  const missing = await workshop.run(["publish"]);
  expect([missing.status, errorLines(missing)]).toEqual([
    2,
    [expect.stringContaining("definition/gcl.yaml can't be read (ENOENT)")],
  ]);
  cpSync(join(ROOT, "definition/gcl.yaml"), join(workshop.root, "definition/gcl.yaml"));
  workshop.write("asconfig.json", "{}");
});

it("shows in a dry run what would be sent, without the platform and without credentials", async () => {
  workshop.write("build/wallarm-policy.wasm", "\0asm\x01\0\0\0");
  workshop.setVersion("0.1.0");
  await workshop.run(["setup"], { GROUP_ID: GROUP });
  const { status, stdout, stderr } = await workshop.run(["release"], { DRY_RUN: "1" });
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Would be sent to 127\.0\.0\.1:1 \(nothing was\):/);
  expect(stdout).toContain(
    `definition: ${GROUP}/wallarm-custom-policy/0.1.0\n  type policy, status published`,
  );
  expect(stdout).toContain(`depends on ${GROUP}:wallarm-custom-policy:0.1.0`);
  expect(stdout).toMatch(/binary\.wasm +build\/wallarm-policy\.wasm, 30 bytes, sha256 [0-9a-f]{8}/);
});

describe("the version", () => {
  beforeEach(async () => {
    cpSync(
      join(ROOT, "build/wallarm-policy.wasm"),
      join(workshop.root, "build/wallarm-policy.wasm"),
    );
    cpSync(join(ROOT, "package.json"), join(workshop.root, "package.json"));
    await workshop.run(["setup"], { GROUP_ID: GROUP });
  });

  it("of package.json is in the compiled policy, and in Cargo.toml", async () => {
    expect((await workshop.run(["release"], { DRY_RUN: "1" })).status).toBe(0);
    expect(workshop.read("Cargo.toml")).toContain(`\nversion = "${VERSION}"\n`);
  });

  it("is refused where the module carries another one, before anything is sent", async () => {
    workshop.write("package.json", workshop.read("package.json").replace(VERSION, "7.8.9"));
    for (const [command, DRY_RUN] of [
      ["release", "1"],
      ["release", "0"],
      ["publish", "1"],
    ] as const) {
      const ended = await workshop.run([command], { DRY_RUN });
      expect([ended.status, errorLines(ended)]).toEqual([
        2,
        [
          expect.stringContaining(
            `build/wallarm-policy.wasm is version ${VERSION}, and package.json says 7.8.9: run \`make build\``,
          ),
        ],
      ]);
    }
  });

  it("that does not stand in the module is not taken for the right one", async () => {
    workshop.write("build/wallarm-policy.wasm", "\0asm\x01\0\0\0");
    const ended = await workshop.run(["release"]);
    expect(errorLines(ended)[0]).toContain("is of no known version, and package.json says");
  });

  it.each(["1.2", "1.2.3-rc1", "v1.2.3", "01.2.3", ""])(
    "is three numbers, not %j",
    async (text) => {
      workshop.write("package.json", JSON.stringify({ version: text }));
      const ended = await workshop.run(["release"], { DRY_RUN: "1" });
      expect(errorLines(ended)).toEqual([
        `error: package.json: version: "${text}" is not allowed; allowed: three numbers, like 1.2.3`,
      ]);
    },
  );

  it("of Cargo.toml follows that of package.json", async () => {
    workshop.setVersion("0.2.0");
    const ended = await workshop.run(["setup"]);
    expect(ended.stdout).toContain("Cargo.toml: version is 0.2.0 now, as in package.json.");
    expect(workshop.read("Cargo.toml")).toContain(`group_id = "${GROUP}"`);
  });
});

it("make release compiles again when the version in package.json was raised", () => {
  // What make would do, not done: the compiler alone takes half a minute.
  const make = (...args: string[]): string =>
    execFileSync("make", ["-n", "release", ...args], { cwd: ROOT, encoding: "utf8" });
  const after = make("-W", "package.json");
  expect(after).toContain("node scripts/write-version.mjs");
  expect(after).toContain("asc.js --target release");
});
