/** Which assets are there? Looking up and ordering, by group, asset and version. */
import { exchangeRefusal } from "../http/refusal.ts";
import type { Asset, Gav } from "../state/model.ts";
import type { Store } from "../state/store.ts";
import { compareVersions } from "./version.ts";

export const isSameGav = (one: Gav, other: Gav): boolean =>
  one.groupId === other.groupId && one.assetId === other.assetId && one.version === other.version;

export const showGav = ({ groupId, assetId, version }: Gav): string =>
  `${groupId}/${assetId}/${version}`;

export class Catalog {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  find(gav: Gav): Asset | undefined {
    return this.#store.state.assets.find((asset) => !asset.deleted && isSameGav(asset, gav));
  }

  get(gav: Gav): Asset {
    const found = this.find(gav);
    if (!found) throw exchangeRefusal(404, `Asset ${showGav(gav)} was not found`);
    return found;
  }

  /** Also of assets that were deleted softly: their versions stay taken. */
  isTaken(gav: Gav): boolean {
    return this.#store.state.assets.some((asset) => isSameGav(asset, gav));
  }

  all(): Asset[] {
    return this.#store.state.assets.filter(({ deleted }) => !deleted);
  }

  /** Newest first. */
  versions(groupId: string, assetId: string): Asset[] {
    return this.all()
      .filter((asset) => asset.groupId === groupId && asset.assetId === assetId)
      .sort((one, other) => compareVersions(other.version, one.version));
  }

  /** Of a policy's definition, newest first. */
  implementations(definition: Gav): Asset[] {
    return this.all()
      .filter(({ dependencies }) => dependencies.some((each) => isSameGav(each, definition)))
      .filter(({ type }) => type === "policy-implementation")
      .sort((one, other) => compareVersions(other.version, one.version));
  }

  /** Assets that are published on top of this one. */
  dependents(gav: Gav): Asset[] {
    return this.all().filter(({ dependencies }) =>
      dependencies.some((each) => isSameGav(each, gav)),
    );
  }
}
