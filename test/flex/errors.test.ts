/** What do wrong resources get? At the start one line for each problem, with file, line, field, value and what is allowed; status 2. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { ConfigurationError } from "../../host-sim/src/flex/documents/problems.ts";
import { readDirectory } from "../../host-sim/src/flex/documents/read-directory.ts";
import { buildModel } from "../../host-sim/src/flex/model/build-model.ts";
import { compileToFile } from "../support/assembly-script.ts";
import { FlexFixture } from "./support/flex-fixture.ts";
import { api, binding, extension, resource } from "./support/resources.ts";

let tag = "";
beforeAll(async () => {
  const properties = {
    tag: { type: "string", enum: ["a", "b"] },
    limit: { type: "integer", minimum: 0, maximum: 10, default: 1 },
    node: { type: "string", format: "service" },
    nodes: { type: "array", items: { type: "string", format: "service" } },
  };
  tag = extension("tag", `file://${await compileToFile("flex/fixtures/tag", "bare")}`, properties, [
    "tag",
    "limit",
  ]);
});

const ADDRESS = "http://127.0.0.1:0";
const withConfig = (config: object): string => {
  const upstream = "http://127.0.0.1:9";
  return `${api("a", { address: ADDRESS, upstream, policies: [{ name: "tag-impl", config }] })}${tag}`;
};
const service = (spec: object): string => resource("Service", "s", spec);
const edited = (text: string, from: string, to: string): string => {
  expect(text).toContain(from);
  return text.replace(from, to);
};
const A = (spec: object): string => resource("ApiInstance", "a", spec);

const cases: [string, () => string, string | RegExp][] = [
  ["text that is not YAML", () => "a: [1\nb: 2", /all\.yaml:\d: not YAML: /],
  [
    "a document that is no map",
    () => "- 1",
    "all.yaml:1: is no resource; a document must be a map",
  ],
  [
    "no kind",
    () => "apiVersion: gateway.mulesoft.com/v1alpha1",
    "all.yaml:1: kind: is missing; it must be one of ApiInstance, PolicyBinding",
  ],
  [
    "an unknown kind",
    () => edited(service({}), "Service", "Services"),
    'all.yaml:3: kind: "Services" must be one of ApiInstance,',
  ],
  [
    "another version of the API",
    () => edited(service({}), "v1alpha1", "v2"),
    'all.yaml:2: apiVersion: "gateway.mulesoft.com/v2" must be gateway.mulesoft.com/v1alpha1',
  ],
  [
    "no name",
    () => edited(service({ address: "http://h:1" }), "name: s", "namespace: s"),
    "all.yaml:5: metadata.name: is missing; it must be a text",
  ],
  [
    "a misspelt field",
    () => A({ address: ADDRESS, polices: [] }),
    "all.yaml:8: spec.polices: is not known; known are address, services, policies",
  ],
  [
    "no address",
    () => A({}),
    "all.yaml:6: spec.address: is missing; it must be an address such as",
  ],
  [
    "an address without port",
    () => A({ address: "http://localhost" }),
    'all.yaml:7: spec.address: "http://localhost" must be protocol://host:port',
  ],
  [
    "an address with TLS",
    () => A({ address: "https://127.0.0.1:443" }),
    "listening with TLS is not simulated; use http",
  ],
  [
    "a service of another scheme",
    () => service({ address: "ftp://h" }) + api("a", { address: ADDRESS, upstream: "ftp://h" }),
    'spec.services.upstream.address: "ftp://h": scheme must be http',
  ],
  [
    "two resources of one name",
    () => service({ address: "http://h:1" }) + service({ address: "http://h:2" }),
    /all\.yaml:\d+: metadata\.name: Service default\/s is defined twice; the other one is at .*all\.yaml:2/,
  ],
  [
    "two APIs at one place",
    () => api("a", { address: ADDRESS }) + api("b", { address: ADDRESS }),
    '"http://127.0.0.1:0" is also that of default/a',
  ],
  [
    "a policy that nobody knows",
    () => api("a", { address: ADDRESS, policies: [{ name: "tags" }] }) + tag,
    'spec.policies[0].policyRef.name: "tags": no Extension of this name in namespace default; there are default/tag, default/tag-impl',
  ],
  [
    "a definition where an implementation is meant",
    () => api("a", { address: ADDRESS, policies: [{ name: "tag" }] }) + tag,
    '"tag" has no module that could be run; its implementation is tag-impl',
  ],
  [
    "a binding to an API that is not there",
    () =>
      binding("x", { policy: "tag-impl", target: "b", config: { tag: "a" } }) +
      withConfig({ tag: "a" }),
    'spec.targetRef.name: "b": no ApiInstance of this name in namespace default; there are default/a',
  ],
  [
    "a binding to a service",
    () =>
      binding("x", {
        policy: "tag-impl",
        target: { kind: "Service", name: "s" },
        config: { tag: "a" },
      }) + tag,
    'spec.targetRef.kind: "Service" must be ApiInstance or Selector (policies of upstreams are not simulated)',
  ],
  [
    "an order that is no number",
    () =>
      binding("x", { policy: "tag-impl", target: "a", config: { tag: "a" }, order: 1.5 }) +
      withConfig({ tag: "a" }),
    "spec.order: 1.5 must be a whole number",
  ],
  [
    "a route to no service",
    () =>
      api("a", { address: ADDRESS }) +
      binding("r", { policy: "route", target: "a", config: { destinationRef: { name: "s" } } }),
    'spec.config.destinationRef.name: "s": no Service of this name in namespace default; there is none at all',
  ],
  [
    "a regular expression that is none",
    () =>
      api("a", { address: ADDRESS, upstream: "http://h:1", routes: [{ rules: [{ path: "/(" }] }] }),
    'spec.services.upstream.routes[0].rules[0].path: "/(" is no regular expression',
  ],
  [
    "a regular expression that Envoy can't run",
    () =>
      api("a", {
        address: ADDRESS,
        upstream: "http://h:1",
        routes: [{ rules: [{ path: "/(?!x).*" }] }],
      }),
    "have no look-around",
  ],
  [
    "a required property that is missing",
    () => withConfig({ limit: 1 }),
    /all\.yaml:\d+: spec\.policies\[0\]\.config\.tag: is missing; the policy requires it/,
  ],
  [
    "a value that is not among those allowed",
    () => withConfig({ tag: "c" }),
    'config.tag: "c" must be one of a, b',
  ],
  [
    "a value of another type",
    () => withConfig({ tag: "a", limit: "1" }),
    'config.limit: "1" must be of type integer',
  ],
  [
    "a number out of bounds",
    () => withConfig({ tag: "a", limit: 11 }),
    "config.limit: 11 must be 10 or less",
  ],
  [
    "a URL that is none",
    () => withConfig({ tag: "a", node: "node:5050" }),
    'config.node: "node:5050" must be the URL of a service',
  ],
  [
    "a bad item of a list",
    () => withConfig({ tag: "a", nodes: ["http://n", 7] }),
    "config.nodes[1]: 7 must be of type string",
  ],
  [
    "a variable that nobody set",
    () => withConfig({ tag: "$NOBODY_SET_IT" }),
    'config.tag: "$NOBODY_SET_IT": the environment has no NOBODY_SET_IT',
  ],
  [
    "a module that is not base64",
    () => extension("e", "base64://%%%"),
    '"base64://%%%" must be base64',
  ],
  [
    "a module from elsewhere",
    () => extension("e", "https://h/x.wasm"),
    '"https://h/x.wasm" must be base64://… or file://…',
  ],
  [
    "a module's file that is not there",
    () => extension("e", "file://nowhere.wasm"),
    /there is no file .*nowhere\.wasm/,
  ],
  [
    "an extension of what is not there",
    () => edited(tag, "- name: tag\n", "- name: gone\n"),
    'spec.extends[0].name: "gone": no Extension of this name',
  ],
  [
    "a log level that is none",
    () => resource("Configuration", "c", { logging: { runtimeLogs: { logLevel: "loud" } } }),
    '"loud" must be one of debug, info, warn, error, fatal',
  ],
];

function problemsOf(folder: string): string {
  try {
    buildModel(readDirectory(folder), new Map());
    return "none";
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).lines.join("\n");
  }
}

test.each(cases)("%s", (_title, text, line) => {
  const fixture = new FlexFixture();
  fixture.write("all.yaml", text());
  expect(problemsOf(fixture.folder)).toMatch(line);
});

test("several problems get a line each, and the command ends with status 2", async () => {
  const fixture = new FlexFixture();
  fixture.write("a.yaml", withConfig({ tag: "c", limit: -1 }));
  fixture.write("b.yaml", "- 1");
  const run = fixture.start();
  expect(await run.ended()).toBe(2);
  expect(run.stderr.match(/^host-sim: .*\.yaml:\d+: /gm)).toHaveLength(3);
  expect(run.stderr).not.toMatch(/^\s+at /m);
  expect(run.stdout).not.toContain("ready");
});

test.each([
  [
    "a directory that is not there",
    ["--conf-dir", "/nowhere"],
    "/nowhere: there is no such directory",
  ],
  ["no directory", [], "required option '--conf-dir <dir>' not specified"],
  [
    "a version that is none",
    ["--conf-dir", ".", "--flex-version", "new"],
    "--flex-version new: expected a version",
  ],
])("%s", async (_title, args, line) => {
  const { HostSim } = await import("../gateway/support/serve-process.ts");
  const run = new HostSim(["flex", ...args]);
  expect(await run.ended()).toBe(2);
  expect(run.stderr.trimEnd()).toContain(line);
});

test("what is odd but harmless is a warning, and resources of others are left alone", async () => {
  const fixture = new FlexFixture();
  const other = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n";
  fixture.write("a.yaml", withConfig({ tag: "a", colour: "red" }) + "---\n" + other);
  await fixture.serving();
  expect(fixture.run.stderr).toMatch(
    /\[warning\]\[config\] .*a\.yaml:\d+: spec\.policies\[0\]\.config\.colour: the policy has no such property; known are tag, limit, node, nodes/,
  );
  expect(fixture.run.stderr).toMatch(/apiVersion: "v1": not for Flex Gateway, ignored/);
});

test("folders are read too, links in a circle and what begins with a dot are not", () => {
  const { folder } = new FlexFixture();
  mkdirSync(join(folder, "policies"));
  writeFileSync(join(folder, "policies/tag.yml"), tag);
  writeFileSync(join(folder, ".hidden.yaml"), "a: [");
  writeFileSync(join(folder, "notes.txt"), "a: [");
  symlinkSync(folder, join(folder, "policies/loop"));
  symlinkSync("self.yaml", join(folder, "self.yaml"));
  symlinkSync("nothing", join(folder, "nothing.yaml"));
  expect(readDirectory(folder).resources.map(({ name }) => name)).toEqual(["tag", "tag-impl"]);
});

test("an empty directory is served: nothing listens, until there is an API", async () => {
  const fixture = new FlexFixture();
  expect(await fixture.serving()).toEqual([]);
  await fixture.after(() => fixture.write("a.yaml", withConfig({ tag: "a" })));
  expect(fixture.addresses).toHaveLength(1);
});
