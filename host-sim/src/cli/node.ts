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
import { reasonOf, UserError } from "./user-error.ts";

const HELP = `
Example:
  host-sim node --config node.yaml

With this in node.yaml it blocks attacks, and shows them on http://127.0.0.1:5051/
  version: 4
  connector: { address: ":5050" }
  route_config: { wallarm_mode: block }
  mock: { address: ":5051" }

For a policy with an h2:// URL: mode: envoy-external-filter, and envoy_external_filter in place of connector. All keys, and
faults on demand, are in docs/mock-node.md.

Addresses without a host (":5050") are loopback. Prints where it listens, one address a line. SIGTERM and SIGINT end it with
status 0. Bad input ends it with status 2 and one line on stderr.`;

interface NodeOptions {
  readonly config: string;
}

/** What can't be read or listened on is the user's mistake: one line, and exit status 2. */
export function registerNode(program: Command): void {
  program
    .command("node")
    .description("run a mock Wallarm node, with a page that shows the attacks it sees")
    .requiredOption(
      "--config <file>",
      "configuration of the node, YAML as for Wallarm's Native Node",
    )
    .addHelpText("after", HELP)
    .action(async ({ config }: NodeOptions) => {
      const node = await start(config);
      process.stdout.write(addresses(node));
      untilStopped(node);
    });
}

async function start(file: string): Promise<MockNode> {
  try {
    return await createMockNode(readFileSync(file, "utf8"), {
      file,
      defaults: vendorAddresses,
      write: {
        stdout: (text) => void process.stdout.write(text),
        stderr: (text) => void process.stderr.write(text),
      },
      onWarning: (warning) => void process.stderr.write(`host-sim: warning: ${warning}\n`),
    });
  } catch (error) {
    const reason = startFailure(error, file);
    throw reason === undefined ? error : new UserError(reason);
  }
}

/** Undefined for what is no mistake of the user. */
function startFailure(error: unknown, file: string): string | undefined {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof FaultError) return `${file}: mock.${error.message}`;
  // Of Node.js itself: a file, an address, or what TLS says of a certificate.
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const {
    address,
    port = 0,
    path = file,
  } = error as { address?: string; port?: number; path?: string };
  return `${address === undefined ? path : `${address}:${port}`}: ${reasonOf(error)}`;
}

function addresses({ mode, url, apiUrl, metricsUrl }: MockNode): string {
  const what = mode === "connector-server" ? "connector" : "external processor";
  const lines = [`${what} on ${url}`, `attacks page on ${apiUrl}`];
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
