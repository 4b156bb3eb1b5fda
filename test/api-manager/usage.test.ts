/** What does `make status` make of what it read: who is behind, who is covered, who gets the policy twice? */
import { describe, expect, it } from "vitest";
import { whyNotCovered } from "../../anypoint/src/api-manager/coverage.ts";
import { statusTable } from "../../anypoint/src/api-manager/status-table.ts";
import { usageOf } from "../../anypoint/src/api-manager/usage.ts";
import { chooseVersion, newestFirst } from "../../anypoint/src/api-manager/versions.ts";
import {
  api,
  applied,
  automated,
  inventory,
  production,
  publications,
} from "./support/inventory.ts";

describe("versions", () => {
  it("sorts by number, with labels before the version itself", () => {
    const versions = ["1.2.0", "1.10.0", "1.10.0-20261122190000", "1.10.0-20261122190001", "0.9.9"];
    expect(newestFirst(versions)).toEqual([
      "1.10.0",
      "1.10.0-20261122190001",
      "1.10.0-20261122190000",
      "1.2.0",
      "0.9.9",
    ]);
  });

  it("chooses the newest release, a development version only where nothing is released", () => {
    const both = publications(["0.2.0", "0.1.0"], ["0.3.0-20261122190000"]);
    expect(chooseVersion(both, undefined)).toMatchObject({ version: "0.2.0" });
    const unreleased = publications([], ["0.3.0-20261122190000"]);
    expect(chooseVersion(unreleased, undefined)).toEqual({
      assetId: "wallarm-custom-policy-dev",
      version: "0.3.0-20261122190000",
    });
    expect(chooseVersion(both, "0.1.0")).toMatchObject({ version: "0.1.0" });
    expect(chooseVersion(both, "0.9.0")).toBeUndefined();
  });
});

describe("coverage of an automated policy", () => {
  const covered = (rule: object, of = api(1)) =>
    whyNotCovered(automated(9, "0.1.0", { rule: { environmentId: "sandbox", ...rule } }), of);

  it("goes by environment, technology, version range and exclusion", () => {
    expect(covered({})).toBeUndefined();
    expect(covered({}, api(1, { environment: production }))).toBe("another environment");
    expect(covered({ technologies: ["flexGateway"] })).toBeUndefined();
    expect(covered({ technologies: ["mule4"] })).toBe("technology flexGateway");
    expect(covered({ range: { from: "1.13.0" } })).toBe("gateway version 1.12.0");
    const excluding = automated(9, "0.1.0", { excluded: ["1"] });
    expect(whyNotCovered(excluding, api(1))).toBe("excluded");
    expect(whyNotCovered(excluding, api(2))).toBeUndefined();
  });

  it("takes both ends of a range, and an x for any number", () => {
    expect(covered({ range: { from: "1.12.0", to: "1.12.0" } })).toBeUndefined();
    expect(covered({ range: { from: "1.9.0", to: "1.12.x" } })).toBeUndefined();
    expect(covered({ range: { to: "1.11.x" } })).toBe("gateway version 1.12.0");
  });

  it("rather counts an API of which the platform tells little", () => {
    const unknown = api(1, { technology: undefined, gatewayVersion: undefined });
    expect(
      covered({ technologies: ["flexGateway"], range: { from: "2.0.0" } }, unknown),
    ).toBeUndefined();
  });
});

describe("who is behind", () => {
  it("compares with the newest of the same channel", () => {
    const { uses } = usageOf(
      inventory({
        publications: publications(["0.2.0", "0.1.0"], ["0.3.0-2", "0.3.0-1"]),
        applied: [
          applied(1, "0.1.0"),
          applied(2, "0.2.0"),
          applied(3, "0.3.0-1", { assetId: "wallarm-custom-policy-dev" }),
          applied(4, "0.4.0"),
        ],
        automated: [automated(9, "0.1.0")],
      }),
    );
    expect(uses.map(({ policyId, state, newest }) => [policyId, state, newest])).toEqual([
      ["1", "behind", "0.2.0"],
      ["2", "current", "0.2.0"],
      ["3", "behind", "0.3.0-2"],
      ["4", "unknown version", "0.2.0"],
      ["9", "behind", "0.2.0"],
    ]);
  });
});

describe("where no search says what is newest", () => {
  it("is nobody current, and a version that was not found is not on Exchange all the same", () => {
    const known = publications(["0.2.0", "0.1.0"], []).map((each) => ({
      ...each,
      isSearched: false,
    }));
    const given = inventory({
      publications: known,
      applied: [applied(1, "0.1.0"), applied(2, "0.2.0"), applied(3, "0.4.0")],
    });
    const states = usageOf(given).uses.map(({ state }) => state);
    expect(states).toEqual(["behind", "newest unknown", "unknown version"]);
  });
});

describe("who gets the policy twice", () => {
  const twice = (given: Parameters<typeof inventory>[0]) =>
    usageOf(inventory({ publications: publications(["0.1.0"], []), ...given })).twice.map(
      (double) => [double.api.id, double.ways],
    );

  it("is an API with its own that runs, and that an automated policy covers", () => {
    const given = {
      applied: [applied(1, "0.1.0"), applied(2, "0.1.0", { disabled: true })],
      automated: [automated(9, "0.1.0", { excluded: ["3"] })],
    };
    expect(twice(given)).toEqual([
      [
        "1",
        [
          "its own (policy 1, wallarm-custom-policy 0.1.0)",
          "automated (policy 9, wallarm-custom-policy 0.1.0)",
        ],
      ],
    ]);
  });

  it("is not one whose own is disabled: that rests, and is shown as what it is", () => {
    const usage = usageOf(
      inventory({
        publications: publications(["0.1.0"], []),
        applied: [applied(2, "0.1.0", { disabled: true })],
        automated: [automated(9, "0.1.0")],
      }),
    );
    expect([usage.twice, usage.resting.map(({ api }) => api.id)]).toEqual([[], ["2"]]);
    expect(statusTable(usage).join("\n")).toContain(
      "API 2 (api-2, Sandbox) gets the policy once: it has its own (policy 2, wallarm-custom-policy 0.1.0, disabled)",
    );
  });

  it("is not one whose automated policy is disabled, excludes it or is elsewhere", () => {
    const own = { applied: [applied(1, "0.1.0")] };
    for (const other of [
      automated(9, "0.1.0", { disabled: true }),
      automated(9, "0.1.0", { excluded: ["1"] }),
      automated(9, "0.1.0", { environment: production, rule: { environmentId: "production" } }),
    ]) {
      expect(twice({ ...own, automated: [other] })).toEqual([]);
    }
  });

  it("is an API with a release and a development version, if both run", () => {
    const development = applied(1, "0.1.0", { id: "11", assetId: "wallarm-custom-policy-dev" });
    expect(twice({ applied: [applied(1, "0.1.0"), development] })).toHaveLength(1);
    const off = { ...development, disabled: true };
    expect(twice({ applied: [applied(1, "0.1.0"), off] })).toEqual([]);
  });
});

describe("the table", () => {
  it("shows versions, uses, what is behind and double, and which command mends it", () => {
    const table = statusTable(
      usageOf(
        inventory({
          publications: publications(["0.2.0", "0.1.0"], []),
          applied: [
            applied(1, "0.1.0"),
            applied(2, "0.2.0", { disabled: true, configuration: { wallarm_mode: "async" } }),
          ],
          automated: [automated(9, "0.2.0", { excluded: ["2", "3", "4"] })],
        }),
      ),
    );
    expect(table).toEqual([
      "On Exchange:",
      "               asset                      versions, newest first",
      "  release      wallarm-custom-policy      0.2.0, 0.1.0",
      "  development  wallarm-custom-policy-dev  none",
      "",
      "In use:",
      "  environment  by                    policy  asset                  version  step                                 state",
      "  Sandbox      API 1 (api-1)         1       wallarm-custom-policy  0.1.0    sync, fallback pass, unjudged block  behind 0.2.0",
      "  Sandbox      API 2 (api-2)         2       wallarm-custom-policy  0.2.0    observe                              current, disabled",
      "  Sandbox      automated: 1 (api-1)  9       wallarm-custom-policy  0.2.0    sync, fallback pass, unjudged block  current",
      "",
      "API 1 (api-1, Sandbox) gets the policy twice: its own (policy 1, wallarm-custom-policy 0.1.0) and automated (policy 9, wallarm-custom-policy 0.2.0).",
      "  `make remove API=1` takes its own away.",
      "",
      "1 behind: `make upgrade` brings them up to date.",
    ]);
  });
});
