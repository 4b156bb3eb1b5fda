/** In which organization and environments is worked, and with what? Opened once a command, from what the command line says. */
import type { Context } from "../context.ts";
import { findOfficialCli, type OfficialCli } from "../official-cli.ts";
import { Problem, usageProblem } from "../problem.ts";
import type { Progress } from "../progress.ts";
import { readProject, type Project } from "../project.ts";
import { openSession, type Session } from "../session.ts";
import { TimeLimit } from "../time-limit.ts";
import { createClient, type Client, type JsonObject } from "./client.ts";
import type { Environment } from "./model.ts";

export interface Organization {
  readonly id: string;
  readonly name: string;
}

export interface Workplace {
  readonly context: Context;
  readonly project: Project;
  readonly progress: Progress;
  readonly limit: TimeLimit;
  readonly cli: OfficialCli;
  readonly session: Session;
  readonly client: Client;
  readonly organization: Organization;
  /** All of the organization, or the one that was chosen. */
  readonly environments: readonly Environment[];
  close(): Promise<void>;
}

export interface WorkplaceChoice {
  /** Name or id; default: ANYPOINT_ORG, else the business group of Cargo.toml. */
  readonly organization: string | undefined;
  /** Name or id; default: ANYPOINT_ENV, else all. */
  readonly environment: string | undefined;
  /** False: it was in the environment, perhaps for something else. */
  readonly isEnvironmentGiven: boolean;
  /** Whether leaving the environment out would mean more APIs. */
  readonly touchesAll: boolean;
  readonly isReading: boolean;
  readonly limit: TimeLimit;
}

export async function openWorkplace(context: Context, choice: WorkplaceChoice): Promise<Workplace> {
  const { progress, env } = context;
  const { limit } = choice;
  const project = readProject(context.root);
  const cli = await findOfficialCli(context, limit);
  const session = await openSession(context, { cli, limit, groupId: project.groupId });
  const client = createClient(session, project.groupId);
  try {
    const wanted = choice.organization || env.ANYPOINT_ORG || project.groupId;
    const organization = await findOrganization(client, wanted);
    const environments = await findEnvironments(client, organization, { ...choice, env, progress });
    const close = (): Promise<void> => session.close();
    return {
      context,
      project,
      progress,
      limit,
      cli,
      session,
      client,
      organization,
      environments,
      close,
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

const RESCUE_SECONDS = 60;

/** For putting things back: the command's own time may be over, and with it the session. */
export async function withMoreTime<T>(
  place: Workplace,
  work: (place: Workplace) => Promise<T>,
): Promise<T> {
  const limit = new TimeLimit(RESCUE_SECONDS);
  const { context, cli, project } = place;
  const session = await openSession(context, { cli, limit, groupId: project.groupId });
  try {
    return await work({ ...place, limit, session, client: createClient(session, project.groupId) });
  } finally {
    await session.close();
  }
}

async function findOrganization(client: Client, wanted: string): Promise<Organization> {
  const what = "Reading who you are";
  const me = await client.get("/accounts/api/users/me", what);
  const organizations = client.list(me.memberOfOrganizations, what).map(({ id, name }) => ({
    ...{ id: String(id), name: String(name) },
  }));
  const found = organizations.find(({ id, name }) => id === wanted || name === wanted);
  if (found) return found;
  const allowed = organizations.map(({ id, name }) => `${name} (${id})`).join(", ") || "none";
  const line = `business group "${wanted}": you are no member of it (403); allowed: ${allowed}`;
  throw new Problem("forbidden", `${line}; check group_id in Cargo.toml, or ORG`);
}

async function findEnvironments(
  client: Client,
  { id, name }: Organization,
  { environment, isEnvironmentGiven, touchesAll, isReading, env, progress }: EnvironmentChoice,
): Promise<Environment[]> {
  const path = `/accounts/api/organizations/${id}/environments`;
  const what = `Reading the environments of ${name}`;
  const all = client.list((await client.get(path, what)).data, what).map(readEnvironment);
  const wanted = environment ?? env.ANYPOINT_ENV;
  if (!wanted && touchesAll && !isReading) refuseMeant(all, env);
  if (!wanted) return all;
  const found = all.filter((each) => each.name === wanted || each.id === wanted);
  if (found.length > 0) return found;
  const variable = environment === undefined ? "ANYPOINT_ENV" : "ENV";
  const isChance = variable === "ENV" && !isEnvironmentGiven;
  if (isChance && !touchesAll) {
    progress.note(
      `Note: ENV=${wanted} is in the environment, no environment of ${name}, and ignored.`,
    );
    return all;
  }
  const allowed = all.map((each) => each.name).join(", ");
  const from = isChance ? " (in the environment: unset it, or give ENV on the command line)" : "";
  throw usageProblem(
    `${variable}: "${wanted}" is no environment of ${name}${from}; allowed: ${allowed}`,
  );
}

/** ENVIRONMENT is usual, and means other things; where it names one of these, somebody takes it for ENV, and all would be more. */
function refuseMeant(all: readonly Environment[], { ENVIRONMENT }: NodeJS.ProcessEnv): void {
  if (!all.some(({ id, name }) => id === ENVIRONMENT || name === ENVIRONMENT)) return;
  throw usageProblem(
    `ENVIRONMENT: ${ENVIRONMENT} is in the environment, and does not count: ENV="${ENVIRONMENT}" on the command line does, if that is ` +
      "meant; else unset it. Nothing was done.",
  );
}

type EnvironmentChoice = WorkplaceChoice & Pick<Context, "env" | "progress">;

const readEnvironment = ({ id, name, isProduction }: JsonObject): Environment => ({
  ...{ id: String(id), name: String(name), isProduction: isProduction === true },
});
