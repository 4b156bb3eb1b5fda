/**
 * When has a directory changed? Told by the file system where it tells, looked at every second where it does not (mounted
 * volumes); and only once nothing has changed for a moment, so that a file that is being written is not read in the middle.
 */
import { statSync, watch, type FSWatcher } from "node:fs";
import { dirname } from "node:path";
import { yamlFiles } from "../documents/read-directory.ts";

export interface WatchOptions {
  readonly folder: string;
  /** Files beside the YAML ones, such as modules. */
  readonly otherFiles: () => readonly string[];
  readonly onChange: () => Promise<void>;
  readonly settleMs?: number;
  readonly pollMs?: number;
}

const SETTLE_MS = 50;
const POLL_MS = 1_000;

export class DirectoryWatch {
  readonly #options: WatchOptions;
  readonly #settleMs: number;
  #seen: string;
  #watchers = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | undefined;
  #busy = false;
  #closed = false;

  constructor(options: WatchOptions, seen: string) {
    this.#options = options;
    this.#settleMs = options.settleMs ?? SETTLE_MS;
    this.#seen = seen;
    this.#listen();
    this.#wait(options.pollMs ?? POLL_MS);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Looks soon, and reads everything again even if nothing seems to have changed. */
  reload(): void {
    this.#seen = "";
    this.#soon();
  }

  #soon(): void {
    if (!this.#busy && !this.#closed) this.#wait(0);
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    this.#busy = true;
    let found = this.#signature();
    while (found !== this.#seen && !this.#closed) {
      await new Promise((resolve) => setTimeout(resolve, this.#settleMs));
      const settled = this.#signature();
      if (settled === found) {
        this.#seen = settled;
        await this.#options.onChange();
        this.#listen();
        found = this.#signature();
      } else {
        found = settled;
      }
    }
    this.#busy = false;
    if (!this.#closed) this.#wait(this.#options.pollMs ?? POLL_MS);
  }

  #signature(): string {
    return directorySignature(this.#options.folder, this.#options.otherFiles());
  }

  /** One watcher a folder: those of files are lost when a file is replaced. */
  #listen(): void {
    if (this.#closed) return;
    const folders = new Set([this.#options.folder, ...files(this.#options.folder).map(dirname)]);
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, () => this.#soon());
        watcher.on("error", () => this.#watchers.delete(folder)); // looking every second goes on
        this.#watchers.set(folder, watcher);
      } catch {
        // It has gone meanwhile.
      }
    }
  }
}

/** Changes when any of the files does: by its size, its times, or by being another file. */
export function directorySignature(folder: string, otherFiles: readonly string[]): string {
  return [...files(folder), ...otherFiles]
    .map((path) => {
      const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
      if (stat === undefined) return `${path} gone`;
      return `${path} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
    })
    .join("\n");
}

/** A folder that is not there has no files; whoever reads it will tell. */
function files(folder: string): string[] {
  try {
    return yamlFiles(folder);
  } catch {
    return [];
  }
}
