/**
 * How are definition and implementation published as one? The definition first, as the other depends on it. If the second step
 * fails, the user is told what is on Exchange by now and how to go on, and the next run goes on there.
 */
import { Problem } from "../problem.ts";
import { rememberPublished } from "../published-versions.ts";
import { showAsset, withVersion, type AssetUpload, type Plan } from "./plan.ts";
import { forgetUnfinished, rememberUnfinished, unfinishedVersion } from "./unfinished.ts";
import { areOnExchange, uploadAsset, UploadProblem, type Platform } from "./upload.ts";

export interface Publication extends Platform {
  /** What the user typed: "make publish". */
  readonly command: string;
}

/** Each run has a version of its own, unless the last one stopped half-way. */
export async function publishDevelopment(plan: Plan, publication: Publication): Promise<Plan> {
  const last = await unfinishedPlan(plan, publication);
  const current = last ?? plan;
  await publishPair(current, publication, {
    hasDefinition: last !== undefined,
    afterDefinition: () => rememberUnfinished(current, publication.context.host.name),
  });
  forgetUnfinished(plan);
  return current;
}

/** What the last run left, if that is still so: users may have taken it back, or it was whole after all. */
async function unfinishedPlan(plan: Plan, publication: Publication): Promise<Plan | undefined> {
  const version = unfinishedVersion(plan, publication.context.host.name);
  if (version === undefined) return undefined;
  const { progress } = publication.context;
  const last = withVersion(plan, version);
  const there = await lookFor(publication, last);
  if (!there.hasDefinition || there.hasImplementation) return undefined;
  progress.say(
    `The definition ${showAsset(last.definition)} is there from the last run: only the implementation is sent.`,
  );
  return last;
}

interface There {
  readonly hasDefinition: boolean;
  readonly hasImplementation: boolean;
}

const lookFor = (publication: Publication, { definition, implementation }: Plan): Promise<There> =>
  publication.context.progress.step(`Looking whether ${definition.version} exists`, async () => {
    try {
      const [first, second] = await areOnExchange(publication, [definition, implementation]);
      return { hasDefinition: first!, hasImplementation: second! };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const { kind, message, origin } = error;
      const details = ["Nothing was sent: run the same command again when that is mended."];
      throw new Problem(kind, message, { details, origin });
    }
  });

/** Refused where the version exists, by half too; a definition without its implementation is completed. */
export async function publishRelease(plan: Plan, publication: Publication): Promise<Plan> {
  const { progress } = publication.context;
  const { definition } = plan;
  const { hasDefinition, hasImplementation } = await lookFor(publication, plan);
  if (hasImplementation) throw hasDefinition ? alreadyReleased(definition) : headless(plan);
  if (hasDefinition) {
    progress.say(
      `The definition ${showAsset(definition)} is there, its implementation is not: only that is sent.`,
    );
  }
  await publishPair(plan, publication, { hasDefinition });
  return plan;
}

/** The definition would be there for good, beside an implementation that was made for another one. */
const headless = ({ definition, implementation }: Plan): Problem =>
  new Problem(
    "exists",
    `${implementation.assetId} ${implementation.version} is on Exchange without its definition ${definition.assetId}, so that this version ` +
      'can\'t be released whole: raise "version" in package.json (nothing was sent)',
  );

const alreadyReleased = ({ assetId, version }: AssetUpload): Problem =>
  new Problem(
    "exists",
    `${assetId} ${version} is already released, and a release is final: raise "version" in package.json (nothing was sent)`,
  );

async function publishPair(
  plan: Plan,
  publication: Publication,
  { hasDefinition, afterDefinition }: { hasDefinition: boolean; afterDefinition?: () => void },
): Promise<void> {
  const { progress } = publication.context;
  const send = (asset: AssetUpload): Promise<void> =>
    progress.step(`Publishing the ${asset.role} ${asset.assetId} ${asset.version}`, () =>
      uploadAsset(publication, asset),
    );
  if (!hasDefinition) {
    await send(plan.definition).catch((error: unknown) => {
      throw explainFirst(error, plan);
    });
    afterDefinition?.();
  }
  await send(plan.implementation).catch((error: unknown) => {
    throw explainSecond(error, plan, publication.command);
  });
  rememberPublished(plan.root, { host: publication.context.host.name, ...plan.definition });
}

const lookUp = (asset: AssetUpload): string =>
  `anypoint-cli-v4 exchange asset describe ${showAsset(asset)}`;

function explainFirst(error: unknown, { definition }: Plan): unknown {
  // The line says that the version is taken: by what is there, or by what was deleted.
  if (!(error instanceof UploadProblem) || error.kind === "exists") return error;
  const now = error.isOpen
    ? [
        `On Exchange now: not known whether the definition ${showAsset(definition)} arrived; the implementation was not sent.`,
        `To find out:     ${lookUp(definition)}`,
      ]
    : ["On Exchange now: nothing of this version. Nothing is to be taken back."];
  return new Problem(error.kind, error.message, { details: now });
}

/** Exit status partlyDone: whoever calls us from a script can tell it from "nothing was done". */
function explainSecond(error: unknown, plan: Plan, command: string): unknown {
  if (!(error instanceof UploadProblem)) return error;
  const { definition, implementation } = plan;
  const isTaken = error.kind === "exists";
  const goOn = isTaken
    ? 'raise "version" in package.json: this number can\'t be had again.'
    : `when that is mended, run \`${command}\` again: it sends only what is missing.`;
  const details = [
    `On Exchange now: the definition ${showAsset(definition)}; ${stateOfSecond(error, implementation)}.`,
    `To go on:        ${goOn}`,
    `To take it back: anypoint-cli-v4 exchange asset delete ${showAsset(definition)}`,
  ];
  return new Problem("partlyDone", error.message, { details });
}

/** A number that is taken: by one that is there, or by one that was deleted. */
function stateOfSecond({ isOpen, kind }: UploadProblem, implementation: AssetUpload): string {
  const name = `the implementation ${showAsset(implementation)}`;
  if (kind === "exists") return `not this one's implementation, as another has or had its number`;
  return isOpen ? `not known whether ${name} arrived (${lookUp(implementation)})` : `not ${name}`;
}
