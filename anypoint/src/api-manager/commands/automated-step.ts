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
  { given, rollout, ...options }: Wish,
): Promise<void> {
  const { progress } = place;
  const { environment, assetId, version, disabled } = own;
  const where = `the automated policy of ${environment.name}`;
  requireSameVersion(own, options, { where, upgrade: `make upgrade ENV="${environment.name}"` });
  const configuration = atStep(given ?? own.configuration, rollout);
  requireFitting(place.context.root, configuration, where);
  const covered = coveredApis(own, apis);
  const parameters = differences(own.configuration, configuration);
  const found = differenceLines(parameters);
  const lines =
    found.length === 0
      ? [`nothing of ${where}, which is at step ${rollout} already`]
      : [`${where}, which covers ${listApis(covered)}:`, ...found];
  const about = {
    ...{ environment: environment.name, assetId, version, isNew: false, disabled },
    apis: covered.map(({ id, name }) => ({ id, name })),
    rollout: stepOf(configuration),
  };
  const facts = { ...about, parameters };
  if (!announce(place, options, { verb: "change", lines, isMany: true, facts })) return;
  if (found.length > 0) {
    const text = `Changing ${where} to step ${rollout}`;
    await unbroken(progress, "This change", () =>
      progress.step(text, () => upgradeAutomated(place, own, { assetId, version }, configuration)),
    );
    const note = exclusions(own);
    if (note !== undefined) progress.note(note);
  }
  if (options.json) {
    const outcome = { ...about, isChanged: found.length > 0 };
    return progress.say(JSON.stringify(outcome, null, 2));
  }
  progress.say(
    found.length > 0
      ? `Changed: ${where} is at step ${rollout} now.`
      : `Unchanged: ${where} is at step ${rollout} already.`,
  );
  if (disabled) progress.say(`  ${DISABLED}`);
  for (const sign of signsOf(rollout)) progress.say(`  ${sign}`);
}
