/** How does one asset come to Exchange, and is it there? Through the official CLI. */
import { problemOf } from "../cli-answer.ts";
import type { Context } from "../context.ts";
import type { OfficialCli } from "../official-cli.ts";
import { Problem, type ProblemKind } from "../problem.ts";
import type { TimeLimit } from "../time-limit.ts";
import { showAsset, type AssetUpload } from "./plan.ts";

export interface Platform {
  readonly context: Context;
  readonly cli: OfficialCli;
  readonly limit: TimeLimit;
}

/** The CLI says so when the request is on its way: what fails later may have arrived. */
const SENT = /Sending request to exchange/;
const ACCEPTED = /Waiting for the publication/;
/** The platform may have failed after it took the asset, or when it was asked how far it is: the CLI says the same of both. */
const FAILED = /status code 5\d\d/;
const ABSENT = /not found|status code 404/i;
/** Of these nobody knows whether the asset is there now. */
const OPEN_END: readonly ProblemKind[] = ["timeLimit", "interrupted", "unreachable", "unexpected"];

export class UploadProblem extends Problem {
  /** Whether the asset may be on Exchange nevertheless. */
  readonly isOpen: boolean;

  constructor({ kind, message, details, origin }: Problem, isOpen: boolean) {
    super(kind, message, { details, origin });
    this.isOpen = isOpen;
  }
}

export function uploadArguments(upload: AssetUpload): string[] {
  const { groupId, name, type, status, dependencies, files } = upload;
  return [
    ...["exchange", "asset", "upload", showAsset(upload)],
    ...["--organization", groupId, "--name", name, "--type", type, "--status", status],
    ...(dependencies === undefined ? [] : ["--dependencies", dependencies]),
    ...["--files", JSON.stringify(files)],
  ];
}

export async function uploadAsset(
  { context, cli, limit }: Platform,
  upload: AssetUpload,
): Promise<void> {
  const what = `Publishing the ${upload.role} ${upload.assetId} ${upload.version}`;
  try {
    const result = await cli.run(uploadArguments(upload), { limit });
    if (result.status === 0) return;
    const problem = problemOf(context, result, { what, groupId: upload.groupId });
    const isAccepted = ACCEPTED.test(result.stdout) || FAILED.test(result.stderr);
    const isOpen = SENT.test(result.stdout) && isOpenEnd(problem, isAccepted);
    throw new UploadProblem(problem, isOpen);
  } catch (error) {
    if (error instanceof UploadProblem || !(error instanceof Problem)) throw error;
    throw new UploadProblem(error, OPEN_END.includes(error.kind));
  }
}

function isOpenEnd({ kind, origin }: Problem, isAccepted: boolean): boolean {
  if (OPEN_END.includes(kind)) return true;
  // Accepted (or perhaps so), and then the status could not be asked: not the platform's verdict on the asset.
  return isAccepted && origin !== "verdict";
}

/** Rejects where the platform does not say: to take that for "no" would be to tell a user what is not so. */
export async function isOnExchange(
  { context, cli, limit }: Platform,
  asset: AssetUpload,
): Promise<boolean> {
  const args = ["exchange", "asset", "describe", showAsset(asset)];
  const result = await cli.run([...args, "--organization", asset.groupId, "--output", "json"], {
    limit,
  });
  if (result.status === 0) return true;
  const isAbsent = ABSENT.test(`${result.stderr}${result.stdout}`);
  const problem = problemOf(context, result, {
    what: `Looking for ${asset.assetId}`,
    groupId: asset.groupId,
  });
  if (problem.kind === "refused" && isAbsent) return false;
  const details = ["Nothing was sent: run the same command again when that is mended."];
  throw new Problem(problem.kind, problem.message, { details });
}
