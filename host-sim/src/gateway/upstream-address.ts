/**
 * Where is an upstream? Reads the URL of a cluster, and resolves its name as Envoy's STRICT_DNS clusters do: a name that does
 * not resolve leaves the cluster without hosts, and is tried again every five seconds (Envoy's default dns_refresh_rate).
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

const REFRESH_MS = 5_000;

export interface UpstreamAddress {
  readonly tls: boolean;
  readonly http2: boolean;
  readonly host: string; // without the brackets of an IPv6 address
  readonly port: number;
}

/** `h2` is Flex Gateway's word for HTTP/2 that is spoken without asking first. */
const PROTOCOLS: Readonly<Record<string, { tls: boolean; http2: boolean }>> = {
  "http:": { tls: false, http2: false },
  "https:": { tls: true, http2: false },
  "h2:": { tls: false, http2: true },
  "h2s:": { tls: true, http2: true },
};

/** Throws an Error of one line that names `source` (an option, or a service) when `text` can't be an upstream. */
export function parseUpstreamUrl(text: string, source: string): UpstreamAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === "") {
    throw new Error(
      `${source}: "${text}" is not a URL; expected for example http://127.0.0.1:8081`,
    );
  }
  const protocol = PROTOCOLS[url.protocol];
  if (protocol === undefined) {
    throw new Error(
      `${source}: "${text}": scheme must be http, https, h2 or h2s (HTTP/2 with TLS)`,
    );
  }
  const port = url.port === "" ? (protocol.tls ? 443 : 80) : Number(url.port);
  return { ...protocol, host: url.hostname.replace(/^\[(.*)\]$/, "$1"), port };
}

/** The addresses behind one host name, kept fresh until `stop`. */
export class HostResolver {
  readonly #host: string;
  #addresses: string[] = [];
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(host: string) {
    this.#host = host;
    if (isIP(host) !== 0) this.#addresses = [host];
  }

  get hasHosts(): boolean {
    return this.#addresses.length > 0;
  }

  /** The next address, round robin; `undefined` if none is known. */
  pick(): string | undefined {
    return this.#addresses[this.#next++ % Math.max(1, this.#addresses.length)];
  }

  async start(): Promise<void> {
    if (isIP(this.#host) !== 0) return;
    await this.#resolve();
    this.#timer = setInterval(() => void this.#resolve(), REFRESH_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #resolve(): Promise<void> {
    try {
      const found = await lookup(this.#host, { all: true, order: "ipv4first" });
      // Envoy's default dns_lookup_family AUTO prefers one family and does not mix them.
      const family = found[0]?.family;
      this.#addresses = found.filter((each) => each.family === family).map((each) => each.address);
    } catch {
      // Envoy keeps the hosts that it knows when a later resolution fails.
    }
  }
}
