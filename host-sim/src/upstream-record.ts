/** What has an upstream received so far? Stands before a cluster and writes down each request, as it goes by. */
import { HeaderMap } from "./envoy/header-map.ts";
import type { Cluster, UpstreamCallbacks, UpstreamRequest } from "./envoy/http.ts";

export interface ReceivedRequest {
  readonly cluster: string;
  readonly headers: HeaderMap;
  /** All bytes so far. */
  readonly body: Uint8Array;
  readonly bodySize: number;
  readonly trailers: HeaderMap | null;
  readonly ended: boolean;
  /** The gateway gave it up. */
  readonly reset: boolean;
}

class Recorded implements ReceivedRequest {
  readonly cluster: string;
  headers = new HeaderMap();
  trailers: HeaderMap | null = null;
  ended = false;
  reset = false;
  bodySize = 0;
  private readonly chunks: Uint8Array[] = [];

  constructor(cluster: string) {
    this.cluster = cluster;
  }

  add(data: Uint8Array): void {
    this.chunks.push(data);
    this.bodySize += data.length;
  }

  get body(): Uint8Array {
    return Buffer.concat(this.chunks);
  }
}

export class RecordingCluster implements Cluster {
  readonly name: string;
  private readonly inner: Cluster;
  private readonly received: ReceivedRequest[];

  constructor(inner: Cluster, received: ReceivedRequest[]) {
    this.name = inner.name;
    this.inner = inner;
    this.received = received;
  }

  get hasHosts(): boolean {
    return this.inner.hasHosts;
  }

  newStream(callbacks: UpstreamCallbacks): UpstreamRequest {
    const recorded = new Recorded(this.name);
    this.received.push(recorded);
    const inner = this.inner.newStream(callbacks);
    return {
      encodeHeaders: (headers, endStream) => {
        recorded.headers = new HeaderMap(headers);
        recorded.ended = endStream;
        inner.encodeHeaders(headers, endStream);
      },
      encodeData: (data, endStream) => {
        recorded.add(data);
        recorded.ended = endStream;
        inner.encodeData(data, endStream);
      },
      encodeTrailers: (trailers) => {
        recorded.trailers = new HeaderMap(trailers);
        recorded.ended = true;
        inner.encodeTrailers(trailers);
      },
      resetStream: () => {
        recorded.reset = true;
        inner.resetStream();
      },
      readDisable: (disable) => inner.readDisable(disable),
    };
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
