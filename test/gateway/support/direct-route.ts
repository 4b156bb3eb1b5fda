/** The shortest way between a listener and a cluster, without filters: what tests of the two need between them. */
import type { Cluster, StreamDecoder, UpstreamRequest } from "../../../host-sim/src/envoy/http.ts";
import { HeaderMap } from "../../../host-sim/src/envoy/header-map.ts";
import type { StreamFactory } from "../../../host-sim/src/gateway/downstream-stream.ts";

export interface SeenStream {
  headers?: HeaderMap;
  trailers?: HeaderMap;
  bytes: number;
  reset: boolean;
}

/** Forwards each stream to `cluster`, and tells what it saw in `seen`. */
export function directRoute(cluster: Cluster, seen: SeenStream[] = []): StreamFactory {
  return (client, connection): StreamDecoder => {
    const stream: SeenStream = { bytes: 0, reset: false };
    seen.push(stream);
    void connection;
    let answered = false;
    const upstream: UpstreamRequest = cluster.newStream({
      decodeHeaders: (headers, end) => {
        answered = true;
        client.encodeHeaders(headers, end);
      },
      decodeData: (data, end) => client.encodeData(data, end),
      decodeTrailers: (trailers) => client.encodeTrailers(trailers),
      onResetStream: (reason) => {
        if (answered) return client.resetStream();
        const status = reason === "protocol error" ? "502" : "503";
        client.encodeHeaders(
          new HeaderMap([
            [":status", status],
            ["x-reset", reason],
          ]),
          true,
        );
      },
      onUpstreamBlocked: (blocked) =>
        blocked ? client.onAboveHighWatermark() : client.onBelowLowWatermark(),
    });
    return {
      decodeHeaders: (headers, end) => {
        stream.headers = headers;
        upstream.encodeHeaders(headers, end);
      },
      decodeData: (data, end) => {
        stream.bytes += data.length;
        upstream.encodeData(data, end);
      },
      decodeTrailers: (trailers) => {
        stream.trailers = trailers;
        upstream.encodeTrailers(trailers);
      },
      onDownstreamReset: () => {
        stream.reset = true;
        upstream.resetStream();
      },
      setDownstreamBlocked: (blocked) => upstream.readDisable(blocked),
    };
  };
}
