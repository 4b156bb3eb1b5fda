/**
 * Which YAML does a Flex Gateway in local mode read? Two Extension documents: the definition, and the implementation with the
 * module in it. The second is byte for byte what MuleSoft's `cargo anypoint gcl-gen` writes.
 */
import { stringify } from "yaml";
import type { Definition } from "./gcl.ts";

/** Written into the document by the tool that we are held to. */
export const CARGO_ANYPOINT_VERSION = "1.10.0";
const API_VERSION = "gateway.mulesoft.com/v1alpha1";

export interface LocalName {
  readonly name: string;
  readonly namespace: string;
}

export function localDefinition(definition: Definition, { name, namespace }: LocalName): string {
  const { apiVersion, kind, metadata, ...rest } = definition.document;
  const named = {
    apiVersion,
    kind,
    metadata: { name, namespace, ...(metadata as object) },
    ...rest,
  };
  return yaml(named);
}

export function localImplementation({ name, namespace }: LocalName, wasm: Uint8Array): string {
  const extend = (base: string): object => ({ name: base, namespace });
  return yaml({
    apiVersion: API_VERSION,
    kind: "Extension",
    metadata: {
      name: `${name}-impl`,
      labels: { "pdk.mulesoft.com/cargo-anypoint-version": CARGO_ANYPOINT_VERSION },
    },
    spec: {
      extends: [
        { name },
        ...["extension-implementation", "envoy-filter", "proxy-wasm-filter"].map(extend),
      ],
      properties: {
        rootId: { type: "string", default: "main" },
        implementation: {
          type: "string",
          default: `base64://${Buffer.from(wasm).toString("base64")}`,
        },
      },
    },
  });
}

const yaml = (document: object): string => stringify(document, { lineWidth: 0, indentSeq: false });
