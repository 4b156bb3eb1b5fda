/** Of what is Exchange made, and how is one call tied to an asset and its owner? */
import type { Platform, Call } from "../http/context.ts";
import { exchangeRefusal } from "../http/refusal.ts";
import type { Asset, Gav } from "../state/model.ts";
import type { FileLink } from "./asset-view.ts";
import { Catalog } from "./catalog.ts";
import { FileLinks } from "./file-links.ts";
import { Publisher } from "./publication.ts";

export class Exchange {
  readonly platform: Platform;
  readonly catalog: Catalog;
  readonly publisher: Publisher;
  readonly links = new FileLinks();

  constructor(platform: Platform) {
    const { store, faults, publicationDelayMs, clock } = platform;
    this.platform = platform;
    this.catalog = new Catalog(store);
    this.publisher = new Publisher({
      store,
      faults,
      clock,
      catalog: this.catalog,
      delayMs: publicationDelayMs,
    });
  }

  /** Whoever asks must belong to the group in the path. */
  gavOf(call: Call): Gav {
    const groupId = call.req.param("group") ?? "";
    if (!call.get("identity").organizations.includes(groupId)) {
      throw exchangeRefusal(403, `User does not have permissions on group ${groupId}`);
    }
    return {
      groupId,
      assetId: call.req.param("asset") ?? "",
      version: call.req.param("version") ?? "",
    };
  }

  assetOf(call: Call): Asset {
    return this.catalog.get(this.gavOf(call));
  }

  linksFor(call: Call): FileLink {
    return this.links.from(new URL(call.req.url).origin);
  }

  edit(asset: Asset, change: (asset: Asset) => void): void {
    this.platform.store.change(() => {
      change(asset);
      asset.modifiedAt = this.platform.clock().toISOString();
    });
  }
}
