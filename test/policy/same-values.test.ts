/**
 * Do all who judge a configuration judge alike? The publishing tool, the simulator's Flex Gateway and the stand-in for API Manager by
 * definition/gcl.yaml; the policy's own decoder is written apart, and is held to it here, value by value.
 */
import fc from "fast-check";
import { compileSchema } from "../../checked-yaml/check-values.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { checkConfiguration } from "../../anypoint/src/configuration-file.ts";
import { exchangeSchema } from "../../anypoint/src/definition/exchange-schema.ts";
import { readDefinition } from "../../anypoint/src/definition/gcl.ts";
import { checkConfiguration as checkAtManager } from "../../host-sim/src/anypoint/api-manager/configuration-schema.ts";
import { Field } from "../../host-sim/src/flex/documents/field.ts";
import { Problems } from "../../host-sim/src/flex/documents/problems.ts";
import { checkConfiguration as checkOnFlex } from "../../host-sim/src/flex/schema/check-configuration.ts";
import type { Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { ROOT } from "../docs/markdown.ts";
import { loadPolicyModule } from "./support/policy-module.ts";

let policy: Sdk;
beforeAll(async () => {
  policy = await loadPolicyModule();
});

const definition = readDefinition(ROOT);
const properties = Object.fromEntries(definition.properties);
const REQUIRED = {
  ...{ real_ip_header: "X-Forwarded-For", real_host_header: "Host", wallarm_mode: "sync" },
  ...{ fallback_action: "pass", parse_responses: true, wallarm_node: "http://node.example:5050" },
};

type Values = Record<string, unknown>;

const schema = exchangeSchema(definition, "x");
const findingsOf = compileSchema(schema);

/** Does the policy take it, and does the definition allow it? */
function judge(values: Values): [policy: boolean, definition: boolean] {
  const configuration = { ...REQUIRED, ...values };
  const json = Buffer.from(JSON.stringify(configuration));
  return [policy.text("configError", json) === "", findingsOf(configuration).length === 0];
}

/** The three who go by the definition. Each sets Ajv up anew, so that only some values are shown to them. */
function judges(values: Values): boolean[] {
  const configuration = { ...REQUIRED, ...values };
  const problems = new Problems();
  const placeOf = () => ({ file: "x", line: 1 });
  const field = (path: string[], value: unknown) => new Field({ problems, placeOf }, path, value);
  const known = Object.entries(properties).map(([name, each]) => field([name], each));
  checkOnFlex(field(["config"], configuration), known, definition.required);
  return [
    checkConfiguration(configuration, definition).length === 0,
    problems.errors.length === 0,
    checkAtManager(schema, configuration).length === 0,
  ];
}

const takenUrls = [
  ...[
    "http://a",
    "HTTP://a",
    "Https://node.example.com:5050/prefix/",
    "h2://10.0.0.1:5080",
    "H2://a",
  ],
  ...["http://[::1]", "http://[::1]:80", "http://[1:2:3:4:5:6:7:8]/x", "http://[1:2:3:4:5:6:7::]"],
  ...["http://[::2:3:4:5:6:7:8]", "http://[1::3:4:5:6:7:8]", "http://[::ffff:1.2.3.4]:65535"],
  ...["http://[1:2:3:4:5:6:1.2.3.4]", "http://[::]", "http://[1::]", "http://[::1.2.3.4]"],
  ...["http://a:1", "http://a:00080", "http://a:000065535", "http://a_b.c-d/", "http://999.1.1.1"],
  ...["http://a//", "http://a/%zz;a=b,c", `http://${"a".repeat(253)}`, "http://-", "http://a:1/@:"],
];
const refusedUrls = [
  ...["", "foo", "foo:5050", "ftp://a", "h2c://a", "http:/a", "http://", "http:///a", "//a"],
  ...[
    "http://user@a",
    "http://user:pass@a",
    "http://a?b",
    "http://a/b?c",
    "http://a#b",
    "http://a/#",
  ],
  ...[
    "http://a b",
    " http://a",
    "http://a ",
    "http://a\n",
    "http://a/\n",
    "http://ä",
    "http://a/ä",
  ],
  ...["http://a:", "http://a:0", "http://a:65536", "http://a:99999", "http://a:x", "http://a:-1"],
  ...[
    "http://a:0000000080",
    "http://a:80:90",
    "http://:80",
    "http://a\\b",
    `http://${"a".repeat(254)}`,
  ],
  ...[
    "http://[]",
    "http://[:]",
    "http://[1]",
    "http://[1:2:3:4:5:6:7]",
    "http://[1:2:3:4:5:6:7:8:9]",
  ],
  ...["http://[1::2::3]", "http://[:::]", "http://[:1::2]", "http://[1::2:]", "http://[12345::]"],
  ...["http://[1:2:3:4:5:6:7::8]", "http://[::1:2:3:4:5:6:7:8]", "http://[1:2:3:4::5:6:7:8]"],
  ...["http://[1:2:3:4:5:6:7:1.2.3.4]", "http://[1:2:3:4:5:6::1.2.3.4]", "http://[::1.2.3]"],
  ...[
    "http://[::1.2.3.256]",
    "http://[::01.2.3.4]",
    "http://[::1.2.3.4.5]",
    "http://[::1.2.3.4:1]",
  ],
  ...[
    "http://[fe80::1%eth0]",
    "http://[::1",
    "http://::1",
    "http://[::1]x",
    "http://[g::]",
    "http://[::1]:0",
  ],
];

describe("the URL of a node", () => {
  it.each(takenUrls)("%j is taken", (url) => {
    expect(judge({ wallarm_node: url })).toEqual([true, true]);
    expect(judge({ additional_nodes: [url], node_protocol: "connector" })).toEqual([true, true]);
  });

  it.each(refusedUrls)("%j is refused", (url) => {
    expect(judge({ wallarm_node: url })).toEqual([false, false]);
    expect(judge({ additional_nodes: ["http://a", url] })).toEqual([false, false]);
  });

  it("is judged alike however it is changed", () => {
    const part = fc.constantFrom(
      ...["http", "h2", "://", "a", "1", "ffff", ":", "::", "[", "]", ".", "1.2.3.4", "/", "80"],
      ...["65536", "0", "%", "?", "@", " ", "-", "_", "g", "\n"],
    );
    const inBrackets = fc
      .array(fc.constantFrom("1", "ab", "fff0", ":", "::", "1.2.3.4", "0"), { maxLength: 18 })
      .map((parts) => `http://[${parts.join("")}]`);
    const any = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(""));
    const begun = any.map((rest) => `http://${rest}`);
    const check = (url: string): void => {
      const [taken, allowed] = judge({ wallarm_node: url });
      expect([url, allowed]).toEqual([url, taken]);
    };
    fc.assert(fc.property(fc.oneof(inBrackets, any, begun), check), { numRuns: 3000 });
  });
});

/** Of any type; what is wrong for one parameter may be right for another. */
const ODD: readonly unknown[] = [
  ...["", " ", "sync", "SYNC", "pass", "block", "inspect", "connector", "auto", "on", "true", "1"],
  ...["Host", "X Real", "X:", ":authority", "x".repeat(128), "x".repeat(129), "ä", "a\n"],
  ...["!#$%&'*+.^_`|~-", true, false, 0, 1, -1, 0.5, 3, 4, 100, 101, 399, 400, 599, 600, 1048575],
  ...[1048576, 60000, 60001, 2147483647, 2147483648, -2147483648, 1e300, [], ["http://a"]],
  ...[["foo"], [7], [null], [["http://a"]], {}, { a: 1 }],
];

it.each(Object.keys(properties))("%s: any value is judged alike", (name) => {
  for (const value of ODD) {
    const [taken, allowed] = judge({ [name]: value });
    expect([value, allowed]).toEqual([value, taken]);
  }
});

describe("the publishing tool, the Flex Gateway and API Manager", () => {
  it.each([
    [{}, true],
    [{ wallarm_node: "h2://10.0.0.1:5080", additional_nodes: ["h2://10.0.0.2:5080"] }, true],
    [{ wallarm_node: "http://[::1]:5050/prefix" }, true],
    [{ wallarm_node: "http://user@a" }, false],
    [{ additional_nodes: ["foo"] }, false],
    [{ real_ip_header: "X Real" }, false],
    [{ node_timeout_ms: 60001 }, false],
    [{ wallarm_mode: "SYNC" }, false],
  ])("judge %j by the definition", (values: Values, is) => {
    expect(judge(values)).toEqual([is, is]);
    expect(judges(values)).toEqual([is, is, is]);
  });

  it("nodes of both kinds side by side are refused before anything is sent, where one protocol is meant", () => {
    for (const [first, more] of [
      ["h2://a", "http://b"],
      ["http://a", "h2://b"],
    ]) {
      const values = { wallarm_node: first, additional_nodes: [first, more] };
      expect([judge(values)[0], judges(values)[0]]).toEqual([false, false]);
      const chosen = { ...values, node_protocol: "connector" };
      expect([judge(chosen)[0], ...judges(chosen)]).toEqual([true, true, true, true]);
    }
  });
});
