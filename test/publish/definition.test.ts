/** Is everything that is made from definition/gcl.yaml right? MuleSoft's own generator is the judge where it has an opinion. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { exchangeSchema } from "../../anypoint/src/definition/exchange-schema.ts";
import { parseDefinition, readDefinition } from "../../anypoint/src/definition/gcl.ts";
import { localDefinition, localImplementation } from "../../anypoint/src/definition/local-mode.ts";
import * as metadata from "../../anypoint/src/definition/metadata.ts";
import { PAGES, withParameterTable } from "../../anypoint/src/definition/parameter-table.ts";
import { cargoAnypoint, INSTALL_MS } from "./support/cargo-anypoint.ts";
import { buildTool, createWorkshop, ROOT, type Workshop } from "./support/workshop.ts";

const definition = readDefinition(ROOT);
const schema = exchangeSchema(definition, "wallarm-custom-policy");
const NAME = { name: "wallarm-custom-policy", namespace: "default" };
const properties = schema.properties as Record<string, Record<string, unknown>>;

describe("schema.json", () => {
  it("has the definition's parameters in its order, with all that is said of them", () => {
    expect(Object.keys(properties)).toEqual([...definition.properties.keys()]);
    for (const [name, property] of definition.properties) {
      expect(properties[name]).toEqual({ ...property, "@characteristics": [] });
    }
    expect(schema.required).toEqual(definition.required);
  });

  it("is JSON Schema 2019-09 in which every default keeps to its own rules", () => {
    const ajv = new Ajv2019({ strict: false, formats: { service: true } });
    const validate = ajv.compile(schema);
    const defaults = Object.entries(properties).map(([name, field]) => [name, field.default]);
    const values = Object.fromEntries(defaults) as Record<string, unknown>;
    expect(validate({ ...values, wallarm_node: "http://node.example" })).toBe(true);
    expect(validate({ ...values, wallarm_node: "http://node.example", wallarm_mode: "syn" })).toBe(
      false,
    );
    expect(validate(values)).toBe(false);
  });

  it("gives each field of the form a title that is short and a text that helps", () => {
    for (const [name, { title, description }] of definition.properties) {
      expect(title.length, name).toBeLessThanOrEqual(40);
      expect(description.length, name).toBeGreaterThan(40);
    }
  });
});

describe("metadata.yaml", () => {
  it("begins with the line that the platform goes by, and has the asset's name", () => {
    const [line] = metadata.definitionMetadata(definition).split("\n");
    expect(line).toBe("#%Policy Definition 0.1");
    expect(parse(metadata.definitionMetadata(definition))).toMatchObject({
      name: metadata.definitionName(definition),
      category: "Security",
      interfaceScope: ["api", "resource"],
    });
    expect(metadata.implementationMetadata(definition)).toMatch(/^#%Policy Implementation 1\.0\n/);
    expect(parse(metadata.implementationMetadata(definition))).toMatchObject({
      name: metadata.implementationName(definition),
      technology: "flexGateway",
    });
  });
});

describe.each(PAGES)("%s", (name) => {
  const page = readFileSync(join(ROOT, name), "utf8");

  it("is current: `npm run configuration-table` would change nothing", () => {
    expect(withParameterTable(name, page, definition)).toBe(page);
  });

  it("would change with the definition", () => {
    const text = readFileSync(join(ROOT, "definition/gcl.yaml"), "utf8");
    const other = parseDefinition(text.replace("default: 4096", "default: 4097"));
    expect(withParameterTable(name, page, other)).toContain("`4097`");
    expect(withParameterTable(name, page, other)).not.toBe(page);
  });
});

describe("the definition for local mode", () => {
  it("is definition/gcl.yaml with a name", () => {
    const document = parse(localDefinition(definition, NAME)) as Record<string, object>;
    expect(document.metadata).toMatchObject(NAME);
    const source = parse(
      readFileSync(join(ROOT, "definition/gcl.yaml"), "utf8"),
    ) as typeof document;
    expect(document.spec).toEqual(source.spec);
  });
});

describe("cargo-anypoint", { timeout: INSTALL_MS }, () => {
  let workshop: Workshop;
  beforeAll(async () => {
    buildTool();
    workshop = await createWorkshop({ host: "127.0.0.1:1" });
  });
  afterAll(() => workshop.close());

  it("config-gen accepts the definition, and sees each parameter", () => {
    const [source, output] = ["definition/gcl.yaml", "config.rs"];
    const args = ["config-gen", "-p", "-m", source, "-o", output];
    const rust = cargoAnypoint(workshop.root, { args, inputs: [source], output });
    for (const name of definition.properties.keys()) expect(rust).toContain(`alias = "${name}"`);
  });

  it("gcl-gen writes the very implementation document that we write", () => {
    const [wasm, output] = ["module.wasm", "implementation.yaml"];
    const bytes = Buffer.from("0061736d01000000", "hex");
    writeFileSync(join(workshop.root, wasm), bytes);
    const named = ["-d", NAME.name, "-n", NAME.namespace];
    const args = ["gcl-gen", ...named, "-w", wasm, "-o", output];
    const theirs = cargoAnypoint(workshop.root, { args, inputs: [wasm], output });
    expect(localImplementation(NAME, bytes)).toBe(theirs);
    // The module goes in as it is, however long.
    const ours = localImplementation(NAME, readFileSync(join(ROOT, "build/wallarm-policy.wasm")));
    const [, module] = /base64:\/\/(\S+)/.exec(ours)!;
    expect(ours.replace(module!, bytes.toString("base64"))).toBe(theirs);
  });

  it("get-anypoint-metadata reads our Cargo.toml", () => {
    const generation = { args: ["get-anypoint-metadata"], inputs: ["Cargo.toml"] };
    const read = JSON.parse(cargoAnypoint(workshop.root, generation)) as object;
    expect(read).toMatchObject({
      "group-id": expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      "definition-asset-id": "wallarm-custom-policy",
      "implementation-asset-id": "wallarm-custom-policy-flex",
    });
  });
});
