/** Who may read what the official CLI writes down? Its configuration has the password and a token in it, and mode 0666. */
import { chmodSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const NAME = "anypoint-cli-v4-nodejs/config.json";

function candidates({ XDG_CONFIG_HOME }: NodeJS.ProcessEnv): string[] {
  const home = homedir();
  return [XDG_CONFIG_HOME || join(home, ".config"), join(home, "Library/Preferences")].map(
    (directory) => join(directory, NAME),
  );
}

/** Only this user may, from now on. */
export function protectCliConfiguration(env: NodeJS.ProcessEnv): void {
  for (const file of candidates(env)) {
    try {
      chmodSync(file, 0o600);
    } catch {
      // Not there, or not ours.
    }
  }
}
