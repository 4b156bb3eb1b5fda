/** What does an asset's portal answer? Pages and pictures, as drafts first, then published; and data that may change later. */
import { readObject, type Routes, textOf } from "../http/context.ts";
import { exchangeRefusal } from "../http/refusal.ts";
import type { Asset, AssetPage, StoredFile } from "../state/model.ts";
import type { Exchange } from "./exchange.ts";
import { storeFile } from "./publication.ts";
import { readForm } from "./routes.ts";
import { readUpload } from "./upload.ts";

const ASSET = "/exchange/api/v1/assets/:group/:asset/:version";
const PORTAL = "/exchange/api/v2/assets/:group/:asset/:version/portal";
const DRAFT = `${PORTAL}/draft`;
const MUTABLE = "/exchange/api/v2/organizations/:org/assets/:group/:asset/:version/mutabledata";

export function addPortal(routes: Routes, exchange: Exchange): void {
  // Asking for the draft makes it.
  routes.get(DRAFT, (call) => {
    const asset = exchange.assetOf(call);
    exchange.edit(asset, (it) => (it.draftPages = structuredClone(it.pages)));
    return call.json({ pages: asset.draftPages.map(pageView) });
  });
  routes.patch(ASSET, (call) => {
    exchange.edit(exchange.assetOf(call), (it) => {
      it.pages = structuredClone(it.draftPages);
      it.resources = [...it.draftResources];
    });
    return call.body(null, 204);
  });
  addPages(routes, exchange);
  addDraftPages(routes, exchange);
  addResources(routes, exchange);
  addMutableData(routes, exchange);
}

const pageView = ({ name, path }: AssetPage): Record<string, string> => ({ name, path });

const namesPage = (page: AssetPage, name: string): boolean =>
  page.path === name || page.name === name;

function findPage(pages: AssetPage[], name: string): AssetPage {
  const found = pages.find((each) => namesPage(each, name));
  if (!found) throw exchangeRefusal(404, `No page ${name}`);
  return found;
}

function addPages(routes: Routes, exchange: Exchange): void {
  routes.get(`${PORTAL}/pages`, (call) => call.json(exchange.assetOf(call).pages.map(pageView)));
  routes.get(`${PORTAL}/pages/:page`, (call) => {
    const { markdown } = findPage(exchange.assetOf(call).pages, call.req.param("page"));
    return call.body(markdown, 200, { "content-type": "text/markdown; charset=utf-8" });
  });
}

function addDraftPages(routes: Routes, exchange: Exchange): void {
  routes.post(`${DRAFT}/pages`, async (call) => {
    const asset = exchange.assetOf(call);
    const name = textOf((await readObject(call)).pagePath);
    const source = call.req.header("x-move-source");
    if (name === "") throw exchangeRefusal(400, "pagePath is required");
    if (asset.draftPages.some((each) => namesPage(each, name))) {
      throw exchangeRefusal(409, `Page ${name} already exists`);
    }
    const moved = source === undefined ? undefined : findPage(asset.draftPages, source);
    exchange.edit(asset, (it) => {
      if (moved) Object.assign(moved, { name, path: name });
      else it.draftPages.push({ name, path: name, markdown: "" });
    });
    return call.json({ name, path: name }, 201);
  });
  routes.put(`${DRAFT}/pages/:page`, async (call) => {
    const found = findPage(exchange.assetOf(call).draftPages, call.req.param("page"));
    const markdown = await call.req.text();
    exchange.edit(exchange.assetOf(call), () => (found.markdown = markdown));
    return call.body(null, 204);
  });
  routes.delete(`${DRAFT}/pages/:page`, (call) => {
    const asset = exchange.assetOf(call);
    const found = findPage(asset.draftPages, call.req.param("page"));
    exchange.edit(asset, (it) => it.draftPages.splice(it.draftPages.indexOf(found), 1));
    return call.body(null, 204);
  });
}

const pathOf = ({ fileName }: StoredFile): string => `resources/${fileName}`;

function addResources(routes: Routes, exchange: Exchange): void {
  const list = (files: StoredFile[]): unknown[] => files.map((file) => ({ path: pathOf(file) }));
  const named = (files: StoredFile[], name: string): StoredFile => {
    const found = files.find(({ fileName }) => fileName === name);
    if (!found) throw exchangeRefusal(404, `No resource ${name}`);
    return found;
  };
  routes.get(`${PORTAL}/resources`, (call) => call.json(list(exchange.assetOf(call).resources)));
  routes.get(`${DRAFT}/resources`, (call) =>
    call.json(list(exchange.assetOf(call).draftResources)),
  );
  routes.get(`${PORTAL}/resources/:name`, (call) => {
    const { sha256 } = named(exchange.assetOf(call).resources, call.req.param("name"));
    return call.body(new Uint8Array(exchange.platform.store.readBlob(sha256)));
  });
  routes.post(`${DRAFT}/resources`, async (call) => {
    const asset = exchange.assetOf(call);
    const [uploaded] = (await readUpload(await readForm(call))).files;
    if (!uploaded) throw exchangeRefusal(400, "A file is required");
    const file = storeFile(exchange.platform.store, uploaded);
    exchange.edit(asset, (it) => it.draftResources.push(file));
    return call.json({ path: pathOf(file) }, 201);
  });
  routes.delete(`${DRAFT}/resources/:name`, (call) => {
    const asset = exchange.assetOf(call);
    const found = named(asset.draftResources, call.req.param("name"));
    exchange.edit(asset, (it) => it.draftResources.splice(it.draftResources.indexOf(found), 1));
    return call.body(null, 204);
  });
}

/** Tags, categories and fields of a version that is published already. Done at once, told by polling. */
function addMutableData(routes: Routes, exchange: Exchange): void {
  routes.patch(MUTABLE, async (call) => {
    const asset = exchange.assetOf(call);
    const { tags, categories, fields } = await readUpload(await readForm(call));
    exchange.edit(asset, (it: Asset) => {
      if (tags.length > 0) it.tags = tags;
      Object.assign(it.categories, categories);
      Object.assign(it.fields, fields);
    });
    return call.json({ mutableDataStatusLink: `${call.req.url}/status` }, 202);
  });
  routes.get(`${MUTABLE}/status`, (call) => {
    exchange.assetOf(call);
    return call.json({ status: "completed", steps: [] });
  });
}
