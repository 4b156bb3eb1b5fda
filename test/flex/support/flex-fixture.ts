/** `host-sim flex` on a directory of its own, and what a test wants of it; all is gone after the test. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../../gateway/support/raw-client.ts";
import { HostSim } from "../../gateway/support/serve-process.ts";
import { testFolder } from "../../gateway/support/test-folder.ts";

export class FlexFixture {
  readonly folder = testFolder();
  #run: HostSim | undefined;

  /** By renaming it into place, as careful programs do. */
  write(file: string, text: string): void {
    const half = join(this.folder, `.${file}.half`);
    writeFileSync(half, text);
    renameSync(half, join(this.folder, file));
  }

  remove(file: string): void {
    rmSync(join(this.folder, file));
  }

  start(...args: string[]): HostSim {
    return (this.#run = new HostSim(["flex", "--conf-dir", this.folder, ...args]));
  }

  /** Starts it and waits until it serves; the addresses in the order in which they were opened. */
  async serving(...args: string[]): Promise<string[]> {
    const run = this.start(...args);
    await waitFor(
      () => /^ready$/m.test(run.stdout) || run.status !== undefined,
      () => `"ready" in ${run.stdout}${run.stderr}`,
    );
    return this.addresses;
  }

  get run(): HostSim {
    if (this.#run === undefined) throw new Error("not started");
    return this.#run;
  }

  get addresses(): string[] {
    return [...this.run.stdout.matchAll(/^listening on (\S+)$/gm)].map((match) => match[1]!);
  }

  /** Waits for the next change, made or refused, after `change`. */
  async after(
    change: () => void,
    line = /\[config\] (serving|the change was not made)/,
  ): Promise<string> {
    const before = this.run.stderr.length;
    change();
    const said = (): string => this.run.stderr.slice(before);
    await waitFor(
      () => line.test(said()),
      () => `${line.source} in ${said()}`,
    );
    return said();
  }
}

/** The tags of policies, in the order in which they saw the request and the answer. */
export interface Seen {
  readonly status: number;
  readonly request: string;
  readonly answer: string | null;
  readonly body: string;
}

/** The upstream of these tests answers with what it got: see `echoUpstream`. */
export async function ask(url: string, init: RequestInit = {}): Promise<Seen> {
  const response = await fetch(url, init);
  const body = await response.text();
  return {
    status: response.status,
    request: response.headers.get("x-request-seen") ?? "",
    answer: response.headers.get("x-answered"),
    body,
  };
}
