/** Is the policy found on Exchange among however many others there are? */
import { expect, it } from "vitest";
import { readPublications } from "../../anypoint/src/api-manager/read-publication.ts";
import type { Workplace } from "../../anypoint/src/api-manager/workplace.ts";

const GROUP = "group";
const IDS = { release: "ours", development: "ours-dev" };

/** An Exchange with so many other policies before ours, in pages. */
function exchange(others: number, paging = true): { place: Workplace; asked: string[] } {
  const named = (i: number) => ({ groupId: GROUP, assetId: `other-${i}`, version: "1.0.0" });
  const ours = { groupId: GROUP, assetId: IDS.release, version: "0.2.0" };
  const all = [...Array.from({ length: others }, (_, i) => named(i)), ours];
  const asked: string[] = [];
  const find = (path: string): Promise<unknown> => {
    asked.push(path);
    const { pathname, searchParams } = new URL(path, "https://exchange.example");
    if (pathname.startsWith("/exchange/api/v1/")) {
      return Promise.resolve({ version: "0.2.0", versions: ["0.1.0"] });
    }
    const from = paging ? Number(searchParams.get("offset")) : 0;
    return Promise.resolve(all.slice(from, from + Number(searchParams.get("limit"))));
  };
  const list = (value: unknown): unknown => value;
  const place = {
    ...{ client: { find, list }, project: { groupId: GROUP }, limit: undefined },
    // The other search finds nothing.
    cli: { run: () => Promise.resolve({ status: 0, stdout: "[]", stderr: "", json: [] }) },
  };
  return { place: place as unknown as Workplace, asked };
}

it.each([0, 1, 99, 100, 101, 350])("with %i others before it", async (others) => {
  const { place, asked } = exchange(others);
  const [release] = await readPublications(place, IDS);
  expect(release!.versions).toEqual(["0.2.0", "0.1.0"]);
  const pages = asked.filter((path) => path.includes("/api/v2/assets"));
  expect(pages).toHaveLength(Math.floor((others + 1) / 100) + 1);
});

it("and not for ever where the platform passes the offset over", async () => {
  const { place, asked } = exchange(350, false);
  const [release] = await readPublications(place, IDS);
  expect(release!.versions).toEqual([]);
  expect(asked.length).toBeLessThan(5);
});
