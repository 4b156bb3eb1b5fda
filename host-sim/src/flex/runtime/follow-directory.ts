/**
 * How does a gateway keep to its directory? It serves what the files say, and follows each change of theirs. What can't be
 * served is told, one line for each problem, and the last good state stays: a mistake never takes a policy from an API.
 */
import { SimulatorError } from "../../wasm/errors.ts";
import { ConfigurationError } from "../documents/problems.ts";
import { readDirectory } from "../documents/read-directory.ts";
import { buildModel } from "../model/build-model.ts";
import type { GatewayModel } from "../model/gateway-model.ts";
import { DirectoryWatch, directorySignature } from "./directory-watch.ts";
import type { FlexGateway } from "./flex-gateway.ts";

export interface FollowOptions {
  readonly folder: string;
  readonly env: ReadonlyMap<string, string>;
  readonly gateway: FlexGateway;
  readonly log: (level: "info" | "warning" | "error", message: string) => void;
  /** Told of each address that is opened. */
  readonly onListen: (url: string) => void;
  /** `undefined`: no Configuration says it. */
  readonly onLogLevel: (level: string | undefined) => void;
}

export class DirectoryFollower {
  readonly #options: FollowOptions;
  #model: GatewayModel = { apis: [], logLevel: undefined, warnings: [], files: [] };
  #watch: DirectoryWatch | undefined;

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  /** Rejects, with a ConfigurationError or a SimulatorError, if the files can't be served as they are. */
  async start(): Promise<void> {
    const seen = directorySignature(this.#options.folder, []);
    await this.#load();
    this.#watch = new DirectoryWatch(
      {
        folder: this.#options.folder,
        otherFiles: () => this.#model.files,
        onChange: () => this.#follow(),
      },
      // Modules were not known before; if the files changed while they were read, they differ from this.
      [seen, directorySignature("", this.#model.files)].filter((each) => each !== "").join("\n"),
    );
  }

  reload(): void {
    this.#watch?.reload();
  }

  close(): void {
    this.#watch?.close();
  }

  async #follow(): Promise<void> {
    const { log, gateway } = this.#options;
    try {
      await this.#load();
    } catch (error) {
      const lines = linesOf(error);
      for (const line of lines) log("error", line);
      log("warning", "the change was not made; what was served before is served on");
      gateway.noteRefused(lines);
    }
  }

  async #load(): Promise<void> {
    const { folder, env, gateway, log, onListen, onLogLevel } = this.#options;
    const model = buildModel(readDirectory(folder), env);
    for (const warning of model.warnings) log("warning", warning);
    for (const url of await gateway.apply(model)) onListen(url);
    onLogLevel(model.logLevel);
    this.#model = model;
    log("info", `serving ${describe(model)}`);
  }
}

export function linesOf(error: unknown): readonly string[] {
  if (error instanceof ConfigurationError) return error.lines;
  if (error instanceof SimulatorError) return [error.message];
  return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
}

function describe({ apis }: GatewayModel): string {
  if (apis.length === 0) return "no API";
  const names = apis.map(({ namespace, name, policies }) => {
    const bound = policies.map((policy) => `${policy.namespace}/${policy.name}`).join(" → ");
    return `${namespace}/${name} (${bound || "no policy"})`;
  });
  return names.join(", ");
}
