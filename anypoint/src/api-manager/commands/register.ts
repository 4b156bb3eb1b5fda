/** Which commands attach the policy to APIs? This list. */
import type { Command } from "commander";
import type { Context } from "../../context.ts";
import { registerApply } from "./apply.ts";
import { registerAutomate } from "./automate.ts";
import { registerDiff } from "./diff.ts";
import { registerRemove } from "./remove.ts";
import { registerStatus } from "./status.ts";
import { registerUpgrade } from "./upgrade.ts";

export function registerApiManager(program: Command, context: Context): void {
  for (const register of [
    registerApply,
    registerAutomate,
    registerDiff,
    registerStatus,
    registerUpgrade,
    registerRemove,
  ])
    register(program, context);
}
