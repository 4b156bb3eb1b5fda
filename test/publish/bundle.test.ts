/** Is the bundle the same wherever it is made, and is it all that a customer needs? */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAnypoint, ROOT_GROUP, type Anypoint } from "../../host-sim/src/anypoint/index.ts";
import { environmentOf, ROOT, USER } from "./support/workshop.ts";

const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  version: string;
};
const FOLDER = `wallarm-policy-${version}`;
/** What the archive is made of, and what makes it. */
const SOURCES = [
  ...[
    "scripts",
    "anypoint",
    "checked-yaml",
    "definition",
    "docs",
    "LICENSE",
    "CHANGELOG.md",
    "Cargo.toml.template",
  ],
  ...["package.json", "package-lock.json", "tsconfig.json", "build/wallarm-policy.wasm"],
];
interface Sbom {
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly purl: string;
  }[];
}

let home: string;
let anypoint: Anypoint;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "bundle-"));
  anypoint = await createAnypoint({ publicationDelayMs: 20 });
});
afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await anypoint.close();
});

/** Made in a folder of that name, with packages installed there; the archive's bytes. */
function makeBundle(name: string): Buffer {
  const folder = join(home, name);
  for (const path of SOURCES) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  const modules = join(ROOT, "node_modules");
  for (const each of bundledPackages()) {
    cpSync(join(modules, each), join(folder, "node_modules", each), { recursive: true });
  }
  symlinkSync(join(modules, "esbuild"), join(folder, "node_modules/esbuild"));
  for (const script of ["build-anypoint.mjs", "make-bundle.mjs"]) {
    execFileSync(process.execPath, [join(folder, "scripts", script)], {
      cwd: tmpdir(),
      stdio: "pipe",
    });
  }
  return readFileSync(join(folder, `build/bundle/${FOLDER}.tar.gz`));
}

function bundledPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, unknown>;
  };
  const wanted =
    /^node_modules\/(ajv|commander|fast-deep-equal|fast-uri|json-schema-traverse|picocolors|smol-toml|undici|yaml|require-from-string)$/;
  return Object.keys(packages).flatMap((path) => wanted.exec(path)?.[1] ?? []);
}

it("has the same bytes when it is made in two folders", () => {
  const one = makeBundle("one");
  const other = makeBundle("a longer/name of a folder");
  expect(one.length).toBeGreaterThan(100_000);
  expect(one.equals(other)).toBe(true);
});

it("tells in its list of components what the lock file says, and no path of this machine anywhere", () => {
  const unpacked = unpack("components");
  const { components } = JSON.parse(readFileSync(join(unpacked, "sbom.cdx.json"), "utf8")) as Sbom;
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version: string }>;
  };
  const bundled = components.filter(({ name }) => name !== "anypoint-cli-v4");
  expect(bundled.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["commander", "yaml", "undici"]),
  );
  for (const { name, version: found } of bundled) {
    expect(found, name).toBe(lock.packages[`node_modules/${name}`]!.version);
  }
  const tool = readFileSync(join(unpacked, "build/anypoint.mjs"), "utf8");
  for (const path of [home, ROOT]) expect(tool).not.toContain(path);
});

it(
  "publishes from the unpacked archive, with make and Node.js alone",
  { timeout: 60_000 },
  async () => {
    const unpacked = unpack("customer");
    // The official CLI that is installed on demand, without its half minute.
    symlinkSync(join(ROOT, ".cache"), join(unpacked, ".cache"));
    const env = { ...environmentOf(unpacked, anypoint), ...USER, TIMEOUT: "45" };
    const make = async (...args: string[]): Promise<string> =>
      (await promisify(execFile)("make", args, { cwd: unpacked, env })).stdout;
    expect(await make("verify")).toContain("Every file is as it was made.");
    await make("setup", `GROUP_ID=${ROOT_GROUP}`);
    await make("build");
    expect(await make("publish", "DRY_RUN=1")).toContain("(nothing was)");
    expect(await make("publish")).toMatch(
      /Published: definition +\S+\/wallarm-custom-policy-dev\//,
    );
  },
);

it("notices a file that was changed", () => {
  const unpacked = unpack("changed");
  writeFileSync(join(unpacked, "build/wallarm-policy.wasm"), "other");
  expect(() => execFileSync("make", ["verify"], { cwd: unpacked, stdio: "pipe" })).toThrow();
});

it("has checksums that other tools agree with", () => {
  const folder = join(home, "one/build/bundle");
  const sum = createHash("sha256")
    .update(readFileSync(join(folder, `${FOLDER}.tar.gz`)))
    .digest("hex");
  expect(readFileSync(join(folder, "SHA256SUMS"), "utf8")).toBe(`${sum}  ${FOLDER}.tar.gz\n`);
});

/** By tar(1), which is what customers have. */
function unpack(name: string): string {
  const target = join(home, name);
  mkdirSync(target);
  execFileSync("tar", ["xzf", join(home, `one/build/bundle/${FOLDER}.tar.gz`), "-C", target]);
  return join(target, FOLDER);
}
