/** What of one direction of a stream may a guest reach right now? Headers, body and trailers only in their own callbacks. */
import type { HostBuffer } from "../wasm/host-context.ts";
import { emptyBuffer, type BodyBuffer } from "./body-buffer.ts";
import type { PathCallbacks } from "./filter.ts";
import type { HeaderMap } from "./header-map.ts";

export class Reach {
  headers: HeaderMap | null = null;
  body: BodyBuffer | null = null;
  trailers: HeaderMap | null = null;
  /** The guest lets the body gather: its buffer is all that is held. */
  gathering = false;
  readonly path: PathCallbacks;

  constructor(path: PathCallbacks) {
    this.path = path;
  }

  /** A body out of reach is empty, and refuses to be changed. */
  get buffer(): HostBuffer {
    return (this.gathering ? this.path.heldBody : this.body) ?? emptyBuffer;
  }

  /** In the last body callback, trailers may be made. */
  mutableTrailers(endOfStream: boolean): HeaderMap | null {
    if (this.trailers === null && this.body !== null && endOfStream) {
      this.trailers = this.path.addTrailers();
    }
    return this.trailers;
  }

  close(): void {
    this.headers = null;
    this.body = null;
    this.trailers = null;
  }
}
