/** What would be sent? Host, assets, files with sizes and hashes, and the commands of the official CLI; nothing leaves this machine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256, showAsset, type AssetUpload, type Plan } from "./plan.ts";
import { uploadArguments } from "./upload.ts";

export function describePlan(plan: Plan, host: string): string[] {
  return [
    `Would be sent to ${host} (nothing was):`,
    ...[plan.definition, plan.implementation].flatMap((asset) => describeAsset(plan.root, asset)),
  ];
}

function describeAsset(root: string, asset: AssetUpload): string[] {
  const { role, type, status, name, dependencies, files } = asset;
  return [
    "",
    `${role}: ${showAsset(asset)}`,
    `  type ${type}, status ${status}, name "${name}"`,
    ...(dependencies === undefined ? [] : [`  depends on ${dependencies}`]),
    ...Object.entries(files).map(([key, path]) => {
      const bytes = readFileSync(join(root, path));
      return `  ${key.padEnd(13)} ${path}, ${bytes.length} bytes, sha256 ${sha256(bytes)}`;
    }),
    `  anypoint-cli-v4 ${uploadArguments(asset).map(quoted).join(" ")}`,
  ];
}

const quoted = (text: string): string =>
  /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
