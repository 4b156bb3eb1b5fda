/** `setup`: how does Cargo.toml come about? From its template, once; what a user wrote into it stays. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { usageProblem } from "../problem.ts";
import { CARGO_FILE, checkGroupId, NO_GROUP, readVersion } from "../project.ts";
import type { Context } from "../context.ts";

const TEMPLATE = "Cargo.toml.template";
const GROUP_ID = /^(\s*group_id\s*=\s*)"([^"\n]*)"/m;
const PACKAGE_VERSION = /^(version\s*=\s*)"[^"\n]*"/m;

export function registerSetup(program: Command, context: Context): void {
  program
    .command("setup")
    .description("make Cargo.toml from its template, if it is not there")
    .option("--group-id <uuid>", "the id of your business group (GROUP_ID)")
    .action(({ groupId }: { groupId?: string }) =>
      setup(context, groupId ?? context.env.GROUP_ID ?? ""),
    );
}

function setup(context: Context, groupId: string): void {
  const { root, progress } = context;
  const file = join(root, CARGO_FILE);
  if (groupId !== "") checkGroupId(groupId, "GROUP_ID");
  const isNew = !existsSync(file);
  const before = isNew ? fresh(root) : readFileSync(file, "utf8");
  const after = groupId === "" ? before : withGroupId(before, groupId);
  if (isNew || after !== before) writeFileSync(file, after);
  bringCargoVersion(context, readVersion(root));
  if (isNew) progress.say(`Made ${CARGO_FILE} from ${TEMPLATE}.`);
  const current = GROUP_ID.exec(after)?.[2];
  if (current === NO_GROUP) {
    progress.say(
      `To publish, put the id of your business group into ${CARGO_FILE}, or run: make setup GROUP_ID=<id>`,
    );
  } else if (groupId !== "") {
    progress.say(`${CARGO_FILE}: group_id is ${current}`);
  }
}

const fresh = (root: string): string =>
  withVersion(readFileSync(join(root, TEMPLATE), "utf8"), readVersion(root));

const withVersion = (text: string, version: string): string =>
  text.replace(PACKAGE_VERSION, `$1"${version}"`);

/** The version has one source; MuleSoft's own tools look for it in Cargo.toml. */
export function bringCargoVersion({ root, progress }: Context, version: string): void {
  const file = join(root, CARGO_FILE);
  const before = readFileSync(file, "utf8");
  const after = withVersion(before, version);
  if (after === before) return;
  writeFileSync(file, after);
  progress.say(`${CARGO_FILE}: version is ${version} now, as in package.json.`);
}

function withGroupId(text: string, groupId: string): string {
  const current = GROUP_ID.exec(text)?.[2];
  if (current === undefined)
    throw usageProblem(`${CARGO_FILE}: group_id is missing: see ${TEMPLATE}`);
  if (current === NO_GROUP) return text.replace(GROUP_ID, `$1"${groupId}"`);
  if (current.toLowerCase() === groupId.toLowerCase()) return text;
  throw usageProblem(
    `GROUP_ID: "${groupId}" is not what ${CARGO_FILE} has (${current}), which is yours to edit: change group_id there`,
  );
}
