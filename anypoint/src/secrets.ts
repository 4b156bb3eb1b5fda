/** What must never be shown? Whatever is printed passes here first. */

const SECRET_VARIABLES = ["ANYPOINT_PASSWORD", "ANYPOINT_CLIENT_SECRET", "ANYPOINT_BEARER"];
/** Shorter texts would take ordinary words with them. */
const SHORTEST = 4;

export class Secrets {
  readonly #known = new Set<string>();

  constructor(env: NodeJS.ProcessEnv = {}) {
    for (const name of SECRET_VARIABLES) this.learn(env[name] ?? "");
  }

  /** One that is not in the environment: read from the official CLI's configuration, or made by a login. */
  learn(text: string): void {
    if (text.length >= SHORTEST) this.#known.add(text);
  }

  hide(text: string): string {
    let shown = text;
    for (const secret of this.#known) shown = shown.replaceAll(secret, "***");
    // User info of URLs, such as that of a proxy.
    return shown.replace(/(\w:\/\/)[^/\s@]+@/g, "$1***@");
  }
}
