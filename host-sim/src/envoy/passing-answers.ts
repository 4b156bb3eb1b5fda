/** What does a filter do that has to do with requests alone? It lets answers pass. */
import { DataStatus, HeadersStatus, TrailersStatus } from "../wasm/abi.ts";

export abstract class PassingAnswers {
  encodeHeaders(): number {
    return HeadersStatus.Continue;
  }

  encodeData(): number {
    return DataStatus.Continue;
  }

  encodeTrailers(): number {
    return TrailersStatus.Continue;
  }

  onLog(): void {}
}
