/** Do the commands of docs/anypoint-stand-in.md do what they are there for? Run by a shell, only the addresses are the test's. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { createAnypoint } from "../../host-sim/src/anypoint/index.ts";
import { blocksOf, ROOT } from "../docs/markdown.ts";
import { buildTool, createWorkshop } from "../publish/support/workshop.ts";
import { withoutOfficialCli } from "../support/anypoint-cli.ts";
import { PlatformClient } from "./platform-client.ts";

const SLOW_MS = 90_000;
const WARM_CLI = ".cache/anypoint-cli/node_modules/anypoint-cli-v4/bin/run";
/** What make needs in a project, beside the tool. */
const FILES: readonly (readonly [path: string, from?: string])[] = [
  ["Makefile", "anypoint/bundle/Makefile"],
  ["anypoint/variables.mk"],
  ["scripts/require-node.mjs"],
];
const commands = blocksOf("docs/anypoint-stand-in.md")
  .filter(({ language }) => language === "sh")
  .map(({ text }) => text);

it.skipIf(await withoutOfficialCli())(
  "the policy is published, an API is managed and gets it, and the second publication fails",
  async () => {
    buildTool();
    const anypoint = await createAnypoint({ publicationDelayMs: 0 });
    const client = await PlatformClient.login(anypoint);
    const project = await createWorkshop(anypoint);
    for (const [path, from = path] of FILES) cpSync(join(ROOT, from), join(project.root, path));
    const bin = join(project.root, "bin");
    mkdirSync(bin);
    // Loaded once for all of its commands.
    symlinkSync(join(project.root, WARM_CLI), join(bin, "anypoint-cli-v4"));
    const script = commands
      .join("\n")
      .replaceAll("127.0.0.1:8443", anypoint.host)
      .replaceAll("http://127.0.0.1:8480", anypoint.pageUrl)
      .replaceAll("$PWD/.cache/anypoint-stand-in/tls/ca.pem", anypoint.caFile);
    const env = {
      PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH ?? ""}`,
      HOME: project.root,
    };
    await promisify(execFile)("bash", ["-ec", script], { cwd: project.root, env });

    const { body } = await client.call("GET", `${client.apis()}/19000001/policies`);
    expect(body).toMatchObject([{ assetId: "wallarm-custom-policy", assetVersion: "0.1.0" }]);
    const codes: number[] = [];
    for (const name of ["one", "two", "three"]) codes.push((await client.definition(name)).status);
    expect(codes).toEqual([201, 500, 201]);
    project.close();
    await client.close();
    await anypoint.close();
  },
  SLOW_MS,
);
