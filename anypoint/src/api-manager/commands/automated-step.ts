/** `automate ROLLOUT=`, where the environment has the policy already: how does it come to another step? */
import { coveredApis } from "../coverage.ts";
import { differenceLines, differences } from "../differences.ts";
import type { ApiInstance, AutomatedPolicy, Configuration } from "../model.ts";
import { atStep, signsOf, stepOf, type Step } from "../rollout.ts";
import { unbroken } from "../unbroken.ts";
import { exclusions, upgradeAutomated } from "../upgrade-automated.ts";
import type { Workplace } from "../workplace.ts";
import { announce, DISABLED, listApis } from "./announce.ts";
import { requireFitting } from "./configuration.ts";
import type { Options } from "./options.ts";
import { requireSameVersion } from "./version.ts";

type Wish = Options & { readonly given: Configuration | undefined; readonly rollout: Step };

/** Three parameters, and whatever CONFIG says; version, rule and order stay. */
export async function changeAutomatedStep(
  place: Workplace,
  own: AutomatedPolicy,
  apis: readonly ApiInstance[],
  { given, ...options }: Wish,
): Promise<void> {
  const where = nameOf(own);
  const upgrade = `make upgrade ENV="${own.environment.name}"`;
  requireSameVersion(own, options, { where, upgrade });
  const configuration = atStep(given ?? own.configuration, options.rollout);
  requireFitting(place.context.root, configuration, where);
  const covered = coveredApis(own, apis);
  const parameters = differences(own.configuration, configuration);
  const isChanged = parameters.length > 0;
  const lines = isChanged
    ? [`${where}, which covers ${listApis(covered)}:`, ...differenceLines(parameters)]
    : [`nothing of ${where}, which is at step ${options.rollout} already`];
  const { assetId, version, disabled, environment } = own;
  const outcome = {
    ...{ environment: environment.name, assetId, version, isNew: false, disabled },
    ...{ apis: covered.map(({ id, name }) => ({ id, name })), rollout: stepOf(configuration) },
  };
  const facts = { ...outcome, parameters };
  if (!announce(place, options, { verb: "change", lines, isMany: true, facts })) return;
  if (isChanged) await change(place, own, configuration, options.rollout);
  if (options.json) {
    return place.progress.say(JSON.stringify({ ...outcome, isChanged }, null, 2));
  }
  tell(place, own, options.rollout, isChanged);
}

const nameOf = ({ environment }: AutomatedPolicy): string =>
  `the automated policy of ${environment.name}`;

async function change(
  place: Workplace,
  own: AutomatedPolicy,
  configuration: Configuration,
  step: Step,
): Promise<void> {
  const { progress } = place;
  const { assetId, version } = own;
  await unbroken(progress, "This change", () =>
    progress.step(`Changing ${nameOf(own)} to step ${step}`, () =>
      upgradeAutomated(place, own, { assetId, version }, configuration),
    ),
  );
  const note = exclusions(own);
  if (note !== undefined) progress.note(note);
}

function tell({ progress }: Workplace, own: AutomatedPolicy, step: Step, isChanged: boolean): void {
  progress.say(
    isChanged
      ? `Changed: ${nameOf(own)} is at step ${step} now.`
      : `Unchanged: ${nameOf(own)} is at step ${step} already.`,
  );
  if (own.disabled) progress.say(`  ${DISABLED}`);
  for (const sign of signsOf(step)) progress.say(`  ${sign}`);
}
