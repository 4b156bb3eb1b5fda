// Which borders do imports and code keep? The rooms of docs/architecture.md, and what a reader must not have to look out for.
import js from "@eslint/js";
import globals from "globals";
import tseslint from "typescript-eslint";
import { importBorders } from "./scripts/import-borders.mjs";
import { importCircles } from "./scripts/import-circles.mjs";

/** `from` may not be imported by files in `room`. */
const border = (room, from, why) => ({ room, from, why });

const SIM = "host-sim/src";
const borders = [
  // Simulator: cli → gateway, flex, mock-node → envoy → wasm, never back.
  ...["envoy", "gateway", "flex", "mock-node", "cli"].map((room) =>
    border(`${SIM}/wasm`, `${SIM}/${room}`, "wasm/ is the host core: it knows nothing of HTTP."),
  ),
  ...["gateway", "flex", "mock-node", "cli"].map((room) =>
    border(`${SIM}/envoy`, `${SIM}/${room}`, "envoy/ knows only wasm/."),
  ),
  ...["wasm", "envoy", "gateway", "flex", "cli"].map((room) =>
    border(`${SIM}/mock-node`, `${SIM}/${room}`, "The mock node stands alone."),
  ),
  border(`${SIM}/gateway`, `${SIM}/cli`, "cli/ is the top."),
  border(`${SIM}/gateway`, `${SIM}/mock-node`, "The gateway knows no node."),
  border(`${SIM}/flex`, `${SIM}/cli`, "cli/ is the top."),
  border(`${SIM}/flex`, `${SIM}/mock-node`, "The agent knows no node."),
  ...["wasm", "envoy", "gateway", "flex", "mock-node", "cli"].map((room) =>
    border(`${SIM}/anypoint`, `${SIM}/${room}`, "The stand-in for the platform stands alone."),
  ),
  ...["wasm", "envoy", "gateway", "flex", "mock-node"].map((room) =>
    border(`${SIM}/${room}`, `${SIM}/anypoint`, "Only cli/ starts the stand-in for the platform."),
  ),
  ...["wasm", "envoy", "gateway", "flex", "mock-node", "anypoint", "cli"].map((room) =>
    border(`${SIM}/safe-page`, `${SIM}/${room}`, "safe-page/ serves any page."),
  ),
  // Host and guest are written twice and share golden bytes only.
  border("host-sim", "assembly", "The simulator imports nothing of the policy."),
  border("host-sim", "as-proxy-wasm", "The simulator imports nothing of the SDK."),
  border("as-proxy-wasm", "assembly", "The SDK knows nothing of Wallarm."),
  border("as-proxy-wasm", "host-sim", "The SDK knows nothing of the simulator."),
  border("assembly", "host-sim", "The policy knows nothing of the simulator."),
  // The publishing tool goes to customers, without the rest.
  ...["host-sim", "assembly", "as-proxy-wasm", "test", "demo"].map((room) =>
    border("anypoint", room, "The publishing tool stands alone."),
  ),
  // Both read what people write, and check it, by it.
  ...["host-sim", "anypoint", "assembly", "as-proxy-wasm", "test"].map((room) =>
    border("checked-yaml", room, "checked-yaml/ serves whoever reads YAML."),
  ),
  border("host-sim", "anypoint", "The simulator imports nothing of the publishing tool."),
];

export default tseslint.config(
  {
    ignores: [
      "**/node_modules/",
      "**/dist/",
      "build/",
      ".venv/",
      ".cache/",
      // Top-level decorators of AssemblyScript, which TypeScript's parser refuses, stand in these files alone.
      "as-proxy-wasm/assembly/abi/imports.ts",
      "**/*.as.ts",
    ],
  },
  js.configs.recommended,
  {
    plugins: {
      house: { rules: { "import-borders": importBorders, "import-circles": importCircles } },
    },
    rules: {
      "no-control-regex": "off",
      "house/import-borders": ["error", borders],
    },
  },
  {
    files: [
      "host-sim/src/**/*.ts",
      "anypoint/src/**/*.ts",
      "checked-yaml/**/*.ts",
      "demo/**/*.ts",
      "test/**/*.ts",
      "bench/**/*.ts",
      "*.config.ts",
    ],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Not held in the policy and the SDK, where an interface costs a call that is looked up each time.
      "house/import-circles": "error",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
      ],
    },
  },
  {
    files: ["anypoint/src/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "Program > VariableDeclaration[kind='let']",
          message: "State stands in a context that is passed, not in a module.",
        },
        {
          selector:
            "CallExpression[callee.property.name=/^(includes|startsWith|endsWith|match|search)$/][callee.object.property.name='message']",
          message: "What an error is, its kind and origin say, not the words of its message.",
        },
      ],
    },
  },
  {
    files: ["test/anypoint/**/*.ts"],
    // The platform's answers have a hundred shapes; what a test reads of one, it expects right there.
    rules: {
      "@typescript-eslint/no-explicit-any": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    files: ["assembly/**/*.ts", "as-proxy-wasm/**/*.ts", "examples/**/*.ts"],
    languageOptions: { parser: tseslint.parser },
    // asc checks types and names; here only the borders count.
    rules: {
      "no-undef": "off",
      "no-unused-vars": "off",
      "no-redeclare": "off",
      "no-dupe-class-members": "off",
      "no-control-regex": "off",
      "no-loss-of-precision": "off",
    },
  },
  {
    files: ["**/*.mjs", "**/*.js", "**/*.cjs"],
    languageOptions: { globals: globals.node },
  },
  {
    files: ["host-sim/src/*/page/**/*.js"],
    languageOptions: { globals: globals.browser },
  },
);
