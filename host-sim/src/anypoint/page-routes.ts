/** What does the page show, and what may tests ask of it? Everything there is, read only; and the faults. */
import { Hono, type Context } from "hono";
import { automatedAt, coverageOf, overriddenBy } from "./api-manager/coverage.ts";
import type { Manager } from "./api-manager/manager.ts";
import { AnypointError } from "./anypoint-error.ts";
import { faultKinds, readFaults } from "./faults/fault-set.ts";
import type { ApiInstance, Asset, PolicyChoice } from "./state/model.ts";
import { pageAsset, type AssetName } from "./page-assets.ts";

export interface About {
  readonly host: string;
  readonly caFile: string;
}

/** The page shows what clients sent: nothing of that may run, load or be framed. */
const PAGE_POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"],
  ...["img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  "require-trusted-types-for 'script'",
].join("; ");

export function pageRoutes(manager: Manager, about: About): Hono {
  const { faults } = manager.platform;
  const app = new Hono();
  app.use(guard);
  app.get("/", (c) => asset(c, "index.html"));
  for (const name of ["page.css", "page.js"] as const) app.get(`/${name}`, (c) => asset(c, name));
  app.get("/api/overview", (c) => c.json(overview(manager, about)));
  app.get("/api/faults", (c) => c.json({ faults: faults.faults, kinds: faultKinds }));
  app.put("/api/faults", async (c) => {
    faults.replace(readFaults(await c.req.json().catch(() => undefined)));
    return c.json({ faults: faults.faults });
  });
  app.delete("/api/faults", (c) => {
    faults.replace([]);
    return c.body(null, 204);
  });
  app.notFound((c) => c.json({ error: `no such path: ${c.req.path.slice(0, 200)}` }, 404));
  app.onError((error, c) =>
    c.json({ error: error.message }, error instanceof AnypointError ? 400 : 500),
  );
  return app;
}

function asset(c: Context, name: AssetName): Response {
  const { contentType, body } = pageAsset(name);
  return c.body(body, 200, { "content-type": contentType, "content-security-policy": PAGE_POLICY });
}

/** Addresses and localhost only: a name that leads to loopback (DNS rebinding) would let another site read this. */
async function guard(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  const host = (c.req.header("host") ?? "").replace(/:\d+$/, "");
  if (host !== "localhost" && !/^(\[[0-9a-f:.]+\]|[0-9.]+)$/i.test(host)) {
    return c.json({ error: "ask by IP address or as localhost" }, 403);
  }
  await next();
  c.header("x-content-type-options", "nosniff");
  c.header("referrer-policy", "no-referrer");
  c.header("cache-control", "no-store");
  return undefined;
}

function overview(manager: Manager, about: About): Record<string, unknown> {
  const { state } = manager.platform.store;
  return {
    about: { host: about.host, caFile: about.caFile },
    assets: manager.catalog.all().map(assetRow),
    apis: state.apis.map((api) => apiRow(manager, api)),
    automatedPolicies: state.automatedPolicies.map((policy) => ({
      ...choiceOf(policy),
      id: policy.id,
      environment: environmentName(
        manager,
        policy.organizationId,
        policy.ruleOfApplication.environmentId,
      ),
      disabled: policy.disabled,
      apis: coverageOf(manager, policy).map(({ api, reason }) => ({
        id: api.id,
        assetId: api.assetId,
        covered: reason === undefined,
        reason: reason ?? "",
      })),
    })),
  };
}

const assetRow = ({ groupId, assetId, version, name, type, status, modifiedAt }: Asset) => ({
  ...{ groupId, assetId, version, name, type, status, modifiedAt },
});

const choiceOf = ({ groupId, assetId, assetVersion }: PolicyChoice): PolicyChoice => ({
  ...{ groupId, assetId, assetVersion },
});

const environmentName = (manager: Manager, organizationId: string, id: string): string =>
  manager.platform.directory.environment(organizationId, id)?.name ?? id;

function apiRow(manager: Manager, api: ApiInstance): Record<string, unknown> {
  const own = manager.policiesOf(api).map((policy) => ({
    ...choiceOf(policy),
    id: policy.id,
    state: policy.disabled
      ? "disabled"
      : overriddenBy(manager, api, policy)
        ? "overridden"
        : "enabled",
  }));
  const automated = automatedAt(manager, api).map((policy) => ({
    ...choiceOf(policy),
    id: policy.id,
    state: policy.disabled ? "disabled" : "automated",
  }));
  return {
    ...{
      id: api.id,
      assetId: api.assetId,
      assetVersion: api.assetVersion,
      technology: api.technology,
    },
    instanceLabel: api.instanceLabel ?? "",
    environment: environmentName(manager, api.organizationId, api.environmentId),
    proxyUri: api.endpoint.proxyUri ?? "",
    upstream: api.upstreams[0]?.uri ?? "",
    policies: [...automated, ...own],
  };
}
