/** What does `make upgrade` mean to change? */
import { expect, it } from "vitest";
import { planUpgrade } from "../../anypoint/src/api-manager/upgrade-plan.ts";
import { applied, automated, inventory, publications } from "./support/inventory.ts";

const DEVELOPMENT = "wallarm-custom-policy-dev";
const everything = inventory({
  publications: publications(["0.2.0", "0.1.0"], ["0.3.0-2", "0.3.0-1"]),
  applied: [
    applied(1, "0.1.0"),
    applied(2, "0.2.0"),
    applied(3, "0.3.0-1", { assetId: DEVELOPMENT }),
    applied(4, "0.9.0"),
  ],
  automated: [automated(9, "0.1.0", { excluded: ["1", "3", "4"] })],
});
const plan = (wish: { api?: string; version?: string; hasConfiguration?: boolean }) => {
  const { api, version, hasConfiguration = false } = wish;
  const planned = planUpgrade(everything, { api, version, hasConfiguration });
  const uses = [...(planned?.apis ?? []), ...(planned?.automated ?? [])];
  return planned && uses.map(({ policy, target }) => [policy.id, target.assetId, target.version]);
};
const RELEASE = "wallarm-custom-policy";

it("brings what is behind to the newest of its own channel, and leaves the rest alone", () => {
  expect(plan({})).toEqual([
    ["1", RELEASE, "0.2.0"],
    ["3", DEVELOPMENT, "0.3.0-2"],
    ["9", RELEASE, "0.2.0"],
  ]);
});

it("changes one API only, where one is named", () => {
  expect(plan({ api: "1" })).toEqual([["1", RELEASE, "0.2.0"]]);
  expect(plan({ api: "2" })).toEqual([]);
});

it("goes to a version that is named, an older one and another channel too", () => {
  expect(plan({ version: "0.1.0", api: "2" })).toEqual([["2", RELEASE, "0.1.0"]]);
  expect(plan({ version: "0.2.0", api: "3" })).toEqual([["3", RELEASE, "0.2.0"]]);
  expect(plan({ version: "7.7.7" })).toBeUndefined();
});

it("has something to do for a new configuration where the version is right", () => {
  expect(plan({ api: "2", hasConfiguration: true })).toEqual([["2", RELEASE, "0.2.0"]]);
  expect(plan({ api: "4", hasConfiguration: true })).toEqual([["4", RELEASE, "0.9.0"]]);
});

it("knows which APIs an automated policy reaches too", () => {
  const planned = planUpgrade(everything, {
    ...{ api: undefined, version: "0.1.0", hasConfiguration: false },
  });
  const covered = planned!.apis.map(({ policy, coveredBy }) => [policy.id, coveredBy?.id]);
  expect(covered).toEqual([
    ["2", "9"],
    ["3", undefined],
    ["4", undefined],
  ]);
});
