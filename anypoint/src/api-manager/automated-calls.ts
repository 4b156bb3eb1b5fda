/** How are automated policies changed? The official CLI has no command for them: by API Manager's own API. */
import { automatedPath, readAutomatedPolicy } from "./read-inventory.ts";
import type { AutomatedPolicy, Environment, PolicySettings, RuleOfApplication } from "./model.ts";
import { nameVersion } from "./usage.ts";
import type { Workplace } from "./workplace.ts";

export interface AutomatedWish extends Omit<PolicySettings, "order" | "disabled"> {
  readonly environment: Environment;
  readonly rule: RuleOfApplication;
  readonly order?: number | undefined;
  readonly disabled?: boolean;
}

export async function createAutomated(
  place: Workplace,
  { environment, rule, order, disabled = false, ...wish }: AutomatedWish,
): Promise<AutomatedPolicy> {
  const body = {
    ruleOfApplication: rule,
    groupId: place.project.groupId,
    assetId: wish.assetId,
    assetVersion: wish.version,
    configurationData: wish.configuration,
    ...(order !== undefined && order >= 1 && { order }),
    ...(disabled && { disabled }),
  };
  const what = `Applying ${nameVersion(wish)} to all APIs of ${environment.name}`;
  const made = await place.client.send("POST", automatedPath(place), what, body);
  return readAutomatedPolicy(made, environment);
}

export async function removeAutomated(
  place: Workplace,
  { id, environment, ...policy }: AutomatedPolicy,
): Promise<void> {
  const what = `Removing the automated policy ${nameVersion(policy)} from ${environment.name}`;
  await place.client.send("DELETE", `${automatedPath(place)}/${id}`, what);
}
