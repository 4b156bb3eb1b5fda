/** How does an automated policy come to another version? As MuleSoft's guide has it: removed, and applied again with the same rule. */
import { createAutomated, removeAutomated } from "./automated-calls.ts";
import type { AutomatedPolicy, Configuration, PolicyVersion } from "./model.ts";
import { readAutomated } from "./read-inventory.ts";
import { replacePolicy } from "./replacement.ts";
import type { Workplace } from "./workplace.ts";

export async function upgradeAutomated(
  place: Workplace,
  policy: AutomatedPolicy,
  target: PolicyVersion,
  configuration: Configuration,
): Promise<void> {
  const { environment } = policy;
  await replacePolicy(place, {
    where: `the automated policy of ${environment.name}`,
    old: policy,
    next: { ...policy, ...target, configuration },
    read: async (now) =>
      (await readAutomated(now)).filter((each) => each.environment.id === environment.id),
    remove: removeAutomated,
    apply: async (now, wanted) => void (await createAutomated(now, wanted)),
  });
}

/** No public call of API Manager excludes an API. */
export function exclusions({ excluded }: AutomatedPolicy): string | undefined {
  if (excluded.length === 0) return undefined;
  return `Note: it excluded the APIs ${excluded.join(", ")}; exclude them again in API Manager.`;
}
