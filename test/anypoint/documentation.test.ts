/** Do the commands of docs/anypoint-stand-in.md do what they are there for? Run by a shell, only the addresses are the test's. */
import { execFile } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { createAnypoint } from "../../host-sim/src/anypoint/index.ts";
import { exchangeSchema } from "../../anypoint/src/definition/exchange-schema.ts";
import { readDefinition } from "../../anypoint/src/definition/gcl.ts";
import { definitionMetadata } from "../../anypoint/src/definition/metadata.ts";
import { blocksOf, ROOT } from "../docs/markdown.ts";
import { cliSession, officialCli, withoutOfficialCli } from "../support/anypoint-cli.ts";
import { PlatformClient, testPolicy } from "./platform-client.ts";

const SLOW_MS = 90_000;
const commands = blocksOf("docs/anypoint-stand-in.md")
  .filter(({ language }) => language === "sh")
  .map(({ text }) => text);

it.skipIf(await withoutOfficialCli())(
  "an API is managed and gets a policy, and the second publication fails",
  async () => {
    const anypoint = await createAnypoint({ publicationDelayMs: 0 });
    const client = await PlatformClient.login(anypoint);
    const session = await cliSession(anypoint); // for its folder
    // The policy's own definition: what the page says must do for it.
    const definition = readDefinition(ROOT);
    const files = {
      "files.schema.json": JSON.stringify(exchangeSchema(definition, "wallarm-custom-policy")),
      "files.metadata.yaml": definitionMetadata(definition),
    };
    await client.definition("wallarm-custom-policy", { version: "0.1.0", files });
    const dependencies = `${testPolicy.groupId}:wallarm-custom-policy:0.1.0`;
    await client.implementation("wallarm-custom-policy-flex", { fields: { dependencies } });

    const bin = join(session.folder, "bin");
    mkdirSync(bin);
    symlinkSync(await officialCli(), join(bin, "anypoint-cli-v4"));
    const script = commands
      .join("\n")
      .replaceAll("127.0.0.1:8443", anypoint.host)
      .replaceAll("http://127.0.0.1:8480", anypoint.pageUrl)
      .replaceAll("$PWD/.cache/anypoint-stand-in/tls/ca.pem", anypoint.caFile);
    const env = {
      PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH ?? ""}`,
      HOME: session.folder,
    };
    await promisify(execFile)("bash", ["-ec", script], { cwd: session.folder, env });

    const { body } = await client.call("GET", `${client.apis()}/19000001/policies`);
    expect(body).toMatchObject([{ assetId: "wallarm-custom-policy", assetVersion: "0.1.0" }]);
    const codes: number[] = [];
    for (const name of ["one", "two", "three"]) codes.push((await client.definition(name)).status);
    expect(codes).toEqual([201, 500, 201]);
    session.close();
    await client.close();
    await anypoint.close();
  },
  SLOW_MS,
);
