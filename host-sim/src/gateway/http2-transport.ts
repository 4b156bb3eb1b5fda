/**
 * How are requests sent over HTTP/2? On one connection to an address for as long as its peer takes more streams, with prior
 * knowledge of the protocol, or ALPN where TLS is spoken (Envoy: explicit_http_config.http2_protocol_options).
 */
import { connect as tcpConnect } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { Http2Connection } from "./http2-connection.ts";
import { Http2UpstreamStream } from "./http2-upstream-stream.ts";
import type { UpstreamAddress } from "./upstream-address.ts";
import type { UpstreamTransport } from "./upstream-transport.ts";

export function http2Transport(target: UpstreamAddress, insecure: boolean): UpstreamTransport {
  const connections = new Map<string, Http2Connection[]>();
  return {
    open(address, callbacks, onClosed) {
      const open = (connections.get(address) ?? []).filter(({ session }) => !session.destroyed);
      let connection = open.find(({ usable }) => usable);
      if (connection === undefined) {
        connection = dial(target, address, insecure);
        open.push(connection);
      }
      connections.set(address, open);
      return new Http2UpstreamStream(connection, callbacks, onClosed);
    },
    close() {
      for (const { session } of [...connections.values()].flat()) session.destroy();
      connections.clear();
    },
  };
}

function dial(target: UpstreamAddress, address: string, insecure: boolean): Http2Connection {
  const { host, port, tls } = target;
  const authority = `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (!tls) return new Http2Connection(authority, tcpConnect({ host: address, port }), "connect");
  const servername = address === host ? "" : host;
  const alpn = { ALPNProtocols: ["h2"], servername, rejectUnauthorized: !insecure };
  const socket = tlsConnect({ host: address, port, ...alpn });
  return new Http2Connection(authority, socket, "secureConnect");
}
