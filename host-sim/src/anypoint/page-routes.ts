/** What does the page show, and what may tests ask of it? Everything there is, read only; and the faults. */
import { Hono } from "hono";
import { servePage } from "../safe-page/serve-page.ts";
import { automatedAt, coverageOf, overriddenBy } from "./api-manager/coverage.ts";
import type { Manager } from "./api-manager/manager.ts";
import { AnypointError } from "./anypoint-error.ts";
import { faultKinds, readFaults } from "./faults/fault-set.ts";
import type { ApiInstance, Asset, PolicyChoice } from "./state/model.ts";

export interface About {
  readonly host: string;
  readonly caFile: string;
}

/** Beside the bundle, in the sources, and, from a bundle in the repository, in the sources. */
const PAGE_FOLDERS = ["./anypoint-page/", "../anypoint/page/", "../src/anypoint/page/"].map(
  (folder) => new URL(folder, import.meta.url),
);

export function pageRoutes(manager: Manager, about: About): Hono {
  const { faults } = manager.platform;
  const app = new Hono();
  servePage(app, PAGE_FOLDERS);
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
