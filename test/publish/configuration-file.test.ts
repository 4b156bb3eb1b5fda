/** Is a configuration checked before anything is sent, and is what is wrong told by file, line, key, value and what is allowed? */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readConfigurationFile } from "../../anypoint/src/configuration-file.ts";
import { readDefinition } from "../../anypoint/src/definition/gcl.ts";
import { Problem } from "../../anypoint/src/problem.ts";
import { ROOT } from "./support/workshop.ts";

const definition = readDefinition(ROOT);
const directory = mkdtempSync(join(tmpdir(), "configuration-"));
const file = join(directory, "policy.yaml");
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const read = (text: string): unknown => {
  writeFileSync(file, text);
  return readConfigurationFile(file, definition);
};

function problemsOf(text: string): string[] {
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.kind).toBe("usage");
    return [error.message, ...error.details].map((line) => line.replace(file, "FILE"));
  }
  return [];
}

it("takes YAML and JSON, and fills in the defaults of what is required", () => {
  const expected = {
    wallarm_node: "https://node.example:5050",
    real_ip_header: "X-Forwarded-For",
    real_host_header: "Host",
    wallarm_mode: "async",
    fallback_action: "pass",
    parse_responses: true,
  };
  expect(read("wallarm_node: https://node.example:5050\nwallarm_mode: async\n")).toEqual(expected);
  const json =
    '{"wallarm_node": "https://node.example:5050", "wallarm_mode": "async", "node_timeout_ms": null}';
  expect(read(json)).toEqual(expected);
});

const NODE = "wallarm_node: http://node.example\n";
const wrong: [string, string, string][] = [
  [
    "a value outside of its limits",
    `${NODE}node_timeout_ms: 0`,
    "FILE:2: node_timeout_ms: 0 is not allowed; allowed: an integer from 1 to 60000",
  ],
  [
    "a choice that there is not",
    `# why\n${NODE}wallarm_mode: Sync`,
    'FILE:3: wallarm_mode: "Sync" is not allowed; allowed: sync, async',
  ],
  [
    "a text for a number",
    `${NODE}response_body_limit: "1"`,
    'FILE:2: response_body_limit: "1" is not allowed; allowed: an integer from 0 to 2147483647',
  ],
  [
    "a node that is no URL",
    "wallarm_node: node.example",
    'FILE:1: wallarm_node: "node.example" is not allowed; allowed: a URL like https://node.example.com:5050/prefix or h2://10.0.0.1:5080, without user or query',
  ],
  [
    "an additional node that is no URL",
    `${NODE}additional_nodes:\n  - http://node.example\n  - foo`,
    'FILE:4: additional_nodes[1]: "foo" is not allowed; allowed: a URL like https://node.example.com:5050/prefix or h2://10.0.0.1:5080, without user or query',
  ],
  [
    "additional nodes that are no list",
    `${NODE}additional_nodes: http://node.example`,
    'FILE:2: additional_nodes: "http://node.example" is not allowed; allowed: a list of URLs',
  ],
  [
    "nodes of two kinds",
    `${NODE}additional_nodes: [h2://node.example]`,
    'FILE:2: additional_nodes[0]: "h2://node.example" is not allowed; allowed: all h2, or none, as wallarm_node is',
  ],
  [
    "what is no name of a header",
    `${NODE}real_ip_header: X Real`,
    'FILE:2: real_ip_header: "X Real" is not allowed; allowed: a text like X-Forwarded-For, without blanks',
  ],
  ["a second document", `${NODE}---\n${NODE}`, "FILE:3: is a second document; allowed: one"],
  [
    "nothing at all",
    "",
    'FILE:1: is not allowed; allowed: a mapping of parameters, like "wallarm_mode: sync"',
  ],
  [
    "a node that is left out",
    "wallarm_mode: sync",
    "FILE:1: wallarm_node: is missing; allowed: a URL like https://node.example.com:5050/prefix or h2://10.0.0.1:5080, without user or query",
  ],
  [
    "an unquoted yes",
    `${NODE}parse_responses: yes`,
    'FILE:2: parse_responses: "yes" is not allowed; allowed: true, false',
  ],
  [
    "what is no mapping",
    "- sync",
    'FILE:1: is not allowed; allowed: a mapping of parameters, like "wallarm_mode: sync"',
  ],
];

it.each(wrong)("refuses %s", (_, text, line) => {
  expect(problemsOf(text)).toEqual([line]);
});

it("takes the URL of a real node, which is h2", () => {
  const text = "wallarm_node: h2://node.example:5080\nadditional_nodes: [h2://10.0.0.2:5080]\n";
  expect(read(text)).toMatchObject({ wallarm_node: "h2://node.example:5080" });
});

it("names each wrong parameter, and what a typing mistake may have meant", () => {
  const lines = problemsOf(`${NODE}walarm_mode: sync\nfallback_action: allow\n`);
  expect(lines).toHaveLength(2);
  expect(lines.find((line) => line.startsWith("FILE:2"))).toMatch(
    /^FILE:2: walarm_mode: is no parameter.*wallarm_mode/,
  );
  expect(lines.find((line) => line.startsWith("FILE:3"))).toContain(
    '"allow" is not allowed; allowed: pass, block',
  );
});

it("tells where a file is no YAML, and that there is none", () => {
  expect(problemsOf(`${NODE}block_status: 403\nblock_status: 451\n`)).toEqual([
    "FILE:3: not YAML: block_status: is there twice in one mapping",
  ]);
  expect(problemsOf(`${NODE}a: [1\n`)[0]).toMatch(/^FILE:\d: not YAML: /);
  expect(() => readConfigurationFile(join(directory, "none.yaml"), definition)).toThrow(
    /CONFIG: .*none\.yaml" can't be read \(ENOENT\)/,
  );
});

it("shows no password of a node's URL", () => {
  expect(problemsOf("wallarm_node: ftp://user:hidden-word@node.example")[0]).not.toContain(
    "hidden-word",
  );
});
