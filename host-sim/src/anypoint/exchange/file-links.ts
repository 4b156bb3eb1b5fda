/** How are an asset's files fetched? By links that carry their own permission: clients send no token along. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Asset, StoredFile } from "../state/model.ts";
import type { FileLink } from "./asset-view.ts";

const nameOf = (asset: Asset, { classifier, packaging }: StoredFile): string =>
  `${asset.assetId}-${asset.version}${classifier === "" ? "" : `-${classifier}`}.${packaging}`;

/** Links end with the process, as the platform's end after a time. */
export class FileLinks {
  readonly #key = randomBytes(32);

  /** `origin` is how the client reached us. */
  from(origin: string): FileLink {
    return (asset, file) =>
      `${origin}/exchange/files/${file.sha256}/${nameOf(asset, file)}?signature=${this.#sign(file.sha256)}`;
  }

  isGood(sha256: string, signature: string): boolean {
    const expected = Buffer.from(this.#sign(sha256));
    const given = Buffer.from(signature);
    return (
      /^[0-9a-f]{64}$/.test(sha256) &&
      expected.length === given.length &&
      timingSafeEqual(expected, given)
    );
  }

  #sign(sha256: string): string {
    return createHmac("sha256", this.#key).update(sha256).digest("hex");
  }
}
