/** Does make take only names that it knows, in the repository and in the bundle, and hand them over as what they are? */
import { execFile } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  buildTool,
  createWorkshop,
  environmentOf,
  ROOT,
  type Workshop,
} from "./support/workshop.ts";

let bundle: Workshop;
beforeAll(async () => {
  buildTool();
  bundle = await createWorkshop({ host: "127.0.0.1:1" });
  for (const file of ["nearest-name.mjs", "variables.mk"]) {
    cpSync(join(ROOT, "anypoint", file), join(bundle.root, "anypoint", file));
  }
  cpSync(join(ROOT, "scripts/require-node.mjs"), join(bundle.root, "scripts/require-node.mjs"));
  cpSync(join(ROOT, "anypoint/bundle/Makefile"), join(bundle.root, "Makefile"));
});
afterAll(() => bundle.close());

interface Made {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

function make(cwd: string, args: string[], environment: Record<string, string> = {}) {
  const env = { ...environmentOf(cwd, { host: "127.0.0.1:1" }), ...environment };
  return new Promise<Made>((done) => {
    execFile("make", args, { cwd, env }, (error, stdout, stderr) => {
      done({ status: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

const COMMANDS = ["publish", "release", "apply", "automate", "status", "upgrade", "remove"];
const misspelt: [string, string][] = [
  ["API_ID=1", "API"],
  ["api=1", "API"],
  ["DRYRUN=1", "DRY_RUN"],
  ["DRY-RUN=1", "DRY_RUN"],
  ["CONFIG_FILE=a.yaml", "CONFIG"],
  ["VERSON=1.0.0", "VERSION"],
  ["ENVIRONMENT=Sandbox", "ENV"],
  ["TIME_OUT=5", "TIMEOUT"],
  ["GROUP=x", "GROUP_ID"],
];

describe.each(["the repository", "the bundle"])("in %s", (place) => {
  const root = (): string => (place === "the bundle" ? bundle.root : ROOT);

  it.each(misspelt)("%s is refused before anything is done, and %s named", async (word, meant) => {
    for (const command of ["remove", "publish"]) {
      const { status, stdout, stderr } = await make(root(), [command, word]);
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toContain(
        `${word.split("=")[0]}: is no variable of this Makefile; did you mean ${meant}=...?`,
      );
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
  });

  it("a name that the target does not take is refused", async () => {
    for (const args of [
      ["build", "DRY_RUN=1"],
      ["help", "CONFIG=a.yaml"],
      [place === "the bundle" ? "local-mode" : "bundle", "VERSION=1.0.0"],
    ]) {
      const { status, stdout, stderr } = await make(root(), args);
      expect([status, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/`make [a-z-]+` does not take it; it is for setup publish release/);
    }
  });

  it("a name that resembles none is refused too", async () => {
    const { status, stderr } = await make(root(), ["upgrade", "PLEASE=1"]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("make help lists them")]);
  });

  it("help names every variable of the commands", async () => {
    const { stdout } = await make(root(), ["help"]);
    for (const name of ["API", "ALL", "CONFIG", "VERSION", "ENV", "ORG", "DRY_RUN", "TIMEOUT"]) {
      expect(stdout).toContain(name);
    }
    for (const command of COMMANDS) expect(stdout).toContain(`make ${command} `);
  });
});

describe("make hands over", () => {
  it("what stands on its command line, values with blanks too", async () => {
    const { stderr } = await make(bundle.root, ["apply", "API=1", "CONFIG=no such.yaml"]);
    expect(stderr).toContain(`error: CONFIG: "no such.yaml" can't be read (ENOENT)`);
  });

  it("and tells it from what was there before", async () => {
    const there = { API: "1", CONFIG: "other.yaml", ALL: "1" };
    const apply = await make(bundle.root, ["apply"], there);
    expect(apply.stderr).toContain("Note: CONFIG=other.yaml is in the environment and ignored");
    expect(apply.stderr).toContain("error: CONFIG: is missing");
    const remove = await make(bundle.root, ["remove"], { ALL: "1" });
    expect(remove.stderr).toContain("error: API: is missing");
    const near = await make(bundle.root, ["upgrade"], { API_ID: "1" });
    expect(near.stderr).toContain("error: API_ID: is set in the environment");
  });

  it("and what MAKEFLAGS put there as if it stood on the command line", async () => {
    const flags = { MAKEFLAGS: " -- ALL=1" };
    const { stderr } = await make(bundle.root, ["remove", "DRY_RUN=1"], flags);
    expect(stderr).toContain("Note: ALL=1 is in the environment and ignored");
    expect(stderr).toContain("error: API: is missing");
  });

  it("DRY_RUN from wherever it comes, for publish and release", async () => {
    for (const command of ["publish", "release"]) {
      const given = await make(bundle.root, [command, "DRY_RUN=1"]);
      const there = await make(bundle.root, [command], { DRY_RUN: "1" });
      for (const { status, stdout } of [given, there]) {
        expect([status, stdout]).toEqual([0, expect.stringContaining("(nothing was)")]);
      }
    }
  });
});
