/** What does a small policy look like when it is published? Its definition, its implementation, and a module that does nothing. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export const schema = {
  $id: "test-policy",
  $schema: "https://json-schema.org/draft/2019-09/schema",
  "@context": { "@vocab": "anypoint://vocabulary/policy.yaml#" },
  title: "Test policy",
  description: "Of the tests",
  type: "object",
  properties: {
    node: {
      type: "string",
      format: "service",
      title: "Node",
      "@characteristics": ["security:sensitive"],
    },
    mode: { type: "string", enum: ["sync", "async"], default: "sync" },
    limit: { type: "integer", minimum: 0 },
  },
  required: ["node"],
};

export const definitionMetadata = `#%Policy Definition 0.1
name: Test policy
description: Of the tests
category: Security
providedCharacteristics: []
requiredCharacteristics: []
interfaceScope: [api, resource]
interfaceTransformation: {}
`;

export const implementationMetadata = `#%Policy Implementation 1.0
name: Test policy for Flex
technology: flexGateway
minRuntimeVersion: 1.6.0
releaseNotes: First
`;

/** Magic number and version: the smallest module there is. */
export const emptyModule = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

export type Files = Record<string, string | Uint8Array>;

export const definitionFiles: Files = {
  "files.schema.json": JSON.stringify(schema),
  "files.metadata.yaml": definitionMetadata,
};

export const implementationFiles: Files = {
  "files.binary.wasm": emptyModule,
  "files.metadata.yaml": implementationMetadata,
};

/** For the CLI: returns what `--files` takes. */
export function writePolicy(folder: string): { definition: string; implementation: string } {
  writeFileSync(join(folder, "schema.json"), JSON.stringify(schema));
  writeFileSync(join(folder, "definition.yaml"), definitionMetadata);
  writeFileSync(join(folder, "implementation.yaml"), implementationMetadata);
  writeFileSync(join(folder, "policy.wasm"), emptyModule);
  return {
    definition: JSON.stringify({
      "schema.json": "schema.json",
      "metadata.yaml": "definition.yaml",
    }),
    implementation: JSON.stringify({
      "binary.wasm": "policy.wasm",
      "metadata.yaml": "implementation.yaml",
    }),
  };
}
