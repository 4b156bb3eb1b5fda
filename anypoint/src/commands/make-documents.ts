/** What else is made from definition/gcl.yaml? The table in docs/configuration.md, and the YAML for a gateway in local mode. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { readDefinition } from "../definition/gcl.ts";
import { localDefinition, localImplementation } from "../definition/local-mode.ts";
import { PAGES, withParameterTable } from "../definition/parameter-table.ts";
import { WASM_FILE } from "../publish/plan.ts";
import type { Context } from "../context.ts";

export function registerDocuments(program: Command, { root, progress }: Context): void {
  program
    .command("configuration-table")
    .description(`bring the tables in ${PAGES.join(" and ")} up to date`)
    .action(() => {
      for (const page of PAGES) {
        const file = join(root, page);
        const text = readFileSync(file, "utf8");
        writeFileSync(file, withParameterTable(page, text, readDefinition(root)));
      }
    });
  program
    .command("local-mode")
    .description("write the two YAML documents that a Flex Gateway in local mode reads")
    .option("--name <name>", "of the policy there", "wallarm-custom-policy")
    .option("--namespace <namespace>", "of the policy there", "default")
    .option("--directory <path>", "where to", "build/local-mode")
    .action((options: { name: string; namespace: string; directory: string }) => {
      const directory = resolve(root, options.directory);
      mkdirSync(directory, { recursive: true });
      const wasm = readFileSync(join(root, WASM_FILE));
      writeFileSync(
        join(directory, "definition.yaml"),
        localDefinition(readDefinition(root), options),
      );
      writeFileSync(join(directory, "implementation.yaml"), localImplementation(options, wasm));
      progress.say(`${options.directory}: definition.yaml, implementation.yaml`);
    });
}
