/** What does a configuration of the vendor's Native Node (version 4) tell the mock node? */
import { dirname } from "node:path";
import { Document, isMap, isNode, isScalar, type ParsedNode, type YAMLMap } from "yaml";
import { readYaml } from "../../../../checked-yaml/read-yaml.ts";
import {
  serverModes,
  type ListenAddress,
  type NodeConfig,
  type ServerMode,
} from "./node-config.ts";
import { readConnector, readProxyHeaders } from "./read-connector.ts";
import { readLog, readMetrics, readMock } from "./read-mock.ts";
import { readInputFilters, readRoutes } from "./read-routes.ts";
import { Allowed, ConfigError, Section, type Source } from "./section.ts";

/** Where the listeners are if the configuration does not say so. */
export interface DefaultAddresses {
  readonly connector: ListenAddress;
  readonly externalFilter: ListenAddress;
  readonly metrics: ListenAddress;
  readonly mock: ListenAddress;
}

const LOOPBACK = "127.0.0.1";

/** The vendor's ports, on loopback. */
export const vendorAddresses: DefaultAddresses = {
  connector: { host: LOOPBACK, port: 5050 },
  externalFilter: { host: LOOPBACK, port: 5080 },
  metrics: { host: LOOPBACK, port: 9000 },
  mock: { host: LOOPBACK, port: 0 },
};

/** Free ports, so that many nodes can run side by side. */
export const freeAddresses: DefaultAddresses = {
  connector: { host: LOOPBACK, port: 0 },
  externalFilter: { host: LOOPBACK, port: 0 },
  metrics: { host: LOOPBACK, port: 0 },
  mock: { host: LOOPBACK, port: 0 },
};

export interface ReadConfig {
  readonly config: NodeConfig;
  readonly warnings: readonly string[];
}

/** Reads YAML text; throws a ConfigError of one line, which begins with `file:line:column`. */
export function readConfigText(yaml: string, file: string, defaults: DefaultAddresses): ReadConfig {
  const [first, second] = readYaml(file, yaml);
  if (second) {
    const { line, column } = second.placeOf([]);
    throw new ConfigError(`${file}:${line}:${column}: not YAML: more than one document`);
  }
  if (!first) return readConfigObject({}, defaults);
  if (first.problem) {
    const { line, column } = first.problem.place;
    throw new ConfigError(`${file}:${line}:${column}: not YAML: ${first.problem.message}`);
  }
  const placeOf = first.placeOfNode.bind(first);
  return readDocument({ file, document: first.document, placeOf, warnings: [] }, defaults);
}

/** Reads the same keys from an object. */
export function readConfigObject(object: object, defaults: DefaultAddresses): ReadConfig {
  const document = new Document(object);
  return readDocument(
    { file: "node configuration", document, placeOf: undefined, warnings: [] },
    defaults,
  );
}

function readDocument(source: Source, defaults: DefaultAddresses): ReadConfig {
  const map = mapOf(source);
  const root = new Section(source, "", map);
  root.value("version", (value) => (Number(value) === 4 ? 4 : new Allowed("4")), 4);
  const mode = root.value("mode", serverMode, "connector-server");
  const mock = root.section("mock");
  const faults = map ? plainFaults(source.document) : undefined;
  const config: NodeConfig = {
    mode,
    connector: readListener(root, mode, dirname(source.file), defaults),
    proxyHeaders: readProxyHeaders(root.sections("proxy_headers")),
    routes: readRoutes(root.section("route_config")),
    inputFilters: readInputFilters(root.section("input_filters")),
    log: readLog(root.section("log")),
    metrics: readMetrics(root.section("metrics"), defaults.metrics),
    mock: readMock(mock, defaults.mock, faults),
  };
  root.withoutEffect(
    "http_inspector",
    "postanalytics_exporter",
    "tarantool_exporter",
    "health_check",
    "drop_on_overload",
  );
  root.warnUnknown();
  return { config, warnings: source.warnings };
}

/** Undefined: nothing is in it. */
function mapOf({ document, file }: Source): YAMLMap | undefined {
  const contents = document.contents as ParsedNode | null;
  if (isMap(contents)) return contents;
  if (contents === null || (isScalar(contents) && contents.value === null)) return undefined;
  const shown = contents.toString().slice(0, 40);
  throw new ConfigError(`${file}: must be a map of keys and values, not ${shown}`);
}

/** `mock.faults` as plain values; undefined where there is none. */
function plainFaults(document: Document): unknown {
  const faults = document.getIn(["mock", "faults"], true);
  return isNode(faults) ? faults.toJS(document, { maxAliasCount: 100 }) : undefined;
}

/** The block of the other mode has no effect. */
function readListener(
  root: Section,
  mode: ServerMode,
  folder: string,
  defaults: DefaultAddresses,
): NodeConfig["connector"] {
  if (mode === "connector-server") {
    root.withoutEffect("envoy_external_filter");
    return readConnector(root.section("connector"), "connector", folder, defaults.connector);
  }
  root.withoutEffect("connector");
  const section = root.section("envoy_external_filter");
  return readConnector(section, "envoy_external_filter", folder, defaults.externalFilter);
}

function serverMode(value: unknown): ServerMode | Allowed {
  const mode = serverModes.find((known) => known === value);
  return mode ?? new Allowed(`${serverModes.join(" or ")} (the mock node has no tcp-capture)`);
}
