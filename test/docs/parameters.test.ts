/** Do definition/gcl.yaml, the table in README.md and the compiled policy say the same about the parameters? */
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Sdk } from "../as-proxy-wasm/support/sdk.ts";
import { loadPolicyModule } from "../policy/support/policy-module.ts";
import { read, tableOf } from "./markdown.ts";

interface Property {
  readonly type: "string" | "boolean" | "integer" | "array";
  readonly format?: string;
  readonly title?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly default?: string | boolean | number | readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

const { spec } = parse(read("definition/gcl.yaml")) as {
  spec: { properties: Record<string, Property>; required: string[] };
};
const properties = Object.entries(spec.properties);
const withDefault = properties.filter(([name]) => name !== "wallarm_node");
const NODE = "http://node.example:5050";

let policy: Sdk;
beforeAll(async () => {
  policy = await loadPolicyModule();
});

/** The error line, empty if the configuration is taken. */
const refusal = (config: object): string =>
  policy.text("configError", Buffer.from(JSON.stringify(config)))!;

function values(config: object): Record<string, string> {
  expect(refusal(config)).toBe("");
  const lines = policy.text("configValues")!.split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s) as [string, string]));
}

/** What the policy keeps of a value: names of headers in the form in which Envoy has them. */
function kept(name: string, value: unknown): string {
  const text = String(value);
  if (name === "real_host_header" && text === "Host") return ":authority";
  return name.endsWith("_header") ? text.toLowerCase() : text;
}

describe("the definition", () => {
  it("has exactly the parameters of the compiled policy", () => {
    const known = Object.keys(values({ wallarm_node: NODE }));
    expect(properties.map(([name]) => name).sort()).toEqual(known.sort());
  });

  it("has a title, a description and a default for each, but no default for the node", () => {
    const bare = withDefault.filter(([, each]) => {
      return !each.title || !each.description || each.default === undefined;
    });
    expect(bare).toEqual([]);
    expect(spec.properties.wallarm_node).toMatchObject({ type: "string", format: "service" });
    expect(spec.properties.wallarm_node).not.toHaveProperty("default");
  });

  it("requires what the vendor's own policy requires", () => {
    expect(spec.required).toEqual([
      ...["wallarm_node", "real_ip_header", "real_host_header"],
      ...["wallarm_mode", "fallback_action", "parse_responses"],
    ]);
  });
});

describe.each(withDefault)("%s", (name, property) => {
  it("has the same default in the definition and in the policy", () => {
    const found = values({ wallarm_node: NODE })[name];
    expect(found).toBe(kept(name, property.default));
  });

  it("takes each value that the definition allows", () => {
    const { enum: choices, minimum, maximum, type } = property;
    const allowed = choices ?? (type === "boolean" ? [true, false] : [minimum, maximum]);
    const isFree = (type === "string" && !choices) || type === "array";
    for (const value of isFree ? [property.default] : allowed) {
      expect(values({ wallarm_node: NODE, [name]: value })[name]).toBe(kept(name, value));
    }
  });

  it("refuses what the definition does not allow, by name", () => {
    const { minimum = 0, maximum = 0, type, enum: choices } = property;
    const wrong =
      type === "integer"
        ? [minimum - 1, maximum + 1, 1.5, "1"]
        : choices
          ? [`${choices[0]}x`, "", 1]
          : [1];
    for (const value of wrong) {
      expect(refusal({ wallarm_node: NODE, [name]: value })).toMatch(new RegExp(`^${name}: `));
    }
  });
});

describe("the table in README.md", () => {
  const rows = tableOf("README.md", "parameters").map((cells) =>
    cells.map((cell) => cell.replaceAll("`", "")),
  );

  it("has the definition's parameters, in its order", () => {
    expect(rows.map(([name]) => name)).toEqual(properties.map(([name]) => name));
  });

  it("has the definition's defaults", () => {
    const shown = (value: Property["default"]): string =>
      value === undefined ? "(required)" : String(value) === "" ? "(empty)" : String(value);
    expect(rows.map(([name, , value]) => [name, value])).toEqual(
      properties.map(([name, property]) => [name, shown(property.default)]),
    );
  });

  it("has the definition's choices", () => {
    for (const [name, { enum: choices }] of properties) {
      if (choices === undefined) continue;
      expect(rows.find(([each]) => each === name)?.[1]).toBe(choices.join(", "));
    }
  });
});
