/** Which options do these commands have in common? Each may also be a variable, as `make apply API=… CONFIG=…` hands them over. */
import type { Command } from "commander";
import { isGiven, isOn, variable, type Variable } from "../../commands/variables.ts";
import type { Context } from "../../context.ts";
import { isVersion } from "../../exchange.ts";
import { usageProblem } from "../../problem.ts";
import { parseTimeLimit, TimeLimit } from "../../time-limit.ts";
import { steps, type Step } from "../rollout.ts";
import { openWorkplace, type Workplace } from "../workplace.ts";

export interface Options {
  readonly api?: string;
  /** Every use, wherever it is. */
  readonly all: boolean;
  readonly config?: string;
  readonly rollout?: Step;
  readonly policyVersion?: string;
  readonly env?: string;
  /** Whether somebody chose `env` for this command; else it was there in the environment. */
  readonly isEnvGiven: boolean;
  readonly org?: string;
  readonly timeout?: string;
  readonly json: boolean;
  /** Nothing is changed, only read. */
  readonly dryRun: boolean;
  /** The command never changes anything. */
  readonly isReading?: boolean;
}

type Texts = "api" | "config" | "rollout" | "policyVersion" | "env" | "org" | "timeout";
type Flags = "all" | "json" | "dryRun";
/** As commander reads them. */
export type Given = Partial<Record<Texts, string> & Record<Flags, boolean>>;

const known: Readonly<Record<Texts | Flags, readonly [string, string]>> = {
  api: ["--api <id>", "id of the API instance (API)"],
  all: ["--all", "every use (ALL=1)"],
  config: ["--config <file>", "the policy's configuration, YAML or JSON (CONFIG)"],
  rollout: ["--rollout <step>", "observe, pass or block: a step of the way to blocking (ROLLOUT)"],
  policyVersion: [
    "--policy-version <version>",
    "a version on Exchange, default the newest release (VERSION)",
  ],
  env: ["--env <name>", "environment, by name or id (ENV)"],
  org: ["--org <name>", "business group of the APIs, default that of Cargo.toml (ORG)"],
  timeout: ["--timeout <seconds>", "end after this time, 180 by default (TIMEOUT)"],
  json: ["--json", "as JSON (JSON=1)"],
  dryRun: ["--dry-run", "only show what would be changed (DRY_RUN=1)"],
};

const variables: Readonly<Record<Texts, Variable>> = {
  ...{ api: "API", config: "CONFIG", policyVersion: "VERSION", rollout: "ROLLOUT" },
  ...{ env: "ENV", org: "ORG", timeout: "TIMEOUT" },
};

export function addOptions(command: Command, ...names: (keyof typeof known)[]): Command {
  for (const name of [...names, "env", "org", "timeout"] as const) command.option(...known[name]);
  return command;
}

/** What stands on the command line, else in the variable. */
export function readOptions(context: Context, given: Given): Options {
  const texts = (Object.keys(variables) as Texts[]).flatMap((name) => {
    const value = given[name] ?? variable(context, variables[name]);
    return value === undefined ? [] : [[name, value]];
  });
  const { rollout, ...others } = Object.fromEntries(texts) as Partial<Record<Texts, string>>;
  const options: Options = {
    ...others,
    ...(rollout !== undefined && { rollout: readStep(rollout) }),
    isEnvGiven: given.env !== undefined || isGiven(context, "ENV"),
    all: given.all ?? isOn(context, "ALL"),
    json: given.json ?? isOn(context, "JSON"),
    dryRun: given.dryRun ?? isOn(context, "DRY_RUN"),
  };
  const { policyVersion } = options;
  if (policyVersion !== undefined && !isVersion(policyVersion)) {
    throw usageProblem(
      `VERSION: "${policyVersion}" is not allowed; allowed: a version number as on Exchange, like 1.2.3; left out, the newest`,
    );
  }
  if (options.api !== undefined && !/^\d+$/.test(options.api)) {
    throw usageProblem(
      `API: "${options.api}" is not allowed; allowed: the number that API Manager shows as API Instance ID`,
    );
  }
  return options;
}

function readStep(text: string): Step {
  const step = steps.find((each) => each === text);
  if (step !== undefined) return step;
  throw usageProblem(`ROLLOUT: "${text}" is not allowed; allowed: ${steps.join(", ")}`);
}

export function requireApi({ api }: Options, command: string): string {
  if (api !== undefined) return api;
  throw usageProblem(
    `API: is missing; allowed: an API Instance ID, as in \`make ${command} API=12345678\``,
  );
}

/** Opens what is worked with, and closes it whatever happens. */
export async function atWork(
  context: Context,
  options: Options,
  work: (place: Workplace) => Promise<void>,
): Promise<void> {
  context.host.check();
  const limit = new TimeLimit(parseTimeLimit(options.timeout));
  const choice = {
    ...{ limit, organization: options.org, environment: options.env },
    ...{ isEnvironmentGiven: options.isEnvGiven, touchesAll: options.api === undefined },
    isReading: options.isReading === true,
  };
  const place = await context.progress.ifSlow(`Logging in at ${context.host.name}`, () =>
    openWorkplace(context, choice),
  );
  try {
    await work(place);
  } finally {
    await place.close();
  }
}
