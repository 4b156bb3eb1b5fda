/** What do all bundles have in common that Node 20 runs? Options of esbuild. */
export const NODE_BUNDLE = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "warning",
};
