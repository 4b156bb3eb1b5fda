/**
 * Which variables does a command take, and from where? Make hands over what stands on its command line and what was in the
 * environment alike; MAKE_GIVEN (anypoint/variables.mk) tells them apart. What chooses or widens counts on the command line only: a name
 * like ENV or VERSION in the environment may be somebody else's.
 */
import type { Context } from "../context.ts";
import { usageProblem, type Problem } from "../problem.ts";

const COMMON = ["ENV", "ORG", "TIMEOUT"] as const;
export const taken = {
  setup: ["GROUP_ID"],
  publish: ["DRY_RUN", "TIMEOUT"],
  release: ["DRY_RUN", "TIMEOUT"],
  apply: ["API", "CONFIG", "VERSION", "ROLLOUT", "DRY_RUN", "JSON", ...COMMON],
  automate: ["CONFIG", "VERSION", "ROLLOUT", "DRY_RUN", "JSON", ...COMMON],
  diff: ["API", "CONFIG", "VERSION", "ROLLOUT", "JSON", ...COMMON],
  status: ["JSON", ...COMMON],
  upgrade: ["API", "CONFIG", "VERSION", "DRY_RUN", ...COMMON],
  remove: ["API", "ALL", "DRY_RUN", ...COMMON],
} as const satisfies Record<string, readonly string[]>;

export type CommandName = keyof typeof taken;
export type Variable = (typeof taken)[CommandName][number];

/** From the environment they can only narrow what is done, or do less of it. */
const ANYWHERE: readonly Variable[] = ["API", "ENV", "DRY_RUN", "JSON", "TIMEOUT", "GROUP_ID"];
const READING: readonly CommandName[] = ["setup", "status", "diff"];
const ON = ["1", "true", "yes", "on"];
const OFF = ["0", "false", "no", "off"];

type Environment = Pick<Context, "env">;

const givenNames = ({ env }: Environment): string[] => (env.MAKE_GIVEN ?? "").split(" ");

export const isGiven = (context: Environment, name: Variable): boolean =>
  givenNames(context).includes(name);

/** Undefined where it is not set, or does not count. */
export function variable(context: Environment, name: Variable): string | undefined {
  const counts = isGiven(context, name) || ANYWHERE.includes(name);
  return (counts && context.env[name]) || undefined;
}

/** `make publish DRY_RUN=1`: any other word than these could mean either. */
export function isOn(context: Environment, name: "ALL" | "DRY_RUN" | "JSON"): boolean {
  const text = variable(context, name)?.toLowerCase();
  if (text === undefined || OFF.includes(text)) return false;
  if (ON.includes(text)) return true;
  throw usageProblem(`${name}: "${context.env[name]}" is not allowed; allowed: 1, 0`);
}

/** Before anything else is done. */
export function checkVariables(command: string, context: Context): void {
  if (!isCommand(command)) return;
  const names: readonly Variable[] = taken[command];
  for (const name of allVariables()) {
    if (isGiven(context, name)) checkGiven(command, name, context);
  }
  if (READING.includes(command)) return;
  for (const name of names) {
    if (isGiven(context, name)) continue;
    if (["API", "ENV"].includes(name) && context.env[name] === "") throw empty(name);
    refuseNearMiss(command, name, context);
    noteIgnored(command, name, context);
  }
}

const isCommand = (name: string): name is CommandName => Object.hasOwn(taken, name);

export const allVariables = (): Variable[] => [...new Set(Object.values(taken).flat())];

function checkGiven(command: CommandName, name: Variable, { env }: Context): void {
  const names: readonly Variable[] = taken[command];
  if (!names.includes(name)) {
    const others = (Object.keys(taken) as CommandName[]).filter((each) => {
      return (taken[each] as readonly Variable[]).includes(name);
    });
    throw usageProblem(
      `${name}: \`make ${command}\` does not take it (${others.join(", ")} ${others.length === 1 ? "does" : "do"}); ` +
        `it takes ${names.join(", ")}. Nothing was done.`,
    );
  }
  if (env[name]?.trim() === "") throw empty(name);
}

const empty = (name: Variable): Problem =>
  usageProblem(
    `${name}: is empty, which could mean all or nothing: give it a value, or leave it out. Nothing was done.`,
  );

/** Without marks, in capitals. Not everything that is similar: API_KEY and ENVIRONMENT are usual, and mean other things. */
const nearMisses: Readonly<Record<Variable, readonly string[]>> = {
  API: ["APIID", "APIINSTANCE", "APIINSTANCEID", "APIIDS", "APIS"],
  ALL: ["REMOVEALL"],
  CONFIG: ["CONFIGS", "POLICYCONFIG"],
  VERSION: ["VERSIONS", "POLICYVERSION"],
  DRY_RUN: ["DRYRUNS", "DRY"],
  ENV: ["ENVS", "ANYPOINTENVIRONMENT"],
  ORG: ["ORGS", "ORGID"],
  TIMEOUT: ["TIMEOUTS", "TIMEOUTSECONDS"],
  JSON: [],
  ROLLOUT: ["ROLLOUTS", "ROLLOUTSTEP"],
  GROUP_ID: ["GROUPID"],
};

const plain = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, "");

function refuseNearMiss(command: CommandName, name: Variable, context: Context): void {
  const { env } = context;
  const own = [plain(name), ...nearMisses[name]];
  const found = Object.keys(env).find((each) => {
    return each !== name && own.includes(plain(each));
  });
  if (found === undefined || variable(context, name) !== undefined) return;
  const meant = `${name}=${env[found] || "<value>"}`;
  throw usageProblem(
    `${found}: is set in the environment, and no variable of \`make ${command}\`: ${meant} on the command line is, ` +
      `if that is meant; else unset it. Nothing was done.`,
  );
}

function noteIgnored(command: CommandName, name: Variable, { env, progress }: Context): void {
  if (ANYWHERE.includes(name) || !env[name]) return;
  progress.note(
    `Note: ${name}=${env[name]} is in the environment and ignored: on the command line it counts (\`make ${command} ${name}=…\`).`,
  );
}
