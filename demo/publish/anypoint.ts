/** How does the demo run `host-sim anypoint`, and a gateway that serves what is applied there? */
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { createContext, type Context } from "../../anypoint/src/context.ts";
import { findOfficialCli } from "../../anypoint/src/official-cli.ts";
import { TimeLimit } from "../../anypoint/src/time-limit.ts";
import { DemoProcess } from "../child-process.ts";
import { HOST_SIM, ROOT } from "../files.ts";
import { GROUP_ID } from "./project.ts";

export interface DemoApi {
  readonly id: string;
  /** At the gateway. */
  readonly url: string;
}

/** What belongs to an Anypoint or a proxy of the person at the terminal. */
const FOREIGN =
  /^(ANYPOINT_|HTTPS?_PROXY$|NODE_EXTRA_CA_CERTS$|API$|ALL$|CONFIG$|VERSION$|ENV$|ORG$|JSON$|DRY_RUN$|MAKE_GIVEN$)/i;

export class DemoAnypoint {
  page = "";
  readonly #directory: string;
  readonly #processes: DemoProcess[] = [];
  #context: Context | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** From here on, whatever is started speaks to the stand-in, and only to it. */
  async start(): Promise<void> {
    const platform = this.#run("anypoint", [
      ...["--listen", "127.0.0.1:0", "--page", "127.0.0.1:0"],
      ...["--state", join(this.#directory, "anypoint"), "--conf-dir", this.#confDirectory],
    ]);
    const find = async (pattern: RegExp): Promise<string> => (await platform.saw(pattern))[1]!;
    this.page = await find(/^page on (\S+)/);
    for (const name of Object.keys(process.env)) if (FOREIGN.test(name)) delete process.env[name];
    const home = join(this.#directory, "home");
    Object.assign(process.env, {
      ANYPOINT_HOST: await find(/^ANYPOINT_HOST=(\S+)/),
      NODE_EXTRA_CA_CERTS: await find(/^NODE_EXTRA_CA_CERTS=(\S+)/),
      ...{ ANYPOINT_USERNAME: "developer", ANYPOINT_PASSWORD: "stand-in-password" },
      ...{ XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, XDG_DATA_HOME: home },
    });
  }

  /** Through the official CLI, as somebody with a new API does. */
  async manage(name: string, upstream: string): Promise<DemoApi> {
    const port = await freePort();
    await this.#cli(
      ...["exchange", "asset", "upload", `${GROUP_ID}/${name}/1.0.0`, "--name", name],
      ...["--type", "http-api", "--properties", JSON.stringify({ apiVersion: "v1" })],
    );
    const told = await this.#cli(
      ...["api-mgr", "api", "manage", name, "1.0.0", "--isFlex", "--withProxy", "--type", "http"],
      ...["--uri", `${upstream}/`, "--scheme", "http", "--port", String(port), "--path", "/"],
      ...["--environment", "Sandbox"],
    );
    return { id: /\d{5,}/.exec(told)![0], url: `http://127.0.0.1:${port}` };
  }

  async serve(): Promise<void> {
    const gateway = this.#run("flex", ["--conf-dir", this.#confDirectory, "--drain-time", "1"]);
    await gateway.saw(/^ready/);
  }

  async stop(): Promise<void> {
    // The official CLI runs in process groups of its own, which Ctrl-C does not reach.
    this.#context?.processes.interruptAll();
    await Promise.all(this.#processes.map((each) => each.stop()));
  }

  get #confDirectory(): string {
    return join(this.#directory, "conf.d");
  }

  #run(command: string, args: readonly string[]): DemoProcess {
    const started = new DemoProcess(command, process.execPath, [HOST_SIM, command, ...args]);
    this.#processes.push(started);
    return started;
  }

  async #cli(...args: string[]): Promise<string> {
    const limit = new TimeLimit();
    this.#context ??= createContext(ROOT, process.env);
    const cli = await findOfficialCli(this.#context, limit);
    const { status, stdout, stderr } = await cli.run(args, { limit });
    if (status === 0) return stdout;
    throw new Error(`anypoint-cli-v4 ${args.slice(0, 3).join(" ")}: ${stderr}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
