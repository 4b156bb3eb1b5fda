/** What can the publishing tool do? Started by make (`make publish` …), which builds it to build/anypoint.mjs. */
import { dirname } from "node:path";
import { Command, CommanderError } from "commander";
import { createColors } from "picocolors";
import { registerApiManager } from "./api-manager/commands/register.ts";
import { registerDocuments } from "./commands/make-documents.ts";
import { registerPublish } from "./commands/publish.ts";
import { registerSetup } from "./commands/setup.ts";
import { checkVariables } from "./commands/variables.ts";
import { createContext } from "./context.ts";
import { exitStatus, Problem } from "./problem.ts";

// build/anypoint.mjs stands in the repository's, or the bundle's, build folder.
const context = createContext(dirname(import.meta.dirname), process.env);

// The library alone would colour in CI too, where nobody looks at a terminal.
const isColoured = process.stderr.isTTY === true && process.env.NO_COLOR === undefined;
const { red } = createColors(isColoured);

const program = new Command("anypoint")
  .description("Publishes the policy to Anypoint Exchange, and attaches it")
  .hook("preAction", (_, command) => checkVariables(command.name(), context))
  .exitOverride();
for (const register of [registerSetup, registerPublish, registerApiManager, registerDocuments])
  register(program, context);

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => context.processes.interruptAll());

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitStatus.usage;
  const known = error instanceof Problem;
  const line = known
    ? error.message
    : `mistake of this tool, please report it: ${String(error).split("\n")[0]!}`;
  const details = known ? error.details : [];
  const text = context.secrets.hide([line, ...details].join("\n"));
  process.stderr.write(`${red("error:")} ${text}\n`);
  if (process.env.SHOW_STACK && !known)
    console.error(context.secrets.hide((error as Error).stack ?? ""));
  return known ? exitStatus[error.kind] : exitStatus.unexpected;
}
