/** Are more policies than one page has searched to the end, and no longer than that? */
import { expect, it } from "vitest";
import { findAsset, searchPolicies } from "../../anypoint/src/exchange.ts";
import type { Session } from "../../anypoint/src/session.ts";

const GROUP = "group";
const assets = Array.from({ length: 250 }, (_, at) => ({
  ...{ groupId: GROUP, assetId: `policy-${at}`, version: "1.0.0" },
}));

/** Gives what `page` says for a limit and an offset. */
function sessionOf(page: (limit: number, offset: number) => unknown): Session & { calls: number } {
  const session = {
    ...{ host: "host", calls: 0, close: () => Promise.resolve() },
    call: (_method: string, path: string) => {
      session.calls++;
      const query = new URLSearchParams(path.split("?")[1]);
      const json = page(Number(query.get("limit")), Number(query.get("offset")));
      return Promise.resolve({ status: 200, json });
    },
  };
  return session;
}

it("asks for page after page", async () => {
  const session = sessionOf((limit, offset) => assets.slice(offset, offset + limit));
  const { found } = await searchPolicies(session, GROUP);
  expect(found?.map(({ assetId }) => assetId)).toEqual(assets.map(({ assetId }) => assetId));
  expect(session.calls).toBe(4);
});

it("goes on by what came where a page is shorter than what was asked for", async () => {
  const session = sessionOf((_, offset) => assets.slice(offset, offset + 7));
  expect((await searchPolicies(session, GROUP)).found).toHaveLength(250);
});

it("stops at a platform that knows no offset, and gives its first page for ever", async () => {
  const session = sessionOf((limit) => assets.slice(0, limit));
  expect((await searchPolicies(session, GROUP)).found).toHaveLength(100);
  expect(session.calls).toBe(2);
});

it("takes what is no list, or has no end, for no answer", async () => {
  const noList = sessionOf(() => ({ assets }));
  expect(await searchPolicies(noList, GROUP)).toEqual({ failure: "what came is no list" });
  const endless = sessionOf((_, offset) => [{ ...assets[0], version: `1.0.${offset}` }]);
  expect(await searchPolicies(endless, GROUP)).toEqual({ failure: "no end after 100 pages" });
});

it("takes names of other kinds in a list of versions for none", async () => {
  const otherVersions = [{ version: "v1" }, { version: "0.9.0" }, "latest", { version: "2024.11" }];
  const session = sessionOf(() => ({ version: "1.0.0", otherVersions }));
  const found = await findAsset(session, { groupId: GROUP, assetId: "policy", version: "1.0.0" });
  expect(found?.versions).toEqual(["1.0.0", "1.0.0", "0.9.0"]);
});
