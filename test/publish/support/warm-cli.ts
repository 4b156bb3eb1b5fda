/**
 * How does the publishing tool run the official CLI a hundred times without its second of start-up for each? In a test's project
 * the pinned CLI is a small script (warm-cli-client.mjs) that hands the command to a process which has loaded the real one.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { officialCli } from "../../support/anypoint-cli.ts";
import { CliProcess, type Surroundings } from "../../support/anypoint-cli-process.ts";

const CLIENT = join(import.meta.dirname, "warm-cli-client.mjs");
const ROOT = resolve(import.meta.dirname, "../../..");
const PLACE = ".cache/anypoint-cli/node_modules";

/** What the CLI reads when it is loaded, and never again: how wide its lines are, and what the tool has loaded with it. */
const LOADED_WITH = {
  OCLIF_COLUMNS: "4000",
  NODE_OPTIONS: `--require ${JSON.stringify(join(ROOT, "anypoint/official-cli/keep-reason.cjs"))}`,
};

interface Command extends Surroundings {
  readonly args: readonly string[];
}

export class WarmCli {
  readonly #server: Server;
  readonly #start: () => CliProcess;
  #process: CliProcess | undefined;

  private constructor(start: () => CliProcess) {
    this.#start = start;
    this.#server = createServer((connection) => void this.#serve(connection));
  }

  /** In the project at `root`, in place of what `npm ci` would put there. */
  static async install(root: string, env: NodeJS.ProcessEnv): Promise<WarmCli> {
    const program = await officialCli();
    const warm = new WarmCli(
      () => new CliProcess(program, { cwd: root, env: { ...env, ...LOADED_WITH } }),
    );
    const target = join(root, PLACE);
    mkdirSync(join(target, "anypoint-cli-v4/bin"), { recursive: true });
    const about = readFileSync(join(dirname(program), "../package.json"), "utf8");
    writeFileSync(join(target, "anypoint-cli-v4/package.json"), about);
    const socket = join(root, ".cache/warm-cli");
    const known = JSON.stringify({ socket, program, authority: env.NODE_EXTRA_CA_CERTS ?? "" });
    const client = `#!/usr/bin/env node\nglobalThis.warm = ${known};\nimport(${JSON.stringify(CLIENT)});\n`;
    writeFileSync(join(target, "anypoint-cli-v4/bin/run"), client, { mode: 0o755 });
    writeFileSync(join(target, ".package-lock.json"), "{}");
    await new Promise<void>((done) => warm.#server.listen(socket, done));
    return warm;
  }

  /** A client that goes away was ended by the tool: so is the command, with the process that it runs in. */
  async #serve(connection: Socket): Promise<void> {
    let isAnswered = false;
    connection.on("error", () => undefined);
    connection.once("close", () => {
      if (!isAnswered) this.#stop();
    });
    for await (const line of createInterface({ input: connection })) {
      const { args, cwd, env } = JSON.parse(line) as Command;
      this.#process ??= this.#start();
      const answer = await this.#process.run(args, { cwd, env });
      isAnswered = true;
      connection.end(JSON.stringify(answer));
    }
  }

  #stop(): void {
    this.#process?.close();
    this.#process = undefined;
  }

  close(): void {
    this.#stop();
    this.#server.close();
  }
}
