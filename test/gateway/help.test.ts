/** Does the help of each command say what a newcomer needs: what is required, what is the default, and a command that works? */
import { expect, test } from "vitest";
import { createMockNode } from "../../host-sim/src/mock-node/index.ts";
import { HostSim } from "./support/serve-process.ts";

async function help(...words: string[]): Promise<string> {
  const run = new HostSim([...words, "--help"]);
  expect(await run.ended()).toBe(0);
  expect(run.stderr).toBe("");
  return run.stdout;
}

test.each([
  ["serve", ["--wasm", "--listen", "--upstream"]],
  ["flex", ["--conf-dir"]],
  ["node", ["--config"]],
  ["anypoint", []],
])(
  "that of host-sim %s names what is required, and has an example with it",
  async (name, needed) => {
    const text = await help(name);
    const required = text.split(/\n(?= {2}-)/).filter((option) => /\(required\)/.test(option));
    expect(required.map((option) => /--[a-z-]+/.exec(option)?.[0])).toEqual(needed);
    const example = text.split("\n").find((line) => line.startsWith(`  host-sim ${name} `));
    for (const option of needed) expect(example).toContain(` ${option} `);
    expect(text).not.toMatch(/default: (""|\[\]|")/);
  },
);

test("that of host-sim lists the commands", async () => {
  const text = await help();
  for (const name of ["serve", "node", "flex", "anypoint"]) {
    expect(text).toMatch(new RegExp(`^  ${name} `, "m"));
  }
});

test("the configuration in that of host-sim node is one for a node that blocks", async () => {
  const yaml = /^ {2}version: 4\n(?: {2}.+\n)+/m.exec(await help("node"))?.[0] ?? "";
  const node = await createMockNode(yaml.replace(/:50\d\d/g, ":0"));
  const about = (await (await fetch(`${node.apiUrl}/api/node`)).json()) as object;
  await node.close();
  expect(about).toMatchObject({ wallarmMode: "block" });
});
