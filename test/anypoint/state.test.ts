/** Does everything survive a restart, is it never half there, and is a state that can't be read refused? */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAnypoint, type Anypoint } from "../../host-sim/src/anypoint/index.ts";
import { PlatformClient } from "./platform-client.ts";

let stateDirectory: string;
let anypoint: Anypoint | undefined;
let client: PlatformClient | undefined;

const start = async (): Promise<Anypoint> =>
  (anypoint = await createAnypoint({ stateDirectory, publicationDelayMs: 0 }));

async function stop(): Promise<void> {
  await client?.close();
  await anypoint?.close();
  client = anypoint = undefined;
}

beforeEach(() => {
  stateDirectory = mkdtempSync(join(tmpdir(), "anypoint-state-"));
});
afterEach(async () => {
  await stop();
  rmSync(stateDirectory, { recursive: true, force: true });
});

describe("A restart", () => {
  it("keeps assets with their files, APIs, policies, automated policies and tokens", async () => {
    client = await PlatformClient.login(await start());
    const { token } = client;
    await client.publishPolicy();
    const api = await client.manage("orders", 8081);
    await client.apply(api);
    const before = await readAll(client, api);
    await stop();

    client = new PlatformClient(await start());
    client.token = token;
    expect(await readAll(client, api)).toEqual(before);
    expect((await client.manage("users", 8082)) > api).toBe(true);
  });

  it("keeps its authority and its certificate", async () => {
    const { caFile } = await start();
    const [authority, certificate] = ["ca.pem", "server.pem"].map((name) =>
      readFileSync(join(stateDirectory, "tls", name), "utf8"),
    );
    await stop();
    client = await PlatformClient.login(await start());
    expect(readFileSync(caFile, "utf8")).toBe(authority);
    expect(readFileSync(join(stateDirectory, "tls/server.pem"), "utf8")).toBe(certificate);
    expect(statSync(join(stateDirectory, "tls/ca-key.pem")).mode & 0o777).toBe(0o600);
  });

  it("makes certificates again that were cut", async () => {
    await start();
    await stop();
    writeFileSync(join(stateDirectory, "tls/server.pem"), "cut");
    client = await PlatformClient.login(await start());
    expect(client.token).not.toBe("");
  });

  it("ends publications that were under way", async () => {
    anypoint = await createAnypoint({ stateDirectory, publicationDelayMs: 600_000 });
    client = await PlatformClient.login(anypoint);
    const { body } = await client.definition("x", { sync: false });
    const path = new URL(body.publicationStatusLink).pathname;
    const { token } = client;
    await stop();
    client = new PlatformClient(await start());
    client.token = token;
    expect((await client.call("GET", path)).body).toMatchObject({
      status: "error",
      steps: [{ errors: [expect.stringContaining("restarted")] }],
    });
  });
});

async function readAll(from: PlatformClient, api: number): Promise<unknown> {
  const asset = await from.call("GET", `/exchange/api/v2/assets?search=test-policy`);
  // Links are signed anew in each process.
  for (const { files } of asset.body) {
    for (const file of files) {
      delete file.externalLink;
      delete file.downloadURL;
    }
  }
  const paths = [from.apis(), `${from.apis()}/${api}/policies`, from.automated];
  return [asset, ...(await Promise.all(paths.map((path) => from.call("GET", path))))];
}

describe("The state on disk", () => {
  it("leaves no half files behind, and is whole after each change", async () => {
    client = await PlatformClient.login(await start());
    await Promise.all(["a", "b", "c", "d"].map((name) => client!.upload(name, "http-api")));
    const names = readdirSync(stateDirectory, { recursive: true }).map(String);
    expect(names.filter((name) => name.includes("half"))).toEqual([]);
    const { assets } = JSON.parse(readFileSync(join(stateDirectory, "state.json"), "utf8"));
    expect(assets).toHaveLength(4);
  });

  it.each([
    ["{", "not JSON"],
    ['{"format":2}', "format 2, expected 1"],
  ])("is refused when it says %s", async (text, reason) => {
    writeFileSync(join(stateDirectory, "state.json"), text);
    await expect(createAnypoint({ stateDirectory })).rejects.toThrow(reason);
  });
});
