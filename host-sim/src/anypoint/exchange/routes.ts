/** What does Exchange answer? Publishing, describing, searching, changing and deleting assets. */
import { theirs } from "../accounts/routes.ts";
import { type Call, isObject, readJson, readObject, type Routes, textOf } from "../http/context.ts";
import { exchangeRefusal } from "../http/refusal.ts";
import {
  type Asset,
  assetStatuses,
  type AssetStatus,
  type PolicyChoice,
  type Publication,
} from "../state/model.ts";
import { assetView } from "./asset-view.ts";
import { isSameGav, showGav } from "./catalog.ts";
import type { Exchange } from "./exchange.ts";
import { answer, search, type AssetQuery } from "./search.ts";
import { readUpload } from "./upload.ts";

const ASSET = "/exchange/api/v1/assets/:group/:asset/:version";
const ASSET_V2 = "/exchange/api/v2/assets/:group/:asset/:version";
const OWNED = "/exchange/api/v2/organizations/:org/assets/:group/:asset/:version";
const OWNED_V1 = "/exchange/api/v1/organizations/:org/assets/:group/:asset/:version";

/** Needs no token: GraphQL carries it in its variables, file links in themselves. */
export function addOpenExchange(routes: Routes, exchange: Exchange): void {
  routes.get("/exchange/files/:sha256/:name", (call) => {
    const sha256 = call.req.param("sha256");
    if (!exchange.links.isGood(sha256, call.req.query("signature") ?? "")) {
      throw exchangeRefusal(403, "The link has expired");
    }
    const content = new Uint8Array(exchange.platform.store.readBlob(sha256));
    return call.body(content, 200, { "content-type": "application/octet-stream" });
  });
  routes.post("/graph/api/v2/graphql", async (call) => {
    const { query, variables } = await readObject(call);
    const given = isObject(variables) ? variables : {};
    const bearer = (call.req.header("authorization") ?? "").replace(/^bearer /i, "");
    const identity = exchange.platform.directory.whoHas(textOf(given.accessToken) || bearer);
    if (!identity) return call.json({ errors: [{ message: "Unauthorized" }] }, 401);
    const question = { query: textOf(query), variables: given };
    const groups = identity.organizations;
    return call.json(await answer(question, exchange.catalog, groups, exchange.linksFor(call)));
  });
}

export function addExchange(routes: Routes, exchange: Exchange): void {
  addPublishing(routes, exchange);
  for (const path of [ASSET, ASSET_V2]) {
    routes.get(path, (call) =>
      call.json(assetView(exchange.assetOf(call), exchange.catalog, exchange.linksFor(call))),
    );
  }
  routes.get("/exchange/api/v2/assets", (call) => {
    const { organizations } = call.get("identity");
    const found = search(exchange.catalog, organizations, queryOf(call));
    return call.json(
      found.map((each) => assetView(each, exchange.catalog, exchange.linksFor(call))),
    );
  });
  addChanging(routes, exchange);
  addRemoving(routes, exchange);
}

const queryOf = (call: Call): AssetQuery => {
  const { organizationId, search: searchTerm = "", limit, offset } = call.req.query();
  const types = call.req.queries("types") ?? [];
  return {
    searchTerm,
    types,
    limit: Number(limit ?? 20),
    offset: Number(offset ?? 0),
    organizationIds: organizationId === undefined ? [] : [organizationId],
  };
};

function addPublishing(routes: Routes, exchange: Exchange): void {
  const { publisher, platform } = exchange;
  routes.post(OWNED, async (call) => {
    const { id: organizationId } = theirs(call, platform.directory);
    const gav = exchange.gavOf(call);
    const upload = await readUpload(await readForm(call));
    publisher.check(gav, upload);
    const identity = call.get("identity");
    if (call.req.header("x-sync-publication") === "true") {
      const asset = publisher.publish(gav, upload, identity, organizationId);
      return call.json(assetView(asset, exchange.catalog, exchange.linksFor(call)), 201);
    }
    const { id } = publisher.start(gav, upload, identity, organizationId);
    const { origin, pathname } = new URL(call.req.url);
    return call.json(
      { publicationStatusLink: `${origin}${pathname}/publication/status/${id}` },
      202,
    );
  });
  routes.get(`${OWNED}/publication/status/:id`, (call) => {
    exchange.gavOf(call);
    const found = publisher.find(call.req.param("id"));
    if (!found) throw exchangeRefusal(404, "No such publication");
    return call.json(statusView(found));
  });
}

function statusView({ id, gav, status, statusCode, errors }: Publication): Record<string, unknown> {
  const description = `Publishing asset ${showGav(gav)}`;
  return {
    publicationId: id,
    status,
    steps: [{ description, status, ...(status === "error" && { statusCode, errors }) }],
  };
}

/** Files may come in any order, and be large: a policy of some megabytes. */
export async function readForm(call: Call): Promise<FormData> {
  try {
    return await call.req.formData();
  } catch {
    throw exchangeRefusal(400, "The body must be multipart/form-data");
  }
}

function addChanging(routes: Routes, exchange: Exchange): void {
  routes.put(`${ASSET_V2}/status`, async (call) => {
    const asset = exchange.assetOf(call);
    const { status } = await readObject(call);
    if (!assetStatuses.includes(status as AssetStatus)) {
      throw exchangeRefusal(400, `Invalid status, expected one of ${assetStatuses.join(", ")}`);
    }
    exchange.edit(asset, (it) => (it.status = status as AssetStatus));
    return call.body(null, 204);
  });
  routes.patch(`${OWNED_V1}/metadata`, async (call) => {
    const asset = exchange.assetOf(call);
    const { name, description } = await readObject(call);
    exchange.edit(asset, (it) => {
      it.name = textOf(name) || it.name;
      it.description = textOf(description) || it.description;
    });
    return call.json({ name: asset.name, description: asset.description });
  });
  routes.put(`${ASSET}/tags`, async (call) => {
    const asset = exchange.assetOf(call);
    const tags = await readJson(call);
    if (!Array.isArray(tags)) throw exchangeRefusal(400, "Tags must be a list");
    exchange.edit(asset, (it) => {
      it.tags = tags.filter(isObject).map(({ value }) => textOf(value));
    });
    return call.json(asset.tags);
  });
}

function addRemoving(routes: Routes, exchange: Exchange): void {
  const { platform } = exchange;
  routes.delete(OWNED_V1, (call) => {
    theirs(call, platform.directory);
    const asset = exchange.assetOf(call);
    requireUnused(asset, exchange);
    const hard = call.req.header("x-delete-type") === "hard-delete";
    platform.store.change(({ assets }) => {
      if (hard) assets.splice(assets.indexOf(asset), 1);
      else asset.deleted = true;
    });
    return call.body(null, 204);
  });
}

function requireUnused(asset: Asset, exchange: Exchange): void {
  const dependents = exchange.catalog.dependents(asset);
  if (dependents.length > 0) {
    const names = dependents.map(showGav).join(", ");
    throw exchangeRefusal(409, `Asset ${showGav(asset)} is a dependency of ${names}`);
  }
  const user = userOf(asset, exchange);
  if (user !== undefined) {
    throw exchangeRefusal(409, `Asset ${showGav(asset)} is in use: ${user}`);
  }
}

/** Who in API Manager lives on this asset? Its instances, and policies of it or implemented by it. */
function userOf(asset: Asset, { platform }: Exchange): string | undefined {
  const { apis, policies, automatedPolicies } = platform.store.state;
  const gavs = [asset, ...asset.dependencies];
  const uses = ({ groupId, assetId, assetVersion: version }: PolicyChoice): boolean =>
    gavs.some((gav) => isSameGav(gav, { groupId, assetId, version }));
  const api = apis.find(uses);
  const policy = policies.find(uses) ?? automatedPolicies.find(uses);
  if (api) return `API instance ${api.id}`;
  return policy && `policy ${policy.id}`;
}
