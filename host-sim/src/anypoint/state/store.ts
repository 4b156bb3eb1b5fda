/** Where does the state lie, and how does it survive a restart? `state.json` and `files/` in one directory. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AnypointError } from "../anypoint-error.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { emptyState, type State } from "./model.ts";

export class Store {
  readonly state: State;
  readonly #directory: string;
  readonly #listeners: (() => void)[] = [];

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(join(directory, "files"), { recursive: true });
    this.state = readState(this.#stateFile);
  }

  /** Called after each change, when it is on disk. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** The only way to change the state: it is on disk before this returns. */
  change<T>(edit: (state: State) => T): T {
    const result = edit(this.state);
    writeFileAtomically(this.#stateFile, `${JSON.stringify(this.state, null, 1)}\n`);
    for (const listener of this.#listeners) listener();
    return result;
  }

  /** Returns the SHA-256 under which `readBlob` finds it again. */
  writeBlob(content: Uint8Array): string {
    const sha256 = createHash("sha256").update(content).digest("hex");
    const path = join(this.#directory, "files", sha256);
    if (!existsSync(path)) writeFileAtomically(path, content);
    return sha256;
  }

  readBlob(sha256: string): Buffer {
    return readFileSync(join(this.#directory, "files", sha256));
  }

  get #stateFile(): string {
    return join(this.#directory, "state.json");
  }
}

function readState(file: string): State {
  if (!existsSync(file)) return emptyState();
  let parsed: Partial<State>;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8")) as Partial<State>;
  } catch (error) {
    throw new AnypointError(
      `${file}: not JSON (${(error as Error).message}); repair it, or remove it to begin anew`,
    );
  }
  if (parsed?.format !== 1) {
    throw new AnypointError(
      `${file}: format ${String(parsed?.format)}, expected 1; remove it to begin anew`,
    );
  }
  const state = { ...emptyState(), ...parsed };
  // What was under way when the process ended will never end.
  for (const publication of state.publications.filter(({ status }) => status === "running")) {
    publication.status = "error";
    publication.statusCode = 500;
    publication.errors = ["The platform was restarted while the asset was being published"];
  }
  return state;
}
