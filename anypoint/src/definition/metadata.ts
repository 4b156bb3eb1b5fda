/**
 * Which metadata.yaml do the two assets get? The platform goes by the first line; the name must be that under which the asset is
 * published.
 */
import { stringify } from "yaml";
import type { Definition } from "./gcl.ts";

/** Not what header holding needs (1.12): before it the policy judges the headers first, and says so in its log. */
const LEAST_RUNTIME = "1.6.0";

export const definitionName = (definition: Definition): string => definition.title;

export const implementationName = (definition: Definition): string =>
  `${definition.title} for Flex Gateway`;

export function definitionMetadata(definition: Definition): string {
  return marked("#%Policy Definition 0.1", {
    name: definitionName(definition),
    description: definition.description,
    category: definition.category,
    type: "custom",
    providedCharacteristics: [],
    requiredCharacteristics: [],
    interfaceScope: definition.interfaceScope,
    interfaceTransformation: {},
  });
}

export function implementationMetadata(definition: Definition): string {
  return marked("#%Policy Implementation 1.0", {
    name: implementationName(definition),
    technology: "flexGateway",
    minRuntimeVersion: LEAST_RUNTIME,
  });
}

const marked = (firstLine: string, document: object): string =>
  `${firstLine}\n${stringify(document, { lineWidth: 0 })}`;
