/**
 * Which files are in a configuration directory, and what do they say? YAML files of the folder and of those below it, in
 * the order of their names. What begins with a dot is left out: Kubernetes keeps the real files of a mounted ConfigMap in
 * such folders, and links to them.
 */
import { readdirSync, readFileSync, realpathSync, statSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { Field } from "./field.ts";
import { ConfigurationError, Problems } from "./problems.ts";
import { readFields } from "./read-file.ts";
import { readResource, type Resource } from "./resource.ts";

export interface Directory {
  readonly resources: readonly Resource[];
  readonly problems: Problems;
}

/** Paths of the YAML files, sorted. Throws a ConfigurationError if there is no such folder. */
export function yamlFiles(folder: string, above: readonly string[] = []): string[] {
  let entries: string[];
  let real: string;
  try {
    real = realpathSync(folder);
    entries = readdirSync(folder).sort();
  } catch (error) {
    throw new ConfigurationError([`${folder}: ${reasonOf(error)}`]);
  }
  if (above.includes(real)) return []; // a link back to a folder that it is in
  return entries.flatMap((name) => {
    if (name.startsWith(".")) return [];
    const path = join(folder, name);
    const stat = statOf(path);
    if (stat?.isDirectory() === true) return yamlFiles(path, [...above, real]);
    return stat !== undefined && /\.ya?ml$/i.test(name) ? [path] : [];
  });
}

/** `undefined` for a link to nothing, or a file that goes away meanwhile: a later change tells. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined; // links in a circle
  }
}

export function readDirectory(folder: string): Directory {
  const problems = new Problems();
  const documents: Field[] = [];
  for (const file of yamlFiles(folder)) {
    try {
      documents.push(...readFields(file, readFileSync(file, "utf8"), problems));
    } catch (error) {
      problems.error({ file, line: 0 }, reasonOf(error));
    }
  }
  const resources = documents.map(readResource).filter((each) => each !== undefined);
  return { resources, problems };
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "there is no such directory";
  if (code === "ENOTDIR") return "it is no directory";
  if (code === "EACCES") return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
