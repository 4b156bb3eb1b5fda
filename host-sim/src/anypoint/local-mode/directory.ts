/** How does a directory of local-mode files keep to what is applied? Written after each change, only where it differs. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Manager } from "../api-manager/manager.ts";
import { writeFileAtomically } from "../state/atomic-file.ts";
import { resourcesOf, type Resource } from "./resources.ts";

export interface KeptDirectory {
  readonly directory: string;
  readonly gatewayHost: string;
  /** One gateway serves one environment: its id or its name. Default: all of them. */
  readonly environment?: string;
}

/** Files without it are somebody else's and stay as they are. */
const MARK = "# Kept by `host-sim anypoint`: changes made here will be lost.\n";

export function keepDirectory(manager: Manager, kept: KeptDirectory): void {
  const written = new Map<string, string>();
  const write = (): void => writeDirectory(kept.directory, wantedFiles(manager, kept), written);
  manager.platform.store.onChange(write);
  write();
}

function wantedFiles(
  manager: Manager,
  { environment, gatewayHost }: KeptDirectory,
): Map<string, string> {
  const { store, directory } = manager.platform;
  const apis = store.state.apis.filter((api) => {
    const found = directory.environment(api.organizationId, api.environmentId);
    return environment === undefined || environment === found?.id || environment === found?.name;
  });
  const resources = resourcesOf(manager, apis, gatewayHost);
  return new Map([...resources].map(([name, each]) => [`${name}.yaml`, render(each)]));
}

const render = (resources: readonly Resource[]): string =>
  MARK + resources.map((each) => stringify(each, { lineWidth: 0 })).join("---\n");

/** What others refer to comes first and goes last: no moment shows a binding to nothing. */
function writeDirectory(
  directory: string,
  wanted: ReadonlyMap<string, string>,
  written: Map<string, string>,
): void {
  mkdirSync(directory, { recursive: true });
  const rank = (name: string): number =>
    ["extension-", "api-", "policy-"].findIndex((each) => name.startsWith(each));
  const names = [...wanted.keys()].sort((one, other) => rank(one) - rank(other));
  for (const name of names) {
    const text = wanted.get(name)!;
    const path = join(directory, name);
    if (written.get(name) !== text || !existsSync(path)) writeFileAtomically(path, text, 0o644);
    written.set(name, text);
  }
  const ours = readdirSync(directory).filter((name) => rank(name) >= 0 && name.endsWith(".yaml"));
  for (const name of ours.sort((one, other) => rank(other) - rank(one))) {
    if (wanted.has(name) || !isKept(join(directory, name))) continue;
    rmSync(join(directory, name), { force: true });
    written.delete(name);
  }
}

const isKept = (path: string): boolean => readFileSync(path, "utf8").startsWith(MARK);
