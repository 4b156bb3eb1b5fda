/** What does `host-sim anypoint` do: start the stand-in for the Anypoint Platform, say where it is, run until told to stop. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { parse } from "yaml";
import {
  AnypointError,
  createAnypoint,
  readAccounts,
  type AccountSettings,
  type Anypoint,
  type AnypointOptions,
} from "../anypoint/index.ts";
import { readHostPort, readInteger } from "./option-values.ts";
import { reasonOf, UserError } from "./user-error.ts";

const HELP = `
Example: the platform, and a gateway that serves the APIs which are managed on it
  host-sim anypoint --conf-dir conf.d
  host-sim flex --conf-dir conf.d

Log in as developer, password stand-in-password. Prints its addresses, and what ANYPOINT_HOST and NODE_EXTRA_CA_CERTS must be
for the official CLI, one a line. SIGTERM and SIGINT end it with status 0. More is in docs/anypoint-stand-in.md.`;

interface RawOptions {
  readonly listen: string;
  readonly page: string;
  readonly state: string;
  readonly confDir?: string;
  readonly confEnvironment?: string;
  readonly gatewayHost: string;
  readonly gatewayVersion: string;
  readonly accounts?: string;
  readonly publicationDelay: string;
}

export function registerAnypoint(program: Command): void {
  program
    .command("anypoint")
    .description("run a stand-in for the Anypoint Platform: Exchange and API Manager")
    .option("--listen <host:port>", "where the platform's APIs listen, with TLS", "127.0.0.1:8443")
    .option("--page <host:port>", "where the page listens", "127.0.0.1:8480")
    .option(
      "--state <dir>",
      "where it keeps everything, certificates too",
      ".cache/anypoint-stand-in",
    )
    .option("--conf-dir <dir>", "write local-mode files for its APIs, for `host-sim flex`")
    .option("--conf-environment <name>", "write only the APIs of this environment")
    .option("--gateway-host <address>", "where the gateway of those files listens", "127.0.0.1")
    .option("--gateway-version <version>", "version of the gateway that its APIs run on", "1.12.0")
    .option("--accounts <file>", "YAML with organizations, users and connectedApps")
    .option("--publication-delay <ms>", "how long a publication takes", "300")
    .addHelpText("after", HELP)
    .action(async (raw: RawOptions) => {
      const anypoint = await start(raw);
      process.stdout.write(addresses(anypoint));
      untilStopped(anypoint);
    });
}

async function start(raw: RawOptions): Promise<Anypoint> {
  const options: AnypointOptions = {
    listen: readHostPort("--listen", raw.listen),
    page: readHostPort("--page", raw.page),
    stateDirectory: raw.state,
    gatewayHost: raw.gatewayHost,
    gatewayVersion: readVersion(raw.gatewayVersion),
    publicationDelayMs: readInteger("--publication-delay", raw.publicationDelay, 0, 600_000),
    ...(raw.confDir !== undefined && { confDirectory: raw.confDir }),
    ...(raw.confEnvironment !== undefined && { confEnvironment: raw.confEnvironment }),
    ...(raw.accounts !== undefined && { accounts: readAccountsFile(raw.accounts) }),
  };
  try {
    return await createAnypoint(options);
  } catch (error) {
    if (error instanceof AnypointError) throw new UserError(error.message);
    if (!(error instanceof Error) || !("code" in error)) throw error;
    const {
      address,
      port = 0,
      path = raw.state,
    } = error as { address?: string; port?: number; path?: string };
    throw new UserError(
      `${address === undefined ? path : `${address}:${port}`}: ${reasonOf(error)}`,
    );
  }
}

function readVersion(text: string): string {
  if (/^\d+\.\d+\.\d+$/.test(text)) return text;
  throw new UserError(`--gateway-version ${text}: expected a version such as 1.12.0`);
}

function readAccountsFile(file: string): AccountSettings {
  try {
    return readAccounts(parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new UserError(`${file}: ${reasonOf(error)}`);
  }
}

const addresses = ({ url, host, pageUrl, caFile }: Anypoint): string =>
  [
    `platform on ${url}`,
    `page on ${pageUrl}`,
    `ANYPOINT_HOST=${host}`,
    `NODE_EXTRA_CA_CERTS=${caFile}`,
    "",
  ].join("\n");

function untilStopped(anypoint: Anypoint): void {
  const stop = (): void => {
    void anypoint.close().then(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}
