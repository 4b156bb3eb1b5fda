/**
 * How is an applied policy replaced by a new one, so that a failure leaves things as they were? The old one is removed and the new
 * one applied; if any of that fails, what is there now is read, and the old one put back.
 */
import { Problem } from "../problem.ts";
import { keepSettings, type KeptSettings } from "./kept-settings.ts";
import type { AppliedPolicy, AutomatedPolicy, PolicyVersion } from "./model.ts";
import { nameVersion } from "./usage.ts";
import { withMoreTime, type Workplace } from "./workplace.ts";

export interface Replacement<Policy extends AppliedPolicy | AutomatedPolicy> {
  /** "API 1", "the automated policy of Sandbox": what it is about, for people. */
  readonly where: string;
  readonly old: Policy;
  /** The old one with another version, and perhaps another configuration. */
  readonly next: Policy;
  /** Ours, at that place. */
  readonly read: (place: Workplace) => Promise<Policy[]>;
  readonly remove: (place: Workplace, policy: Policy) => Promise<void>;
  /** With all settings, its order and whether it is disabled. */
  readonly apply: (place: Workplace, policy: Policy) => Promise<void>;
}

type AnyPolicy = AppliedPolicy | AutomatedPolicy;

export async function replacePolicy<P extends AnyPolicy>(
  place: Workplace,
  replacement: Replacement<P>,
): Promise<void> {
  const { old, next } = replacement;
  const kept = keepSettings(place.project.root, old);
  try {
    await replacement.remove(place, old);
    await replacement.apply(place, next);
  } catch (error) {
    throw await putBack(place, replacement, kept, error);
  }
  kept.forget();
}

async function putBack<P extends AnyPolicy>(
  place: Workplace,
  replacement: Replacement<P>,
  kept: KeptSettings,
  failure: unknown,
): Promise<Problem> {
  const { old, where } = replacement;
  const why = failure instanceof Error ? failure.message : String(failure);
  const kind = failure instanceof Problem ? failure.kind : "unexpected";
  try {
    const did = await withMoreTime(place, (rescue) => restore(rescue, replacement));
    kept.forget();
    return new Problem(kind, `${why}. ${did}`);
  } catch (second) {
    const reason = second instanceof Error ? second.message : String(second);
    return new Problem(
      "partlyDone",
      `${why}. Putting ${nameVersion(old)} back failed too: ${reason}`,
      {
        details: [
          await describeNow(place, replacement),
          `Its settings are in ${kept.file}. To go on, when the reason is mended: \`make status\` shows what is there; if the policy`,
          `is missing at ${where}: \`${kept.command}\`; then \`make upgrade\` again.`,
        ],
      },
    );
  }
}

/** The failed call may have done its work all the same: what counts is what is there. */
async function restore<P extends AnyPolicy>(
  place: Workplace,
  { old, where, read, remove, apply }: Replacement<P>,
): Promise<string> {
  const now = await read(place);
  if (now.some(({ id }) => id === old.id)) {
    return `Nothing was changed: ${where} has ${nameVersion(old)}, as before`;
  }
  for (const policy of now) await remove(place, policy);
  await apply(place, old);
  return `Put back as it was: ${where} has ${nameVersion(old)}`;
}

async function describeNow<P extends AnyPolicy>(
  place: Workplace,
  { where, read }: Replacement<P>,
): Promise<string> {
  try {
    const now = await withMoreTime(place, read);
    return now.length === 0
      ? `State now: ${where} is WITHOUT the policy: requests are not inspected there.`
      : `State now: ${where} has ${now.map(describePolicy).join(" and ")}.`;
  } catch {
    return `State now: unknown, the platform could not be asked; ${where} may be WITHOUT the policy.`;
  }
}

const describePolicy = (policy: PolicyVersion & { id: string; disabled: boolean }): string =>
  `${nameVersion(policy)} (policy ${policy.id}${policy.disabled ? ", disabled" : ""})`;
