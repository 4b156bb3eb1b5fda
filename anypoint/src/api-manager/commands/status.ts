/** `status`: which versions are on Exchange, who uses which, and what is wrong with that? */
import type { Command } from "commander";
import type { Context } from "../../context.ts";
import { readInventory } from "../read-inventory.ts";
import { statusTable } from "../status-table.ts";
import { usageOf } from "../usage.ts";
import { addOptions, atWork, readOptions, type Given, type Options } from "./options.ts";

export function registerStatus(program: Command, context: Context): void {
  const command = program
    .command("status")
    .description("show who uses the policy, in which version");
  addOptions(command, "json").action((given: Given) =>
    status(context, { ...readOptions(context, given), isReading: true }),
  );
}

async function status(context: Context, options: Options): Promise<void> {
  await atWork(context, options, async (place) => {
    const { organization, environments, progress } = place;
    const usage = usageOf(await readInventory(place));
    if (options.json) {
      const names = environments.map(({ name }) => name);
      return progress.say(JSON.stringify({ organization, environments: names, ...usage }, null, 2));
    }
    for (const line of statusTable(usage)) progress.say(line);
  });
}
