/** Which version on Exchange is applied? */
import { Problem, usageProblem } from "../../problem.ts";
import type { PolicyVersion, Publication } from "../model.ts";
import { nameVersion } from "../usage.ts";
import { chooseVersion } from "../versions.ts";
import type { Options } from "./options.ts";

export function requireVersion(
  publications: readonly Publication[],
  { policyVersion }: Options,
): PolicyVersion {
  const chosen = chooseVersion(publications, policyVersion);
  if (chosen) return chosen;
  throw notPublished(publications, policyVersion);
}

/** A step of a policy that is applied changes parameters: a version that is named would be passed over. */
export function requireSameVersion(
  own: PolicyVersion,
  { policyVersion }: Options,
  { where, upgrade }: { where: string; upgrade: string },
): void {
  if (policyVersion === undefined || policyVersion === own.version) return;
  throw usageProblem(
    `VERSION: ${where} has ${nameVersion(own)}, and ROLLOUT changes no version: leave VERSION out, or ` +
      `\`${upgrade} VERSION=${policyVersion}\` first. Nothing was changed.`,
  );
}

export function notPublished(
  publications: readonly Publication[],
  wanted: string | undefined,
): Problem {
  const versions = publications.flatMap((each) => each.versions);
  const isSearched = publications.some((each) => each.isSearched);
  if (versions.length === 0 && !isSearched) return notFound(publications, wanted);
  if (versions.length === 0) {
    const names = publications.map(({ assetId }) => assetId).join(" and ");
    return new Problem(
      "refused",
      `neither ${names.replace(" and ", " nor ")} is on Exchange: \`make publish\` or \`make release\` first`,
    );
  }
  const shown = versions.slice(0, 5).join(", ");
  return new Problem("usage", `VERSION: "${wanted ?? ""}" is not on Exchange; allowed: ${shown}`);
}

/** Without a search nobody can say that nothing was published. */
function notFound(publications: readonly Publication[], wanted: string | undefined): Problem {
  const names = publications.map(({ assetId }) => assetId).join(" or ");
  const line =
    wanted === undefined
      ? `Exchange offers no search here, and no version of ${names} that this project knows of is there: name one with VERSION=<version>, ` +
        "or publish with `make publish` or `make release`"
      : `VERSION: ${names} ${wanted} is not on Exchange (404), which offers no search here: Exchange's page shows the versions`;
  return new Problem(wanted === undefined ? "refused" : "usage", line);
}
