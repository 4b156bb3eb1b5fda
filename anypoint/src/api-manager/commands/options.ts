/** Which options do these commands have in common? Each may also be a variable, as `make apply API=… CONFIG=…` hands them over. */
import type { Command } from "commander";
import type { Context } from "../../commands/context.ts";
import { usageProblem } from "../../problem.ts";
import { parseTimeLimit, TimeLimit } from "../../time-limit.ts";
import { checkHost } from "../../platform-host.ts";
import { openWorkplace, type Workplace } from "../workplace.ts";

export interface Options {
  readonly api?: string;
  readonly config?: string;
  readonly policyVersion?: string;
  readonly env?: string;
  readonly org?: string;
  readonly timeout?: string;
  readonly json?: boolean;
}

const known = {
  api: ["--api <id>", "id of the API instance (API)"],
  config: ["--config <file>", "the policy's configuration, YAML or JSON (CONFIG)"],
  policyVersion: [
    "--policy-version <version>",
    "a version on Exchange, default the newest release (VERSION)",
  ],
  env: ["--env <name>", "environment, by name or id (ENV)"],
  org: ["--org <name>", "business group of the APIs, default that of Cargo.toml (ORG)"],
  timeout: ["--timeout <seconds>", "end after this time, 180 by default (TIMEOUT)"],
} as const;

const variables: Record<keyof typeof known, string> = {
  ...{ api: "API", config: "CONFIG", policyVersion: "VERSION" },
  ...{ env: "ENV", org: "ORG", timeout: "TIMEOUT" },
};

export function addOptions(command: Command, ...names: (keyof typeof known)[]): Command {
  for (const name of [...names, "env", "org", "timeout"] as const) {
    const [flags, description] = known[name];
    command.option(flags, description);
  }
  return command;
}

/** What stands on the command line, else in the variable; empty is left out. */
export function readOptions(given: Options): Options {
  const names = Object.keys(known) as (keyof typeof known)[];
  const values = names.map((name) => [
    name,
    given[name] || process.env[variables[name]] || undefined,
  ]);
  const options = { ...given, ...Object.fromEntries(values) } as Options;
  if (options.api !== undefined && !/^\d+$/.test(options.api)) {
    throw usageProblem(
      `API: "${options.api}" is not allowed; allowed: the number that API Manager shows as API Instance ID`,
    );
  }
  return options;
}

export function requireApi({ api }: Options, command: string): string {
  if (api !== undefined) return api;
  throw usageProblem(
    `API: is missing; allowed: an API Instance ID, as in \`make ${command} API=12345678\``,
  );
}

/** Opens what is worked with, and closes it whatever happens. */
export async function atWork(
  { root, progress }: Context,
  options: Options,
  work: (place: Workplace) => Promise<void>,
): Promise<void> {
  checkHost();
  const limit = new TimeLimit(parseTimeLimit(options.timeout));
  const place = await openWorkplace({
    ...{ root, progress, limit, organization: options.org, environment: options.env },
  });
  try {
    await work(place);
  } finally {
    await place.close();
  }
}
