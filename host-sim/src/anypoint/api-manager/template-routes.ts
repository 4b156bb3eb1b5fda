/** What does API Manager answer about the policies that can be applied? Those that are in Exchange. */
import { theirs } from "../accounts/routes.ts";
import type { JsonObject, Routes } from "../http/context.ts";
import { managerRefusal } from "../http/refusal.ts";
import type { Asset } from "../state/model.ts";
import type { Manager } from "./manager.ts";

const TEMPLATES = "/apimanager/xapi/v1/organizations/:org/exchange-policy-templates";

export function addTemplates(routes: Routes, manager: Manager): void {
  const { catalog, platform } = manager;
  routes.get(TEMPLATES, (call) => {
    theirs(call, platform.directory);
    const { organizations } = call.get("identity");
    const latest = call.req.query("latest") === "true";
    const found = catalog
      .all()
      .filter(({ type, groupId }) => type === "policy" && organizations.includes(groupId))
      .filter((each) => !latest || catalog.versions(each.groupId, each.assetId)[0] === each);
    return call.json(found.map((each) => templateView(manager, each)));
  });
  routes.get(`${TEMPLATES}/:group/:asset/:version`, (call) => {
    theirs(call, platform.directory);
    const { group: groupId, asset: assetId, version } = call.req.param();
    const mine = call.get("identity").organizations.includes(groupId);
    const found = mine ? catalog.find({ groupId, assetId, version }) : undefined;
    if (found?.type !== "policy")
      throw managerRefusal(404, `Policy template ${assetId} was not found`);
    return call.json(templateView(manager, found));
  });
  // Of Mule 3: there are none.
  routes.get("/apimanager/api/v1/organizations/:org/policy-templates", (call) => call.json([]));
}

function templateView(manager: Manager, asset: Asset): JsonObject {
  const { groupId, assetId } = asset;
  const versions = manager.catalog.versions(groupId, assetId);
  return {
    ...{ groupId, assetId, version: asset.version },
    ...{ name: asset.name, description: asset.description, status: asset.status },
    ...{ type: "custom", isOOTB: false, splitAssetModel: true, orgId: asset.organizationId },
    configuration: manager.schemaOf(asset),
    allVersions: versions.map(({ version, status }) => ({ groupId, assetId, version, status })),
  };
}
