/** What can be typed behind `host-sim`? Wires the commands, and tells every failure in one line. */
import { Command } from "commander";
import manifest from "../../package.json" with { type: "json" };
import { registerAnypoint } from "./anypoint.ts";
import { asOneLine, failureOf, guardProcess } from "./failure.ts";
import { registerFlex } from "./flex.ts";
import { helpText } from "./help-text.ts";
import { registerNode } from "./node.ts";
import { runServe } from "./serve.ts";
import { readServeOptions, serveCommand } from "./serve-options.ts";

export function program(): Command {
  const host = new Command("host-sim")
    .description("Runs compiled proxy-wasm HTTP filters in Node.js the way Envoy does")
    .version(manifest.version)
    .showHelpAfterError(false)
    .configureOutput({
      outputError: (text, write) => write(`host-sim: ${asOneLine(text.replace(/^error: /, ""))}\n`),
    });
  host.addCommand(
    serveCommand().action(async (raw: Parameters<typeof readServeOptions>[0]) => {
      await runServe(readServeOptions(raw));
    }),
  );
  registerNode(host);
  registerFlex(host);
  registerAnypoint(host);
  for (const command of [host, ...host.commands]) {
    command.exitOverride().configureOutput(host.configureOutput()).configureHelp(helpText);
    command.allowExcessArguments(false);
  }
  return host;
}

guardProcess();
try {
  await program().parseAsync(process.argv);
} catch (error) {
  const { line, status } = failureOf(error);
  if (line !== undefined) process.stderr.write(`${line}\n`);
  process.exitCode = status;
}
