/** Which browser do tests of pages use, and what if there is none? */
import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const PATHS = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

export const HOW_TO_GET_CHROMIUM =
  "Chromium was not found: install it (Debian: apt-get install -y chromium), or name it in CHROMIUM";

export function findChromium(): string | undefined {
  return PATHS.find((path) => path !== undefined && path !== "" && existsSync(path));
}

/**
 * Should suites that need a browser be left out? Says so when they are. Never with CI=true: there they run, and fail with
 * what has to be installed.
 */
export function withoutChromium(): boolean {
  if (findChromium() !== undefined || process.env.CI === "true") return false;
  process.stderr.write(`Suites that need a browser are left out: ${HOW_TO_GET_CHROMIUM}\n`);
  return true;
}

export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(HOW_TO_GET_CHROMIUM);
  return chromium.launch({
    executablePath,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}
