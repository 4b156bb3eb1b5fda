/** What does `host-sim node --config FILE` do: start the mock node, say where it is, run until it is told to stop. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import {
  ConfigError,
  createMockNode,
  FaultError,
  vendorAddresses,
  type MockNode,
} from "../mock-node/index.ts";

interface NodeOptions {
  readonly config: string;
}

/** Errors of the user: one line, and exit status 2. */
export function registerNode(program: Command): void {
  program
    .command("node")
    .description("run a mock Wallarm node, with a page that shows the attacks it sees")
    .requiredOption(
      "--config <file>",
      "configuration of the node, YAML as for Wallarm's Native Node",
    )
    .addHelpText(
      "after",
      '\nAddresses without a host (":5050") are loopback. Prints where it listens, one address a line.',
    )
    .action(async ({ config }: NodeOptions) => {
      const node = await start(config);
      if (node === undefined) return;
      process.stdout.write(addresses(node));
      untilStopped(node);
    });
}

async function start(file: string): Promise<MockNode | undefined> {
  try {
    return await createMockNode(readFileSync(file, "utf8"), {
      file,
      defaults: vendorAddresses,
      write: {
        stdout: (text) => void process.stdout.write(text),
        stderr: (text) => void process.stderr.write(text),
      },
      onWarning: (warning) => void process.stderr.write(`host-sim node: warning: ${warning}\n`),
    });
  } catch (error) {
    const reason = reasonOf(error, file);
    if (reason === undefined) throw error;
    process.stderr.write(`host-sim node: ${reason}\n`);
    process.exitCode = 2;
    return undefined;
  }
}

/** Undefined for what is no mistake of the user. */
function reasonOf(error: unknown, file: string): string | undefined {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof FaultError) return `${file}: mock.${error.message}`;
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const { code, port, address, path } = error as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
  };
  if (code === "EADDRINUSE")
    return `${address}:${port} is in use: choose another address, or port 0 for a free one`;
  if (code === "EADDRNOTAVAIL")
    return `${address} is no address of this machine: choose another address`;
  if (code === "EACCES" && port !== undefined)
    return `${address}:${port} may not be used: choose a port from 1024`;
  return path === undefined ? error.message : `${path} can't be read (${code})`;
}

function addresses({ url, apiUrl, metricsUrl }: MockNode): string {
  const lines = [`connector on ${url}`, `attacks page on ${apiUrl}`];
  if (metricsUrl !== undefined) lines.push(`metrics on ${metricsUrl}`);
  return `${lines.join("\n")}\n`;
}

function untilStopped(node: MockNode): void {
  const stop = (): void => {
    void node.close().then(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}
