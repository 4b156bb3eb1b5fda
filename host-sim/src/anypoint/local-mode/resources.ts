/** What would Flex Gateway's local mode be told about these APIs and their policies? */
import { effectivePolicies } from "../api-manager/coverage.ts";
import type { Manager } from "../api-manager/manager.ts";
import { findImplementation } from "../api-manager/policy-choice.ts";
import type { JsonObject } from "../http/context.ts";
import type { ApiInstance, AppliedPolicy, Asset, AutomatedPolicy } from "../state/model.ts";

export interface Resource {
  readonly apiVersion: "gateway.mulesoft.com/v1alpha1";
  readonly kind: "ApiInstance" | "Extension" | "PolicyBinding";
  readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  readonly spec: JsonObject;
}

const resource = (
  kind: Resource["kind"],
  metadata: Resource["metadata"],
  spec: JsonObject,
): Resource => ({ apiVersion: "gateway.mulesoft.com/v1alpha1", kind, metadata, spec });

/** No dots: Flex joins names with them. */
const nameOf = (...parts: (string | number)[]): string =>
  parts
    .join("-")
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-");

/** By file name, without ending. APIs first, then what hangs from them; each extension once. */
export function resourcesOf(
  manager: Manager,
  apis: readonly ApiInstance[],
  gatewayHost: string,
): Map<string, Resource[]> {
  const files = new Map<string, Resource[]>();
  for (const api of apis.filter(({ technology }) => technology === "flexGateway")) {
    const apiName = nameOf(api.assetId, api.id);
    files.set(`api-${apiName}`, [apiResource(api, apiName, gatewayHost)]);
    effectivePolicies(manager, api).forEach((policy, at) => {
      const extension = extensionOf(manager, api, policy);
      if (extension === undefined) return;
      const { name } = extension;
      files.set(`extension-${name}`, extension.resources);
      const bound = bindingName(policy, api);
      const binding = bindingResource(bound, policy, { apiName, name, order: at + 1 });
      files.set(`policy-${bound}`, [binding]);
    });
  }
  return files;
}

/** Undefined if the gateway can't be given this policy. */
function extensionOf(
  manager: Manager,
  { technology, gatewayVersion }: ApiInstance,
  policy: AppliedPolicy | AutomatedPolicy,
): { name: string; resources: Resource[] } | undefined {
  const definition = manager.catalog.find({ ...policy, version: policy.assetVersion });
  const implementation = findImplementation(manager, policy, technology, gatewayVersion);
  if (!definition || !implementation) return undefined;
  const { assetId, version, groupId } = definition;
  const name = nameOf(assetId, `v${version}`, groupId.slice(0, 8));
  return { name, resources: extensionResources(manager, name, definition, implementation) };
}

/** An automated policy is bound to each API that it covers, so that exclusions and ranges are kept. */
const bindingName = (policy: AppliedPolicy | AutomatedPolicy, api: ApiInstance): string =>
  nameOf(policy.assetId, "apiId" in policy ? policy.id : `${policy.id}-automated-${api.id}`);

function apiResource(api: ApiInstance, name: string, gatewayHost: string): Resource {
  const labels = {
    title: api.exchangeAssetName,
    ...(api.instanceLabel !== null && { label: api.instanceLabel }),
  };
  return resource(
    "ApiInstance",
    { name, labels },
    {
      address: listenAddress(api.endpoint.proxyUri!, gatewayHost),
      services: { upstream: { address: api.upstreams[0]?.uri ?? api.endpoint.uri ?? "" } },
    },
  );
}

/** The platform says 0.0.0.0; who looks at a simulation wants it on this machine only. */
function listenAddress(proxyUri: string, gatewayHost: string): string {
  const { protocol, port, pathname } = new URL(proxyUri);
  const host = gatewayHost.includes(":") ? `[${gatewayHost}]` : gatewayHost;
  return `${protocol}//${host}:${port || (protocol === "https:" ? 443 : 80)}${pathname}`;
}

function extensionResources(
  manager: Manager,
  name: string,
  definition: Asset,
  implementation: Asset,
): Resource[] {
  const { properties = {}, required = [] } = manager.schemaOf(definition);
  const wasm = implementation.files.find(({ packaging }) => packaging === "wasm");
  const module = wasm ? manager.platform.store.readBlob(wasm.sha256).toString("base64") : "";
  const labels = { title: definition.name };
  const base = ["extension-implementation", "envoy-filter", "proxy-wasm-filter"];
  return [
    resource(
      "Extension",
      { name, labels },
      {
        extends: [{ name: "extension-definition" }],
        properties: withoutAnnotations(properties),
        required,
      },
    ),
    resource(
      "Extension",
      { name: `${name}-impl`, labels },
      {
        extends: [name, ...base].map((each) => ({ name: each })),
        properties: {
          rootId: { type: "string", default: "main" },
          implementation: { type: "string", default: `base64://${module}` },
        },
      },
    ),
  ];
}

/** `@context` and `@characteristics` are for API Manager's form. */
function withoutAnnotations(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAnnotations);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !key.startsWith("@"));
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutAnnotations(each)]));
}

function bindingResource(
  bound: string,
  policy: AppliedPolicy | AutomatedPolicy,
  { apiName, name, order }: { apiName: string; name: string; order: number },
): Resource {
  const rules = (policy.pointcutData ?? []).map(ruleOf);
  return resource(
    "PolicyBinding",
    { name: bound },
    {
      targetRef: { kind: "ApiInstance", name: apiName },
      policyRef: { kind: "Extension", name: `${name}-impl` },
      order,
      config: policy.configurationData,
      ...(rules.length > 0 && { rules }),
    },
  );
}

function ruleOf(pointcut: unknown): JsonObject {
  const { methodRegex, uriTemplateRegex } = Object(pointcut) as Record<string, unknown>;
  return {
    ...(methodRegex !== undefined && { methods: methodRegex }),
    ...(uriTemplateRegex !== undefined && { path: uriTemplateRegex }),
  };
}
