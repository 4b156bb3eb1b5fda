/** Is the bundle the same wherever it is made, and is it all that a customer needs? */
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { execFile, execFileSync, spawnSync } from "node:child_process";
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
import { afterAll, beforeAll, describe, expect, it } from "vitest";
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
/** The publisher's, outside of any repository. */
let key: string;
let anypoint: Anypoint;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "bundle-"));
  key = makeKey("publisher");
  anypoint = await createAnypoint({ publicationDelayMs: 20 });
});
afterAll(async () => {
  rmSync(home, { recursive: true, force: true });
  await anypoint.close();
});

function makeKey(name: string): string {
  const file = join(home, name);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "me@home", "-f", file]);
  return file;
}

/** Made in a folder of that name, with packages installed there; the archive's bytes. */
function makeBundle(name: string): Buffer {
  const folder = join(home, name);
  for (const path of SOURCES) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  const modules = join(ROOT, "node_modules");
  for (const each of bundledPackages()) {
    cpSync(join(modules, each), join(folder, "node_modules", each), { recursive: true });
  }
  mkdirSync(join(folder, "node_modules/@cyclonedx"));
  for (const each of ["esbuild", "@cyclonedx/cyclonedx-library"]) {
    symlinkSync(join(modules, each), join(folder, "node_modules", each));
  }
  for (const script of ["build-anypoint.mjs", "make-bundle.mjs"]) {
    execFileSync(process.execPath, [join(folder, "scripts", script)], {
      cwd: tmpdir(),
      stdio: "pipe",
      env: { ...process.env, SIGN_KEY: key },
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

it("tells in its list of components what the lock file says, and no path of this machine anywhere", async () => {
  const unpacked = unpack("components");
  const text = readFileSync(join(unpacked, "sbom.cdx.json"), "utf8");
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  expect(await validator.validate(text)).toBe(null);
  const { components } = JSON.parse(text) as Sbom;
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
    const env = { ...environmentOf(unpacked, anypoint), ...USER, TIMEOUT: "45" };
    const make = async (...args: string[]): Promise<string> =>
      (await promisify(execFile)("make", args, { cwd: unpacked, env })).stdout;
    expect(await make("verify")).toContain("Every file is as it was made: ");
    // The official CLI that is installed on demand, without its half minute.
    symlinkSync(join(ROOT, ".cache"), join(unpacked, ".cache"));
    await make("setup", `GROUP_ID=${ROOT_GROUP}`);
    await make("build");
    expect(await make("publish", "DRY_RUN=1")).toContain("(nothing was)");
    expect(await make("publish")).toMatch(
      /Published: definition +\S+\/wallarm-custom-policy-dev\//,
    );
  },
);

describe("make verify", () => {
  const verify = (folder: string, ...args: string[]): string => {
    const made = spawnSync("make", ["verify", ...args], { cwd: folder, encoding: "utf8" });
    return `${made.status} ${made.stdout}${made.stderr}`;
  };

  it("takes what the publisher signed, by the key in the bundle or the one that is given", () => {
    const folder = unpack("verified");
    expect(verify(folder)).toMatch(/^0 Every file is as it was made: \d+ files, signed by SHA256:/);
    expect(verify(folder, `SIGNER=${key}.pub`)).toMatch(/^0 Every file is as it was made/);
    expect(readFileSync(join(folder, "signer.pub"), "utf8")).not.toContain("me@home");
    const sums = readFileSync(join(folder, "SHA256SUMS"), "utf8");
    expect(sums).toContain("  signer.pub\n");
  });

  const tampered: [string, (folder: string) => void, RegExp][] = [
    [
      "a file that was changed",
      (folder) => writeFileSync(join(folder, "build/wallarm-policy.wasm"), "other"),
      /error: build\/wallarm-policy\.wasm was changed/,
    ],
    [
      "a file that is missing",
      (folder) => rmSync(join(folder, "docs/publish.md")),
      /error: docs\/publish\.md is missing/,
    ],
    [
      "a file that was added, hidden ones too",
      (folder) => {
        mkdirSync(join(folder, ".cache"));
        writeFileSync(join(folder, ".cache/anypoint-cli"), "");
      },
      /error: \.cache is not part of the bundle/,
    ],
    [
      "settings of its own kind that no command writes",
      (folder) => {
        mkdirSync(join(folder, "build/kept-settings"));
        writeFileSync(join(folder, "build/kept-settings/api-1.yaml"), "");
      },
      /error: build\/kept-settings\/api-1\.yaml is not part of the bundle/,
    ],
    [
      "an added file among those that are sent",
      (folder) => {
        mkdirSync(join(folder, "build/exchange"));
        writeFileSync(join(folder, "build/exchange/x"), "");
      },
      /error: build\/exchange\/x is not part of the bundle/,
    ],
    [
      "a record under another name",
      (folder) => writeFileSync(join(folder, "build/publish-x.json"), ""),
      /error: build\/publish-x\.json is not part of the bundle/,
    ],
    [
      "an empty folder",
      (folder) => mkdirSync(join(folder, "plugins")),
      /error: plugins is not part of the bundle/,
    ],
    [
      "a link in place of a file",
      (folder) => {
        cpSync(join(folder, "LICENSE"), join(home, "LICENSE"));
        rmSync(join(folder, "LICENSE"));
        symlinkSync(join(home, "LICENSE"), join(folder, "LICENSE"));
      },
      /error: LICENSE is no ordinary file or folder/,
    ],
    [
      "no signature",
      (folder) => rmSync(join(folder, "SHA256SUMS.sig")),
      /error: SHA256SUMS\.sig is not there: this bundle is not signed/,
    ],
    [
      "a signature on other sums",
      (folder) => {
        const sums = join(folder, "SHA256SUMS");
        writeFileSync(sums, readFileSync(sums, "utf8").replace(/^0?./, "f"));
      },
      /error: the signature of SHA256SUMS is not that of/,
    ],
  ];
  it.each(tampered)("refuses %s", (name, change, line) => {
    const folder = unpack(name.replaceAll(" ", "-"));
    change(folder);
    const said = verify(folder);
    expect(said).toMatch(/^2 /);
    expect(said).toMatch(line);
  });

  it("refuses another key, also where everything was signed anew with it", () => {
    const folder = unpack("signed-anew");
    const other = makeKey("somebody-else");
    expect(verify(folder, `SIGNER=${other}.pub`)).toMatch(/^2 error: the signature of SHA256SUMS/);
    rmSync(join(folder, "SHA256SUMS.sig"));
    const sign = ["-Y", "sign", "-f", other, "-n", "wallarm-policy-bundle", "SHA256SUMS"];
    execFileSync("ssh-keygen", sign, { cwd: folder, stdio: "pipe" });
    expect(verify(folder)).toMatch(/^2 error: the signature of SHA256SUMS/);
  });

  it("refuses a SIGNER that names no public key", () => {
    const folder = unpack("signers");
    expect(verify(folder, "SIGNER=")).toMatch(/^2 error: SIGNER: is empty/);
    expect(verify(folder, `SIGNER=${key}`)).toMatch(
      /^2 error: SIGNER: .* is a private key; allowed/,
    );
    expect(verify(folder, "SIGNER=README.md")).toMatch(/^2 error: SIGNER: .* is no public key/);
  });

  it("still takes a bundle in which Cargo.toml was made, and shows whose business group is in it", () => {
    const folder = unpack("set-up");
    execFileSync("make", ["setup", `GROUP_ID=${ROOT_GROUP}`], { cwd: folder, stdio: "pipe" });
    expect(verify(folder)).toMatch(/^0 /);
    expect(verify(folder)).toContain(`  Cargo.toml, business group ${ROOT_GROUP}\n`);
  });

  it("signs with nothing but a private key that lies outside of the repository", () => {
    const script = join(ROOT, "scripts/make-bundle.mjs");
    const locked = join(home, "locked");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", locked]);
    for (const [SIGN_KEY, line] of [
      [join(ROOT, "package.json"), /lies in the repository/],
      ["", /^error: SIGN_KEY: is empty/],
      [join(home, "nowhere"), /nowhere is no file/],
      [`${key}.pub`, /is a public key; allowed: the private one/],
      [locked, /can't be used \(.*passphrase.*\); allowed: a private key/],
    ] as const) {
      const env = { ...process.env, SIGN_KEY };
      // Without a terminal.
      const made = spawnSync("setsid", [process.execPath, script], { env, encoding: "utf8" });
      expect([made.status, made.stderr.split("\n").length]).toEqual([2, 2]);
      expect(made.stderr).toMatch(line);
    }
  });
});

it("says that the module is gone, and what to do", () => {
  const folder = unpack("without-module");
  rmSync(join(folder, "build/wallarm-policy.wasm"));
  const made = spawnSync("make", ["build"], { cwd: folder, encoding: "utf8" });
  expect([made.status, made.stderr]).toEqual([2, expect.stringContaining("unpack the bundle")]);
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
