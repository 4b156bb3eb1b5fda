/**
 * Does each command of docs/publish.md and docs/applying.md do what it is there for? Run in their order, in a customer's folder, with the
 * official CLI, by the shell; or not run, with a reason.
 */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAnypoint, ROOT_GROUP, type Anypoint } from "../../host-sim/src/anypoint/index.ts";
import { PlatformClient } from "../anypoint/platform-client.ts";
import {
  buildTool,
  createWorkshop,
  environmentOf,
  ROOT,
  type Workshop,
} from "./support/workshop.ts";

const PAGES = ["docs/publish.md", "docs/applying.md"];
/** Not run here: why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "PUPPETEER_SKIP_DOWNLOAD=1 npm install --global anypoint-cli-v4@1.6.12":
    "it would install into the tester's machine; install-official-cli.ts does the same from its lock file",
  "make setup GROUP_ID=<id>": "the same as the first command",
  "make bundle": "test/publish/bundle.test.ts makes it",
  "make bundle SIGN_KEY=~/.ssh/publisher": "test/publish/bundle.test.ts signs it",
  "make verify SIGNER=publisher.pub": "test/publish/bundle.test.ts verifies it",
  "make clean": "it would delete what the tests need",
  "make demo-publish": "test/demo-publish/ plays it",
  "make automate API=…": "a mistake that test/api-manager/careful.test.ts makes",
};

/** Lines of console blocks, and commands in the text that are whole. */
function commandsOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  const blocks = [...text.matchAll(/^```console\n(.*?)^```/gms)].flatMap(([, block]) =>
    [...block!.matchAll(/^\$ (.*)$/gm)].map(([, command]) => command!),
  );
  const outside = text.replace(/^```.*?^```/gms, "");
  const inline = [...outside.matchAll(/`((?:make|anypoint-cli-v4) [^`]+)`/g)].map(
    ([, each]) => each!,
  );
  return [...blocks, ...inline.filter((each) => !/^make two assets/.test(each))];
}

let anypoint: Anypoint;
let client: PlatformClient;
let customer: Workshop;
let api: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  buildTool();
  anypoint = await createAnypoint({ publicationDelayMs: 20 });
  client = await PlatformClient.login(anypoint);
  customer = await createWorkshop(anypoint);
  for (const [from, to] of [
    ["anypoint/nearest-name.mjs", "anypoint/nearest-name.mjs"],
    ["anypoint/variables.mk", "anypoint/variables.mk"],
    ["anypoint/bundle/Makefile", "Makefile"],
    ["scripts/require-node.mjs", "scripts/require-node.mjs"],
  ] as const) {
    cpSync(join(ROOT, from), join(customer.root, to));
  }
  cpSync(join(ROOT, "Cargo.toml.template"), join(customer.root, "Cargo.toml"));
  const bin = join(customer.root, "bin");
  mkdirSync(bin);
  const pinned = join(customer.root, ".cache/anypoint-cli/node_modules/anypoint-cli-v4/bin/run");
  symlinkSync(pinned, join(bin, "anypoint-cli-v4"));
  env = environmentOf(customer.root, anypoint);
  env.PATH = `${bin}:${dirname(process.execPath)}:${env.PATH}`;
  api = String(await client.manage("orders", 8901));
}, 90_000);
afterAll(async () => {
  customer.close();
  await client.close();
  await anypoint.close();
});

interface Ended {
  readonly status: number;
  readonly text: string;
}

/** With the reader's own things in the places that the page leaves open. */
function run(command: string): Promise<Ended> {
  const own = command
    .replace(/API=(?:<id>|15551234)/, `API=${api}`)
    .replace("<name>", "Sandbox")
    .replace("<step>", "observe")
    .replace("<your_username>", "developer")
    .replace("<your_password>", "stand-in-password")
    .replace("<group id>", ROOT_GROUP)
    .replace("<version>", "0.1.0");
  return new Promise((done) => {
    execFile("bash", ["-c", own], { cwd: customer.root, env }, (error, stdout, stderr) => {
      done({ status: Number(error?.code ?? 0), text: stdout + stderr });
    });
  });
}

/** In an order in which a reader meets them; what the line after it says is what it must do. */
const STORY: readonly (readonly [command: string, sign: RegExp, before?: () => void])[] = [
  ["make setup GROUP_ID=5a1e0d3c-0001-4000-8000-000000000001", /group_id is 5a1e0d3c-0001/],
  ["make setup", /^$/],
  ["make build", /is there/],
  ["anypoint-cli-v4 conf username <your_username>", /^/],
  ["anypoint-cli-v4 conf password <your_password>", /^/],
  ["anypoint-cli-v4 conf", /username/],
  ["make publish DRY_RUN=1", /\(nothing was\)/],
  ["make publish", /Published: definition +\S+-dev\//],
  ["make release", /Published: definition +\S+wallarm-custom-policy\/0\.1\.0/],
  [
    "make apply API=15551234 CONFIG=wallarm.yaml",
    /error: wallarm\.yaml:3: wallarm_mode: "snyc" is not allowed; allowed: sync, async/,
    () => {
      const [, file] = /```yaml\n(.*?)```/s.exec(
        readFileSync(join(ROOT, "docs/publish.md"), "utf8"),
      )!;
      writeFileSync(join(customer.root, "wallarm.yaml"), file!.replace("sync", "snyc"));
    },
  ],
  [
    "make apply API=<id> CONFIG=wallarm.yaml",
    /Applied: API \d+/,
    () => {
      const file = join(customer.root, "wallarm.yaml");
      writeFileSync(file, readFileSync(file, "utf8").replace("snyc", "sync"));
    },
  ],
  ["make diff API=<id>", /nothing would change/],
  ["make apply API=<id> ROLLOUT=<step>", /Changed: .* at step observe/],
  ["make apply API=15551234 ROLLOUT=pass", /Changed: .* at step pass/],
  ["make apply API=15551234 ROLLOUT=block", /Changed: .* at step block/],
  ["make diff API=15551234 ROLLOUT=pass", /\+ fallback_action: "pass"/],
  ["make status", /API \d+ \(orders\)/],
  ["make upgrade API=<id>", /no use of the policy is behind/],
  ["make upgrade", /no use of the policy is behind/],
  ["make remove API=<id>", /Removed: /],
  ["make apply API=15551234 CONFIG=wallarm.yaml ROLLOUT=observe", /Applied: [^]*outbox_sent/],
  ["make automate CONFIG=wallarm.yaml ENV=<name>", /APIs covered: \d+ \(orders\)/],
  [
    "make automate ENV=<name> ROLLOUT=<step>",
    /Changed: the automated policy of .* at step observe/,
  ],
  ["make remove ALL=1", /Removed: the automated policy/],
  ["anypoint-cli-v4 exchange asset delete <group id>/wallarm-custom-policy-flex/<version>", /^/],
  ["anypoint-cli-v4 conf --delete password", /^/],
];

it("runs as the page says, from the first command to the last", { timeout: 180_000 }, async () => {
  for (const [command, sign, before] of STORY) {
    before?.();
    const { status, text } = await run(command);
    expect(`${command}: ${text}`).toMatch(
      new RegExp(`^.*: ?[^]*${sign.source.replace(/^\^/, "")}`),
    );
    expect([command, text, status]).toEqual([command, text, text.includes("error: ") ? 2 : 0]);
  }
});

it("leaves out no command of the pages, and gives no reason for one that is gone", () => {
  const found = new Set(PAGES.flatMap(commandsOf).filter((each) => /[ =]/.test(each)));
  const known = new Set([...STORY.map(([command]) => command), ...Object.keys(ELSEWHERE)]);
  // Bare names of commands stand for the commands themselves.
  const bare = (each: string): boolean =>
    /^make (apply|automate|status|upgrade|remove|release|publish|setup|build|diff)$/.test(each);
  expect([...found].filter((each) => !known.has(each) && !bare(each))).toEqual([]);
  expect(Object.keys(ELSEWHERE).filter((each) => !found.has(each))).toEqual([]);
});
