/** What is an API instance: how is one made of a request, changed by one, and shown? */
import { randomUUID } from "node:crypto";
import { isObject, textOf, type JsonObject } from "../http/context.ts";
import { managerRefusal } from "../http/refusal.ts";
import type { ApiInstance, Asset, Endpoint, Upstream } from "../state/model.ts";

/** The one Flex Gateway that is there. */
export const GATEWAY_ID = "f1e00000-0001-4000-8000-000000000001";

export const technologies = ["flexGateway", "mule4", "mule3"];

export interface Birth {
  readonly id: number;
  readonly organizationId: string;
  readonly environmentId: string;
  readonly gatewayVersion: string;
  readonly now: string;
}

export function newApi(body: JsonObject, asset: Asset, birth: Birth): ApiInstance {
  const technology = textOf(body.technology) || "mule4";
  if (!technologies.includes(technology)) {
    throw managerRefusal(400, `technology must be one of ${technologies.join(", ")}`);
  }
  const endpoint = readEndpoint(body.endpoint, technology);
  return {
    id: birth.id,
    organizationId: birth.organizationId,
    environmentId: birth.environmentId,
    groupId: asset.groupId,
    assetId: asset.assetId,
    assetVersion: asset.version,
    exchangeAssetName: asset.name,
    instanceLabel: textOf(body.instanceLabel) || null,
    technology,
    endpointUri: textOf(body.endpointUri) || null,
    endpoint,
    routing: Array.isArray(body.routing) ? body.routing : null,
    upstreams: endpoint.uri === null ? [] : [newUpstream({ uri: endpoint.uri }, birth.now)],
    deprecated: false,
    gatewayVersion: birth.gatewayVersion,
    createdAt: birth.now,
    updatedAt: birth.now,
  };
}

function readEndpoint(value: unknown, technology: string): Endpoint {
  const given = isObject(value) ? value : {};
  const endpoint: Endpoint = {
    ...given,
    type: textOf(given.type) || "http-api",
    uri: textOf(given.uri) || null,
    proxyUri: textOf(given.proxyUri) || null,
    deploymentType: textOf(given.deploymentType) || "HY",
  };
  for (const key of ["uri", "proxyUri"] as const) {
    const uri = endpoint[key];
    if (uri !== null && !URL.canParse(uri))
      throw managerRefusal(400, `endpoint.${key} is not a URL: ${uri}`);
  }
  if (technology === "flexGateway" && endpoint.proxyUri === null) {
    throw managerRefusal(400, "endpoint.proxyUri is required for technology flexGateway");
  }
  return endpoint;
}

export function newUpstream(body: JsonObject, now: string): Upstream {
  const uri = textOf(body.uri);
  if (!URL.canParse(uri)) throw managerRefusal(400, `uri is not a URL: ${uri}`);
  return {
    id: randomUUID(),
    label: textOf(body.label) || null,
    uri,
    tlsContext: isObject(body.tlsContext) ? body.tlsContext : null,
    createdAt: now,
    updatedAt: now,
  };
}

/** Only what the body names. */
export function changeApi(api: ApiInstance, body: JsonObject, now: string): void {
  if (typeof body.deprecated === "boolean") api.deprecated = body.deprecated;
  if (body.instanceLabel !== undefined) api.instanceLabel = textOf(body.instanceLabel) || null;
  if (body.endpointUri !== undefined) api.endpointUri = textOf(body.endpointUri) || null;
  if (Array.isArray(body.routing)) api.routing = body.routing;
  if (isObject(body.endpoint)) {
    const named = Object.entries(body.endpoint).filter(([, value]) => value !== undefined);
    api.endpoint = readEndpoint({ ...api.endpoint, ...Object.fromEntries(named) }, api.technology);
    const [first] = api.upstreams;
    if (first && api.endpoint.uri !== null) first.uri = api.endpoint.uri;
  }
  api.updatedAt = now;
}

export const auditOf = ({ createdAt, updatedAt }: { createdAt: string; updatedAt: string }) => ({
  created: { date: createdAt },
  updated: { date: updatedAt },
});

export function apiView(api: ApiInstance): JsonObject {
  const { createdAt, updatedAt, upstreams, gatewayVersion, deployed, ...shown } = api;
  return {
    ...shown,
    audit: auditOf({ createdAt, updatedAt }),
    masterOrganizationId: api.organizationId,
    productVersion: `v${api.assetVersion.split(".")[0]!}`,
    status: "active",
    isPublic: false,
    tags: [],
    order: 1,
    lastActiveDate: updatedAt,
    autodiscoveryInstanceName: `v${api.assetVersion.split(".")[0]!}:${api.id}`,
    upstreams: upstreams.map(({ id, label, uri }) => ({ id, label, uri })),
    deployment: deployed
      ? { targetId: GATEWAY_ID, targetName: "host-sim", gatewayVersion, type: "HY" }
      : null,
  };
}

export const upstreamView = (upstream: Upstream): JsonObject => {
  const { createdAt, updatedAt, ...shown } = upstream;
  return { ...shown, audit: auditOf({ createdAt, updatedAt }) };
};
