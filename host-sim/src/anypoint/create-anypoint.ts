/** How does a stand-in for the Anypoint Platform come to life? One call; everything that it remembers lies in one directory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Directory } from "./accounts/directory.ts";
import { defaultAccounts, type AccountSettings } from "./accounts/settings.ts";
import { platformRoutes } from "./api-routes.ts";
import { Manager } from "./api-manager/manager.ts";
import { Exchange } from "./exchange/exchange.ts";
import { FaultSet, type Fault } from "./faults/fault-set.ts";
import type { Platform } from "./http/context.ts";
import { listen, type ListenAddress } from "./http/serve.ts";
import { keepDirectory } from "./local-mode/directory.ts";
import { pageRoutes } from "./page-routes.ts";
import { Store } from "./state/store.ts";
import { ensureCertificates } from "./tls/certificates.ts";

export interface AnypointOptions {
  /** Of the platform's APIs, with TLS. Default: loopback, any port. */
  readonly listen?: ListenAddress;
  /** Of the page, without TLS. Default: loopback, any port. */
  readonly page?: ListenAddress;
  /** Default: a directory of its own, removed at the end. */
  readonly stateDirectory?: string;
  /** Where to keep local-mode files for its APIs. */
  readonly confDirectory?: string;
  /** The address that the gateway of those files listens on. Default 127.0.0.1. */
  readonly gatewayHost?: string;
  /** Only the APIs of this environment are written there: its name or id. Default: all. */
  readonly confEnvironment?: string;
  readonly accounts?: AccountSettings;
  readonly publicationDelayMs?: number;
  readonly gatewayVersion?: string;
  readonly clock?: () => Date;
}

export interface Anypoint {
  /** For ANYPOINT_HOST. */
  readonly host: string;
  readonly url: string;
  readonly pageUrl: string;
  /** For NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  setFaults(faults: readonly Fault[]): void;
  close(): Promise<void>;
}

const LOOPBACK: ListenAddress = { host: "127.0.0.1", port: 0 };

export async function createAnypoint(options: AnypointOptions = {}): Promise<Anypoint> {
  const own = options.stateDirectory === undefined;
  const directory = options.stateDirectory ?? mkdtempSync(join(tmpdir(), "anypoint-"));
  const platform = createPlatform(options, new Store(directory));
  const exchange = new Exchange(platform);
  const manager = new Manager(platform, exchange.catalog);
  if (options.confDirectory !== undefined) {
    const { confDirectory, gatewayHost = LOOPBACK.host, confEnvironment } = options;
    const only = confEnvironment === undefined ? {} : { environment: confEnvironment };
    keepDirectory(manager, { directory: confDirectory, gatewayHost, ...only });
  }
  const address = options.listen ?? LOOPBACK;
  const tls = await ensureCertificates(join(directory, "tls"), namesOf(address));
  const routes = platformRoutes(platform, exchange, manager);
  const api = await listen((request, env) => routes.fetch(request, env), address, tls);
  const pages = pageRoutes(manager, { host: api.authority, caFile: tls.authorityFile });
  const page = await listen((request) => pages.fetch(request), options.page ?? LOOPBACK);
  return {
    host: api.authority,
    url: `https://${api.authority}`,
    pageUrl: `http://${page.authority}`,
    caFile: tls.authorityFile,
    setFaults: (faults) => platform.faults.replace(faults),
    close: async () => {
      exchange.publisher.close();
      await Promise.all([api.close(), page.close()]);
      if (own) rmSync(directory, { recursive: true, force: true });
    },
  };
}

function createPlatform(options: AnypointOptions, store: Store): Platform {
  return {
    store,
    directory: new Directory(options.accounts ?? defaultAccounts, store),
    faults: new FaultSet(),
    clock: options.clock ?? (() => new Date()),
    publicationDelayMs: options.publicationDelayMs ?? 300,
    gatewayVersion: options.gatewayVersion ?? "1.12.0",
  };
}

/** A wildcard address is no name that a client could ask for. */
const namesOf = ({ host }: ListenAddress): string[] =>
  ["0.0.0.0", "::"].includes(host) ? [] : [host];
