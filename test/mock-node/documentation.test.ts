/** Does docs/mock-node.md tell the truth: does its configuration start, do its faults exist? */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createMockNode, faultKinds } from "../../host-sim/src/mock-node/index.ts";
import {
  readConfigText,
  vendorAddresses,
} from "../../host-sim/src/mock-node/config/read-config.ts";

const text = readFileSync(new URL("../../docs/mock-node.md", import.meta.url), "utf8");
const block = (language: string): string =>
  new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "ms").exec(text)?.[1] ?? "";

describe("docs/mock-node.md", () => {
  it("has a configuration that is read without a warning, with the defaults that it names", () => {
    const { config, warnings } = readConfigText(block("yaml"), "docs.yaml", vendorAddresses);
    const defaults = readConfigText("", "docs.yaml", vendorAddresses).config;
    expect(warnings).toEqual([]);
    expect({ ...config.mock, graylist: [], faults: undefined }).toEqual(defaults.mock);
    expect(config.log).toEqual(defaults.log);
    expect(config.connector.address).toEqual(defaults.connector.address);
  });

  it("has rules of faults that are taken", async () => {
    const node = await createMockNode();
    await node.setFaults(JSON.parse(block("json")));
    await node.close();
  });

  it("names every fault", () => {
    const table = text.slice(text.search(/^\| fault +\|/m));
    for (const name of Object.keys(faultKinds))
      expect(table).toMatch(new RegExp(`[| ]${name}[ ,]`));
  });
});
