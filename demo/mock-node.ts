/** How does the demo run `host-sim node`, let it die and come back, and ask its journal? */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { DemoProcess } from "./child-process.ts";
import { HOST_SIM } from "./files.ts";

/** What the journal says of one attack or message, as far as the demo shows it. */
export interface JournalEntry {
  readonly seq: number;
  readonly id: string;
  readonly path: string;
  readonly action: string;
  readonly why: string;
  readonly connectorMode: string;
  readonly type: string;
  readonly rule?: string;
  readonly point?: string;
  readonly match?: string;
}

type List = "attacks" | "messages";

const RESTART_TRIES = 20;

export class MockNode {
  readonly #directory: string;
  #process: DemoProcess | undefined;
  #connector = "http://127.0.0.1:0";
  #page = "http://127.0.0.1:0";

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What goes into `wallarm_node`. */
  get url(): string {
    return this.#connector;
  }

  get page(): string {
    return this.#page;
  }

  /** On free ports at first, later again on the same. */
  async start(): Promise<void> {
    const file = join(this.#directory, "node.yaml");
    writeFileSync(file, stringify(configuration(this.#connector, this.#page)));
    this.#process = new DemoProcess("mock node", process.execPath, [
      HOST_SIM,
      ...["node", "--config", file],
    ]);
    const find = async (pattern: RegExp): Promise<string> =>
      (await this.#process!.saw(pattern))[1]!;
    this.#connector = await find(/^connector on (\S+)/);
    this.#page = await find(/^attacks page on (\S+)/);
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** Tried again while the system still keeps its ports. */
  async comeBack(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.start();
      } catch (error) {
        if (tries === RESTART_TRIES || !String(error).includes("in use")) throw error;
        await sleep(100);
      }
    }
  }

  /** Number of the newest entry: what comes later has a higher one. */
  async newest(): Promise<number> {
    return (await this.#ask("messages")).seq;
  }

  /** Entries after number `seq` that fit. */
  async entriesAfter(
    seq: number,
    list: List,
    fits: (entry: JournalEntry) => boolean,
  ): Promise<JournalEntry[]> {
    const { entries } = await this.#ask(list);
    return entries.filter((entry) => entry.seq > seq && fits(entry));
  }

  async #ask(list: List): Promise<{ seq: number; entries: JournalEntry[] }> {
    const answer = await fetch(`${this.#page}/api/${list}`, { signal: AbortSignal.timeout(5000) });
    const json = (await answer.json()) as { seq: number } & Partial<Record<List, JournalEntry[]>>;
    return { seq: json.seq, entries: json[list] ?? [] };
  }
}

/** As for the vendor's Native Node; `mock` is the mock node's own. */
function configuration(connector: string, page: string): unknown {
  return {
    version: 4,
    mode: "connector-server",
    connector: { address: new URL(connector).host },
    route_config: { wallarm_mode: "block" },
    log: { level: "warn", access_log: { enabled: false } },
    metrics: { enabled: false },
    mock: { address: new URL(page).host },
  };
}
