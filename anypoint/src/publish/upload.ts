/** How does one asset come to Exchange, and is it there? Through the official CLI, and Exchange is asked where that does not tell. */
import { setTimeout } from "node:timers/promises";
import { problemOf } from "../cli-answer.ts";
import type { Context } from "../context.ts";
import { findAsset } from "../exchange.ts";
import type { CliResult, OfficialCli } from "../official-cli.ts";
import { Problem, type ProblemKind } from "../problem.ts";
import { openSession } from "../session.ts";
import { TimeLimit } from "../time-limit.ts";
import { showAsset, type AssetUpload } from "./plan.ts";

export interface Platform {
  readonly context: Context;
  readonly cli: OfficialCli;
  readonly limit: TimeLimit;
}

/** The CLI says so when the request is on its way: what fails later may have arrived. */
const SENT = /Sending request to exchange/;
const ACCEPTED = /Waiting for the publication/;
/** Asked too often, or failed: before anything was sent the same can be tried again. */
const BUSY = /status code 429/;
const FAILED = /status code (?:429|5\d\d)/;
/** The CLI waits without a word and without a limit. */
const WORD_AFTER_MS = 20_000;
const TRIES = 4;
const FIRST_PAUSE_MS = 1000;
/** Of these nobody knows whether the asset is there now. */
const OPEN_END: readonly ProblemKind[] = ["timeLimit", "interrupted", "unreachable", "unexpected"];
/** What was accepted comes to be there a little later. */
const LOOK_AGAIN_MS = 500;
const LOOKS = 3;
const LOOKS_AFTER_ACCEPTANCE = 10;
/** Beyond the command's own time, which may be over. */
const LOOKING_SECONDS = 20;

export class UploadProblem extends Problem {
  /** Whether the asset may be on Exchange nevertheless. */
  readonly isOpen: boolean;
  /** Whether the platform took it to work on. */
  readonly isAccepted: boolean;

  constructor(
    { kind, message, details, origin }: Problem,
    { isOpen, isAccepted = false }: { isOpen: boolean; isAccepted?: boolean },
  ) {
    super(kind, message, { details, origin });
    this.isOpen = isOpen;
    this.isAccepted = isAccepted;
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

/** An upload that may have arrived is never sent again: Exchange is asked what became of it. */
export async function uploadAsset(platform: Platform, upload: AssetUpload): Promise<void> {
  try {
    await sendAsset(platform, upload);
  } catch (error) {
    if (!(error instanceof UploadProblem) || !error.isOpen) throw error;
    const arrival = await lookForArrival(platform, upload, error);
    // It was answered: what is not there now, and was not taken to work on, does not come later.
    const isSettled = arrival === "absent" && error.origin === "platform" && !error.isAccepted;
    if (isSettled) throw new UploadProblem(error, { isOpen: false });
    if (arrival !== "there") throw error;
    platform.context.progress.note(
      `Note: Exchange has ${showAsset(upload)}, though an error was answered on the way (${error.message}).`,
    );
  }
}

async function sendAsset({ context, cli, limit }: Platform, upload: AssetUpload): Promise<void> {
  const what = `Publishing the ${upload.role} ${upload.assetId} ${upload.version}`;
  const waited = Math.min(WORD_AFTER_MS, limit.leftMs / 4);
  const word = globalThis.setTimeout(() => {
    context.progress.note(
      `${upload.assetId} ${upload.version} was not reported as published yet: waiting for the time limit of ${limit.seconds} s at most ` +
        "(TIMEOUT=<seconds>); Ctrl-C ends it, and says what is there",
    );
  }, waited);
  try {
    const result = await runPatiently(cli, uploadArguments(upload), limit);
    if (result.status === 0) return;
    const problem = problemOf(context, result, { what, groupId: upload.groupId });
    const isOpen = isOpenEnd(problem, result);
    throw new UploadProblem(problem, { isOpen, isAccepted: isAccepted(result) });
  } catch (error) {
    if (error instanceof UploadProblem || !(error instanceof Problem)) throw error;
    throw new UploadProblem(error, { isOpen: OPEN_END.includes(error.kind) });
  } finally {
    clearTimeout(word);
  }
}

async function runPatiently(
  cli: OfficialCli,
  args: readonly string[],
  limit: TimeLimit,
): Promise<CliResult> {
  for (let tries = 1; ; tries++) {
    const result = await cli.run(args, { limit });
    const isSent = SENT.test(result.stdout);
    const isWorthAgain = isSent ? BUSY : FAILED;
    const pause = FIRST_PAUSE_MS * 2 ** (tries - 1);
    if (result.status === 0 || tries === TRIES || pause > limit.leftMs) return result;
    if (isAccepted(result) || !isWorthAgain.test(`${result.stderr}\n${result.stdout}`))
      return result;
    await setTimeout(pause);
  }
}

/** The platform is asked how the publication goes only when it has accepted it. */
const isAccepted = ({ stdout, refusals }: CliResult): boolean =>
  ACCEPTED.test(stdout) || /\/publication\/status\//.test(refusals.at(-1)?.path ?? "");

/** What was sent, without a verdict of the platform on it: it failed, or was not reached, or did not say in time. */
function isOpenEnd({ kind, origin }: Problem, { stdout }: CliResult): boolean {
  if (!SENT.test(stdout)) return false;
  return OPEN_END.includes(kind) || origin !== "verdict";
}

async function lookForArrival(
  { context, cli }: Platform,
  upload: AssetUpload,
  { kind, isAccepted }: UploadProblem,
): Promise<"there" | "absent" | "unknown"> {
  if (kind === "interrupted") return "unknown";
  const limit = new TimeLimit(LOOKING_SECONDS);
  const looks = isAccepted ? LOOKS_AFTER_ACCEPTANCE : LOOKS;
  try {
    const session = await openSession(context, { cli, limit, groupId: upload.groupId });
    try {
      for (let look = 1; ; look++) {
        if ((await findAsset(session, upload)) !== undefined) return "there";
        if (look === looks || limit.leftMs < LOOK_AGAIN_MS) return "absent";
        await setTimeout(LOOK_AGAIN_MS);
      }
    } finally {
      await session.close();
    }
  } catch {
    return "unknown";
  }
}

/** Rejects where the platform does not say. */
export async function areOnExchange(
  { context, cli, limit }: Platform,
  assets: readonly AssetUpload[],
): Promise<boolean[]> {
  const { groupId } = assets[0]!;
  const session = await openSession(context, { cli, limit, groupId });
  try {
    const found = await Promise.all(assets.map((asset) => findAsset(session, asset)));
    return found.map((asset) => asset !== undefined);
  } finally {
    await session.close();
  }
}
