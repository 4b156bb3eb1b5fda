/** What does API Manager answer about the upstreams of an API? */
import { isObject, readObject, type Routes, textOf } from "../http/context.ts";
import { managerRefusal } from "../http/refusal.ts";
import type { Upstream } from "../state/model.ts";
import { apiView, newUpstream, upstreamView } from "./api-instance.ts";
import { API, type Manager } from "./manager.ts";

export function addUpstreams(routes: Routes, manager: Manager): void {
  const { store } = manager.platform;
  const path = `${API}/upstreams`;
  routes.get(path, (call) => {
    const upstreams = manager.apiOf(call).upstreams.map(upstreamView);
    return call.json({ upstreams, total: upstreams.length });
  });
  routes.post(path, async (call) => {
    const api = manager.apiOf(call);
    const made = newUpstream(await readObject(call), manager.now());
    store.change(() => api.upstreams.push(made));
    return call.json(upstreamView(made), 201);
  });
  routes.patch(`${path}/:upstream`, async (call) => {
    const api = manager.apiOf(call);
    const found = knownUpstream(api.upstreams, call.req.param("upstream"));
    const body = await readObject(call);
    store.change(() => changeUpstream(found, body, manager.now()));
    return call.json(upstreamView(found));
  });
  routes.delete(`${path}/:upstream`, (call) => {
    const { upstreams } = manager.apiOf(call);
    const found = knownUpstream(upstreams, call.req.param("upstream"));
    store.change(() => upstreams.splice(upstreams.indexOf(found), 1));
    return call.body(null, 204);
  });
  addBulkEdit(routes, manager);
}

function knownUpstream(upstreams: Upstream[], id: unknown): Upstream {
  const found = upstreams.find((each) => each.id === id);
  if (!found) throw managerRefusal(404, `Upstream ${String(id)} was not found`);
  return found;
}

/** As the CLI edits several at once: all or none. */
function addBulkEdit(routes: Routes, manager: Manager): void {
  const { store } = manager.platform;
  routes.patch(API.replace("/api/v1", "/xapi/v1"), async (call) => {
    const api = manager.apiOf(call);
    const { upstreams } = await readObject(call);
    const changes = Array.isArray(upstreams) ? upstreams.filter(isObject) : [];
    const found = changes.map((change) => knownUpstream(api.upstreams, change.id));
    store.change(() =>
      changes.forEach((change, at) => changeUpstream(found[at]!, change, manager.now())),
    );
    return call.json(apiView(api));
  });
}

function changeUpstream(upstream: Upstream, body: Record<string, unknown>, now: string): void {
  if (body.uri !== undefined) upstream.uri = newUpstream(body, now).uri;
  if (body.label !== undefined) upstream.label = textOf(body.label) || null;
  if (body.tlsContext !== undefined) {
    upstream.tlsContext = isObject(body.tlsContext) ? body.tlsContext : null;
  }
  upstream.updatedAt = now;
}
