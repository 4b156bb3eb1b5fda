/** What happens when the files change? The gateway follows, requests that run end as they began, and mistakes change nothing. */
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { Agent, request, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startUpstream } from "../gateway/support/gateway-fixture.ts";
import { waitFor } from "../gateway/support/raw-client.ts";
import { compileToFile } from "../support/assembly-script.ts";
import { ask, FlexFixture } from "./support/flex-fixture.ts";
import { api, binding, extension } from "./support/resources.ts";

let tag = "";
beforeAll(async () => {
  tag = extension("tag", `file://${await compileToFile("flex/fixtures/tag", "bare")}`, {
    tag: { type: "string" },
  });
});

const ANY_PORT = "http://127.0.0.1:0";

const echo = (name = "upstream"): Promise<string> =>
  startUpstream((request, response) => {
    response.setHeader("x-request-seen", request.headers["x-seen"] ?? "");
    response.end(name);
  });

const bound = (text: string): string =>
  binding("bound", { policy: "tag-impl", target: "a", config: { tag: text } });

async function flex(upstream?: string): Promise<{ fixture: FlexFixture; url: string }> {
  const fixture = new FlexFixture();
  fixture.write("policy.yaml", tag);
  fixture.write("api.yaml", api("a", { address: ANY_PORT, upstream: upstream ?? (await echo()) }));
  const [url] = await fixture.serving("--admin", "127.0.0.1:0");
  return { fixture, url: url! };
}

/** Over one connection that is kept. */
function keptAlive(): (url: string) => Promise<{ seen: string; answer: string }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  let port: number | undefined;
  return async (url) => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(url, { agent }, resolve).on("error", reject).end();
    });
    response.resume();
    port ??= response.socket.localPort;
    expect(response.socket.localPort).toBe(port);
    await new Promise((resolve) => response.once("end", resolve));
    const { headers } = response;
    return { seen: String(headers["x-request-seen"]), answer: String(headers["x-answered"]) };
  };
}

describe("a change of the files", () => {
  test("adds, changes and removes a policy, on connections that go on", async () => {
    const { fixture, url } = await flex();
    const get = keptAlive();
    expect((await get(url)).seen).toBe("");
    await fixture.after(() => fixture.write("binding.yaml", bound("one")));
    expect((await get(url)).seen).toBe("one");
    await fixture.after(() => fixture.write("binding.yaml", bound("two")));
    expect((await get(url)).seen).toBe("two");
    await fixture.after(() => fixture.remove("binding.yaml"));
    expect((await get(url)).seen).toBe("");
  });

  test("leaves requests that run to the policies and the upstream that they began with", async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let waiting = false;
    const slow = await startUpstream((_request, response) => {
      waiting = true;
      response.writeHead(200).write("begun, ");
      void held.then(() => response.end("ended"));
    });
    const { fixture, url } = await flex(slow);
    await fixture.after(() => fixture.write("binding.yaml", bound("old")));
    const running = ask(url);
    await waitFor(
      () => waiting,
      () => "the request",
    );
    await fixture.after(() => {
      const upstream = "http://127.0.0.1:9";
      fixture.write("api.yaml", api("a", { address: ANY_PORT, upstream }) + bound("new"));
      fixture.remove("binding.yaml");
    });
    expect((await ask(url)).status).toBe(503);
    release();
    expect(await running).toMatchObject({ status: 200, answer: "old", body: "begun, ended" });
  });

  test("opens the address of an API that is new, and closes that of one that is gone", async () => {
    const { fixture, url } = await flex();
    const second = api("b", { address: "http://127.0.0.2:0", upstream: await echo("second") });
    await fixture.after(() => fixture.write("second.yaml", second));
    const [, other] = fixture.addresses;
    expect((await ask(other!)).body).toBe("second");
    expect((await ask(url)).body).toBe("upstream");
    await fixture.after(() => fixture.remove("second.yaml"));
    await expect(fetch(other!)).rejects.toThrow();
    expect((await ask(url)).body).toBe("upstream");
  });

  test("is seen where files are links that a mounted ConfigMap swaps", async () => {
    const fixture = new FlexFixture();
    const upstream = await echo();
    const mount = (name: string, text: string): void => {
      mkdirSync(join(fixture.folder, name));
      const both = tag + api("a", { address: ANY_PORT, upstream }) + bound(text);
      writeFileSync(join(fixture.folder, name, "all.yaml"), both);
      symlinkSync(name, join(fixture.folder, "..data_tmp"));
      renameSync(join(fixture.folder, "..data_tmp"), join(fixture.folder, "..data"));
    };
    mount("..2026_1", "one");
    symlinkSync("..data/all.yaml", join(fixture.folder, "all.yaml"));
    const [url] = await fixture.serving();
    expect((await ask(url!)).request).toBe("one");
    await fixture.after(() => {
      mount("..2026_2", "two");
      rmSync(join(fixture.folder, "..2026_1"), { recursive: true });
    });
    expect((await ask(url!)).request).toBe("two");
  });

  test("of a module is followed too", async () => {
    const fixture = new FlexFixture();
    const file = join(fixture.folder, "policy.wasm");
    writeFileSync(file, "not yet a module");
    const policy = extension("tag", "file://policy.wasm");
    const all = policy + api("a", { address: ANY_PORT, upstream: await echo() }) + bound("t");
    fixture.write("all.yaml", all);
    const failed = fixture.start();
    expect(await failed.ended()).toBe(2);
    expect(failed.stderr).toContain(
      "the module of Extension default/tag-impl is not a WebAssembly module",
    );
    await copyModule(file);
    const [url] = await fixture.serving("--admin", "127.0.0.1:0");
    expect((await ask(url!)).request).toBe("t");
    // The same with a custom section at its end: other bytes, so another VM.
    await fixture.after(() => appendFileSync(file, Uint8Array.of(0, 3, 1, 0x78, 0)));
    expect((await ask(url!)).request).toBe("t");
    const stats = `${await fixture.run.address("admin on")}/stats?filter=runtime.v8`;
    expect(await (await fetch(stats)).text()).toContain(
      "v8.active: 1\nwasm.envoy.wasm.runtime.v8.created: 2",
    );
    const said = await fixture.after(() => writeFileSync(file, "no module any more"));
    expect(said).toContain("is not a WebAssembly module");
    expect((await ask(url!)).request).toBe("t");
  });
});

async function copyModule(to: string): Promise<void> {
  copyFileSync(await compileToFile("flex/fixtures/tag", "bare"), to);
}

describe("a change that can't be made", () => {
  const refused = (config: object): string =>
    binding("bound", { policy: "tag-impl", target: "a", config: { tag: "bad", ...config } });

  test.each([
    ["is not YAML", "a: [", /broken\.yaml:1: not YAML: /],
    [
      "breaks the schema",
      bound("x").replace("tag: x", "tag: 7"),
      /broken\.yaml:\d+: spec\.config\.tag: 7 must be of type string/,
    ],
    [
      "is refused by the agent's phase",
      refused({ do: "refuse agent" }),
      /broken\.yaml:2: policy default\/bound: flex_on_policy_initialize failed: the agent asked in vain/,
    ],
    [
      "is refused by the policy",
      refused({ do: "refuse" }),
      /the policy default\/bound \(.*broken\.yaml:2\): proxy_on_configure failed: do is refuse/,
    ],
    ["traps the policy", refused({ do: "trap" }), /proxy_on_configure failed/],
    [
      "asks for an address that is taken",
      api("b", { address: "http://192.0.2.1:80" }),
      /broken\.yaml:2: spec\.address: "http:\/\/192\.0\.2\.1:80": this machine has no such address/,
    ],
  ])("because it %s is told, and the last good state stays", async (_why, text, line) => {
    const { fixture, url } = await flex();
    await fixture.after(() => fixture.write("good.yaml", bound("good").replace("bound", "good")));
    const said = await fixture.after(() => fixture.write("broken.yaml", text));
    const isError = (each: string): boolean => /\[error\]\[config\] (\/|the policy)/.test(each);
    const errors = said.split("\n").filter(isError);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(line);
    expect((await ask(url)).request).toBe("good");
    const admin = await fixture.run.address("admin on");
    const dump = await (await fetch(`${admin}/config_dump`)).text();
    expect(dump).toMatch(/"refused_change": \{\s*"time": "2/);
    await fixture.after(() => fixture.write("broken.yaml", bound("mended")));
    expect((await ask(url)).request).toBe("mended, good");
  });

  test("as the directory is gone is told too, and following goes on when it is back", async () => {
    const { fixture, url } = await flex();
    const away = `${fixture.folder}.away`;
    onTestFinished(() => rmSync(away, { recursive: true, force: true }));
    const said = await fixture.after(() => renameSync(fixture.folder, away));
    expect(said).toContain("there is no such directory");
    expect((await ask(url)).status).toBe(200);
    renameSync(away, fixture.folder);
    await fixture.after(() => fixture.write("binding.yaml", bound("back")), /serving .*bound/);
    expect((await ask(url)).request).toBe("back");
  });
});

test("SIGHUP reads the files again", async () => {
  const { fixture } = await flex();
  const said = await fixture.after(() => fixture.run.process.kill("SIGHUP"));
  expect(said).toContain("serving default/a (no policy)");
});

test("a Configuration sets the log level, and its change changes it", async () => {
  const { fixture } = await flex();
  const admin = await fixture.run.address("admin on");
  const level = async (): Promise<string> => (await fetch(`${admin}/logging`)).text();
  expect(await level()).toContain("wasm: info");
  const text = `apiVersion: gateway.mulesoft.com/v1alpha1
kind: Configuration
metadata: { name: logging }
spec: { logging: { runtimeLogs: { logLevel: debug } } }
`;
  fixture.write("logging.yaml", text);
  await expect.poll(level).toContain("wasm: debug");
  fixture.remove("logging.yaml");
  await expect.poll(level).toContain("wasm: info");
});
