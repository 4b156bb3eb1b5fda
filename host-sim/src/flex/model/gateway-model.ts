/** What is a gateway to serve? All that the resources of a directory say, with their references followed. */
import type { Rule } from "../documents/read-rules.ts";

export interface GatewayModel {
  readonly apis: readonly ApiModel[];
  /** Of the Configuration resource, as written. */
  readonly logLevel: string | undefined;
  readonly warnings: readonly string[];
  /** Files beside the YAML ones that were read: modules. */
  readonly files: readonly string[];
}

export interface ApiModel {
  /** `name.namespace.svc`, as Flex Gateway's log lines tell it. */
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly address: ApiAddress;
  /** The first that matches a request is taken. */
  readonly routes: readonly RouteModel[];
  /** In the order in which they see a request. */
  readonly policies: readonly PolicyModel[];
  readonly where: string;
}

export interface ApiAddress {
  readonly host: string;
  readonly port: number;
  /** Without a slash at its end: "" or "/api". */
  readonly basePath: string;
}

export interface RouteModel {
  readonly rules: readonly Rule[];
  readonly destinations: readonly Destination[];
}

export interface Destination {
  /** The cluster's name, `{service}.{namespace}.svc`. */
  readonly cluster: string;
  readonly url: string;
  /** Put before what is left of the path; without a slash at its end. */
  readonly path: string;
  readonly weight: number;
}

export interface PolicyModel {
  readonly name: string;
  readonly namespace: string;
  /** Bound by a selector, so that it may hold for many APIs. */
  readonly automated: boolean;
  readonly order: number;
  readonly extension: ExtensionModel;
  /** As written, with environment variables in their place. */
  readonly config: unknown;
  readonly rules: readonly Rule[];
  readonly where: string;
}

export interface ExtensionModel {
  /** `namespace/name` of the implementation. */
  readonly name: string;
  readonly rootId: string;
  readonly wasm: Uint8Array;
  /** Of its bytes. */
  readonly digest: string;
}

export function addressKey({ host, port }: ApiAddress): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
