/** What must never be shown? Whatever is printed passes here first. */

const SECRET_VARIABLES = ["ANYPOINT_PASSWORD", "ANYPOINT_CLIENT_SECRET", "ANYPOINT_BEARER"];
/** Shorter texts would take ordinary words with them. */
const SHORTEST = 4;

const learned = new Set<string>();

/** A secret that is not in the environment: read from the official CLI's configuration, or made by a login. */
export function learnSecret(text: string): void {
  if (text.length >= SHORTEST) learned.add(text);
}

export function withoutSecrets(text: string): string {
  const known = SECRET_VARIABLES.map((name) => process.env[name] ?? "");
  let shown = text;
  for (const secret of [...learned, ...known]) {
    if (secret.length >= SHORTEST) shown = shown.replaceAll(secret, "***");
  }
  // User info of URLs, such as that of a proxy.
  return shown.replace(/(\w:\/\/)[^/\s@]+@/g, "$1***@");
}
