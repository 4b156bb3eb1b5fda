/** Why did the platform refuse what the official CLI sent? Its answers, kept aside by official-cli/keep-reason.cjs in the CLI's process. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Refusal {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** What the platform says, on one line; empty if it says nothing. */
  readonly reason: string;
}

const HOOK = "anypoint/official-cli/keep-reason.cjs";
/** What the CLI tells of itself; whether anybody listens is not the user's matter. */
const TELEMETRY = /^\/cli\//;
const LONGEST = 400;

export interface ReasonFile {
  /** For the CLI's process. */
  readonly env: NodeJS.ProcessEnv;
  /** What was refused until now. */
  read(): Refusal[];
  close(): void;
}

export function openReasonFile(root: string, env: NodeJS.ProcessEnv): ReasonFile {
  const directory = mkdtempSync(join(tmpdir(), "anypoint-reason-"));
  const file = join(directory, "reasons");
  const hook = `--require ${JSON.stringify(join(root, HOOK))}`;
  const NODE_OPTIONS = [env.NODE_OPTIONS, hook].filter(Boolean).join(" ");
  return {
    env: { ...env, NODE_OPTIONS, ANYPOINT_REASON_FILE: file },
    read: () => readLines(file),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function readLines(file: string): Refusal[] {
  try {
    const lines = readFileSync(file, "utf8").trim().split("\n");
    const all = lines.map((line) => {
      const { body, ...rest } = JSON.parse(line) as Omit<Refusal, "reason"> & { body: string };
      return { ...rest, reason: reasonIn(body) };
    });
    return all.filter(({ path }) => !TELEMETRY.test(path));
  } catch {
    return []; // nothing was refused
  }
}

/** Exchange and API Manager say `message`, with `details` or a list of `errors`; whatever else it is, its beginning. */
export function reasonIn(body: unknown): string {
  const value = typeof body === "string" ? parsed(body) : body;
  const words = typeof value === "string" ? value : wordsOf(value).join(", ");
  return words.replace(/\s+/g, " ").trim().slice(0, LONGEST);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A proxy's page says nothing that helps.
    return /^\s*</.test(text) ? "" : text;
  }
}

function wordsOf(value: unknown): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(wordsOf);
  if (typeof value !== "object" || value === null) return [];
  const { message, error, dataPath, details, errors } = value as Record<string, unknown>;
  const own = [dataPath, message ?? error].flatMap(wordsOf).join(" ").trim();
  const more = [details, errors].flatMap(wordsOf).filter((word) => !own.includes(word));
  return [...(own === "" ? [] : [own]), ...more];
}
