/** How does the CLI copy an asset? By an older way to publish: one form with everything in it, answered when it is done. */
import { isObject, type Routes } from "../http/context.ts";
import { exchangeRefusal } from "../http/refusal.ts";
import type { Gav } from "../state/model.ts";
import { assetView } from "./asset-view.ts";
import type { Exchange } from "./exchange.ts";
import { readForm } from "./routes.ts";
import type { Upload } from "./upload.ts";

const typeOf: Record<string, string> = {
  custom: "custom",
  oas: "rest-api",
  raml: "rest-api",
  wsdl: "soap-api",
};

export function addCopying(routes: Routes, exchange: Exchange): void {
  routes.post("/exchange/api/v2/assets", async (call) => {
    const form = await readForm(call);
    const text = (key: string): string => {
      const value = form.get(key);
      return typeof value === "string" ? value : "";
    };
    const gav = { groupId: text("groupId"), assetId: text("assetId"), version: text("version") };
    const identity = call.get("identity");
    for (const group of [gav.groupId, text("organizationId")]) {
      if (!identity.organizations.includes(group)) {
        throw exchangeRefusal(403, `User does not have permissions on group ${group}`);
      }
    }
    const upload = await readCopy(form, text);
    exchange.publisher.check(gav, upload);
    const asset = exchange.publisher.publish(gav, upload, identity, text("organizationId"));
    return call.json(assetView(asset, exchange.catalog, exchange.linksFor(call)), 201);
  });
}

async function readCopy(form: FormData, text: (key: string) => string): Promise<Upload> {
  const file = form.get("asset");
  if (file === null || typeof file === "string") throw exchangeRefusal(400, "asset is required");
  const classifier = text("classifier");
  const [, packaging = "zip"] = /\.([^.]+)$/.exec(file.name) ?? [];
  const content = new Uint8Array(await file.arrayBuffer());
  const properties = { apiVersion: text("apiVersion"), mainFile: text("main") };
  return {
    name: text("name"),
    description: text("description"),
    type: typeOf[classifier] ?? classifier,
    status: "published",
    dependencies: readDependencies(text("dependencies")),
    ...{ tags: [], keywords: [], categories: {}, fields: {} },
    properties: Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== "")),
    files: [{ classifier, packaging, fileName: file.name, content }],
  };
}

function readDependencies(json: string): Gav[] {
  if (json === "") return [];
  try {
    const list = JSON.parse(json) as unknown;
    return (list as Gav[]).filter(isObject).map(({ groupId, assetId, version }) => ({
      ...{ groupId, assetId, version },
    }));
  } catch {
    throw exchangeRefusal(400, "dependencies must be a JSON list");
  }
}
