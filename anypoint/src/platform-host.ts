/** Which Anypoint is meant? ANYPOINT_HOST, as the official CLI understands it. */
import { usageProblem } from "./problem.ts";

export const DEFAULT_HOST = "anypoint.mulesoft.com";

export class PlatformHost {
  readonly #given: string | undefined;
  /** Of the official CLI's configuration. */
  #configured: string | undefined;

  constructor(given: string | undefined) {
    this.#given = given;
  }

  /** Host, or host:port. */
  get name(): string {
    return this.#given || this.#configured || DEFAULT_HOST;
  }

  learnConfigured(host: string): void {
    this.#configured = host;
  }

  /** The CLI takes an empty ANYPOINT_HOST for the real platform: nobody who sets it empty means that. */
  check(): void {
    const host = this.#given;
    if (host === undefined) return;
    if (/^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.test(host)) return;
    throw usageProblem(
      `ANYPOINT_HOST: "${host}" is not allowed; allowed: a host name, with :port if need be, without https://; ` +
        `unset it for ${DEFAULT_HOST}`,
    );
  }
}
