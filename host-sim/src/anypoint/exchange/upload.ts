/** What is in a publication's multipart body? Texts, and files named `files.{classifier}.{packaging}`. */
import { exchangeRefusal } from "../http/refusal.ts";
import type { Gav } from "../state/model.ts";

export interface UploadedFile {
  readonly classifier: string;
  readonly packaging: string;
  readonly fileName: string;
  readonly content: Uint8Array;
}

export interface Upload {
  readonly name: string;
  readonly description: string;
  readonly type: string;
  readonly status: string;
  readonly dependencies: Gav[];
  readonly tags: string[];
  readonly keywords: string[];
  readonly properties: Record<string, string>;
  readonly categories: Record<string, string>;
  readonly fields: Record<string, string>;
  readonly files: UploadedFile[];
}

export async function readUpload(form: FormData): Promise<Upload> {
  return {
    name: text(form, "name"),
    description: text(form, "description"),
    type: text(form, "type"),
    status: text(form, "status"),
    dependencies: list(text(form, "dependencies")).map(readGav),
    tags: list(text(form, "tags")),
    keywords: list(text(form, "keywords")),
    properties: grouped(form, "properties."),
    categories: grouped(form, "categories."),
    fields: grouped(form, "fields."),
    files: await filesOf(form),
  };
}

const text = (form: FormData, key: string): string => {
  const value = form.get(key);
  return typeof value === "string" ? value : "";
};

export const list = (value: string): string[] =>
  value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

function readGav(value: string): Gav {
  const parts = value.split(":");
  const [groupId, assetId, version] = parts;
  if (!groupId || !assetId || !version || parts.length > 3) {
    throw exchangeRefusal(400, `Invalid dependency ${value}, expected groupId:assetId:version`);
  }
  return { groupId, assetId, version };
}

function grouped(form: FormData, prefix: string): Record<string, string> {
  const found: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [key, value] of form.entries()) {
    if (key.startsWith(prefix) && typeof value === "string")
      found[key.slice(prefix.length)] = value;
  }
  return found;
}

async function filesOf(form: FormData): Promise<UploadedFile[]> {
  const found: UploadedFile[] = [];
  for (const [key, value] of form.entries()) {
    if (!key.startsWith("files.") || typeof value === "string") continue;
    const [, classifier, packaging] = /^files\.(?:([^.]+)\.)?([^.]+)$/.exec(key) ?? [];
    if (packaging === undefined) throw exchangeRefusal(400, `Invalid file key ${key}`);
    const content = new Uint8Array(await value.arrayBuffer());
    found.push({ classifier: classifier ?? "", packaging, fileName: value.name, content });
  }
  return found;
}
