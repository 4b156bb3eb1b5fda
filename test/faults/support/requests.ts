/** What do clients ask in the matrix? The same few requests of every API, each with a path of its own. */
import { pattern } from "../../support/pattern.ts";
import { sha256 } from "../../support/upstream.ts";

export interface Kind {
  readonly name: string;
  readonly method: "GET" | "POST";
  readonly body: Buffer;
  readonly hash: string;
  /** The message to the node that is the first to meet the fault: over HTTP a part, over gRPC the head or a part of the body. */
  readonly from: number;
}

const kind = (name: string, size: number, from = 0): Kind => {
  const body = pattern(size);
  return { name, method: size === 0 ? "GET" : "POST", body, hash: sha256(body), from };
};

/** Of all faults. */
export const KINDS: readonly Kind[] = [
  kind("get", 0),
  kind("post", 1024),
  kind("upload", 5_000_000),
];
/** Of those that can begin in the middle. */
export const UPLOAD_LATER = kind("upload-later", 3_000_000, 2);
export const POST_LATER = kind("post-later", 1024, 1);

/** Bytes of a part. */
const PART = 1_048_576;

/** Parts that a body has. */
export const partsOf = ({ body }: Kind): number => Math.ceil(body.length / PART);

/** `api` keeps it apart from those of other APIs: all have one upstream. */
export const pathOf = (api: string, { name, from }: Kind): string => `/${api}/${name}/from/${from}`;

/** Which message is the first to meet the fault? */
export const faultyFrom = (path: string): number => Number(/\/from\/(\d+)$/.exec(path)?.[1] ?? 0);
