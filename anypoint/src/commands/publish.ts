/** `publish` and `release`: how does the policy come to Exchange? */
import type { Command } from "commander";
import type { Context } from "../context.ts";
import { findOfficialCli } from "../official-cli.ts";
import {
  developmentNames,
  developmentVersion,
  readProject,
  releaseNames,
  type Project,
} from "../project.ts";
import { describePlan } from "../publish/dry-run.ts";
import { planUploads, showAsset, type Plan } from "../publish/plan.ts";
import { publishDevelopment, publishRelease, type Publication } from "../publish/publish.ts";
import { parseTimeLimit, TimeLimit } from "../time-limit.ts";
import { bringCargoVersion } from "./setup.ts";
import { isOn, variable } from "./variables.ts";

interface Options {
  readonly dryRun?: boolean;
  readonly timeout?: string;
}

type Publish = (plan: Plan, publication: Publication) => Promise<Plan>;

export function registerPublish(program: Command, context: Context): void {
  const add = (
    name: string,
    description: string,
    plan: (project: Project) => Plan,
    publish: Publish,
  ): void => {
    program
      .command(name)
      .description(description)
      .option("--dry-run", "only show what would be sent (DRY_RUN=1)")
      .option("--timeout <seconds>", "end after this time, 180 by default (TIMEOUT)")
      .action((options: Options) => run(context, { name, options, plan, publish }));
  };
  add("publish", "publish a development version to Exchange", developmentPlan, publishDevelopment);
  add(
    "release",
    "publish the version of package.json to Exchange, for good",
    releasePlan,
    publishRelease,
  );
}

const developmentPlan = (project: Project): Plan =>
  planUploads(project, {
    names: developmentNames(project),
    version: developmentVersion(project.version),
    status: "development",
  });

const releasePlan = (project: Project): Plan =>
  planUploads(project, {
    names: releaseNames(project),
    version: project.version,
    status: "published",
  });

interface Run {
  readonly name: string;
  readonly options: Options;
  readonly plan: (project: Project) => Plan;
  readonly publish: Publish;
}

async function run(context: Context, { name, options, plan, publish }: Run): Promise<void> {
  const { root, progress, host } = context;
  const limit = new TimeLimit(parseTimeLimit(options.timeout ?? variable(context, "TIMEOUT")));
  host.check();
  const project = readProject(root);
  const planned = plan(project);
  if (options.dryRun ?? isOn(context, "DRY_RUN")) {
    return progress.say(describePlan(planned, host.name).join("\n"));
  }
  bringCargoVersion(context, project.version);
  const cli = await findOfficialCli(context, limit);
  progress.say(`Publishing to ${host.name} with anypoint-cli-v4 ${cli.version} (${cli.origin})`);
  const done = await publish(planned, { context, cli, limit, command: `make ${name}` });
  progress.say(`Published: definition     ${showAsset(done.definition)}`);
  progress.say(`           implementation ${showAsset(done.implementation)}`);
  progress.say(
    "Next: API Manager > (your API) > Policies > Add policy, or Automated Policies; see docs/publish.md",
  );
}
