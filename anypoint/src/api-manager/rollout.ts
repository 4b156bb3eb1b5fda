/**
 * How does the policy come to an API without a surprise? In three steps, each of which shows what the next one would do: `observe`
 * holds nothing, `pass` blocks attacks and nothing else, `block` lets nothing through that no node has judged.
 */
import type { Configuration } from "./model.ts";

export const steps = ["observe", "pass", "block"] as const;
export type Step = (typeof steps)[number];

interface StepFacts {
  readonly settings: Readonly<
    Record<"wallarm_mode" | "fallback_action" | "unjudged_action", string>
  >;
  /** How to see that it went well, in metrics and log lines of the gateway. */
  readonly signs: readonly string[];
}

const METRICS = "metrics, on Envoy's /stats: wallarm.api.<api>.";

const facts: Readonly<Record<Step, StepFacts>> = {
  observe: {
    // The two actions are for sync mode; they stand ready for the next step.
    settings: { wallarm_mode: "async", fallback_action: "pass", unjudged_action: "pass" },
    signs: [
      `${METRICS}outbox_sent grows with the traffic, outbox_dropped does not`,
      "log: `asks <node> through cluster <name>` once a worker; no line `messages for the node dropped:` or `no verdict from the node:`",
      "next, when the node's own page shows the traffic and no attack in it that is none: ROLLOUT=pass",
    ],
  },
  pass: {
    settings: { wallarm_mode: "sync", fallback_action: "pass", unjudged_action: "pass" },
    signs: [
      `${METRICS}requests_inspected grows; fallback_passed and unjudged_passed are what the next step would block`,
      "log: `blocked by the node` for attacks; `let through by fallback_action:` and `let through by unjudged_action:` with their reasons",
      "next, when these two stay at 0 for a day: ROLLOUT=block",
    ],
  },
  block: {
    settings: { wallarm_mode: "sync", fallback_action: "block", unjudged_action: "block" },
    signs: [
      `${METRICS}requests_blocked are attacks; fallback_blocked and unjudged_blocked stay at 0`,
      "log: `blocked by fallback_action:` and `blocked by unjudged_action:` say which requests nobody judged, and why",
      "back, if clients get what is meant for attackers: ROLLOUT=pass",
    ],
  },
};

export const signsOf = (step: Step): readonly string[] => facts[step].signs;

/** The configuration at that step; all other parameters stay. */
export const atStep = (configuration: Configuration, step: Step): Configuration => ({
  ...configuration,
  ...facts[step].settings,
});

/** Where a configuration is, or the settings in which it differs from every step. What is left out has its default. */
export function stepOf(configuration: Configuration): string {
  const { wallarm_mode = "sync" } = configuration;
  const { fallback_action = "pass", unjudged_action = "block" } = configuration;
  if (wallarm_mode === "async") return "observe";
  if (fallback_action === unjudged_action && fallback_action === "pass") return "pass";
  if (fallback_action === unjudged_action && fallback_action === "block") return "block";
  return `sync, fallback ${String(fallback_action)}, unjudged ${String(unjudged_action)}`;
}
