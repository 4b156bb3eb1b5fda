/**
 * What of a body is kept to be sent again? It lies where filters hold bodies: one that holds once more has it in front of what
 * comes, and sends it a second time when it goes on (seen on Envoy: test/host-sim/routes-same-as-envoy.test.ts).
 */
import type { BodyBuffer } from "../body-buffer.ts";
import type { PathCallbacks } from "../filter.ts";

export class KeptBody {
  /** More came than the limit allows. */
  overflowed = false;
  private readonly path: PathCallbacks;
  private readonly limit: number;

  /** A limit of 0 is none. */
  constructor(path: PathCallbacks, limit: number) {
    this.path = path;
    this.limit = limit;
  }

  fits(data: BodyBuffer): boolean {
    const held = this.path.heldBody;
    const size = held === data || held === null ? data.size : held.size + data.size;
    const fits = this.limit === 0 || size <= this.limit;
    this.overflowed ||= !fits;
    return fits;
  }

  keep(data: BodyBuffer): void {
    this.path.addData(data, true);
  }

  /** All that lies there now, whoever put it there; `null`: there was no body. */
  get chunks(): readonly Uint8Array[] | null {
    return this.path.heldBody?.peek() ?? null;
  }

  drop(): void {
    this.path.heldBody?.take();
  }
}
