/**
 * Whose code is in the bundle? A CycloneDX list: the packages that esbuild put into the publishing tool, the compiler whose runtime
 * is in the policy, and the official CLI, which is not in it but installed on demand. Versions and hashes are package-lock.json's.
 */
const FORMAT = { bomFormat: "CycloneDX", specVersion: "1.6", version: 1 };

/** `inputs`: of esbuild's metafile. */
export function sbom({ about, lock, inputs, officialCli, files }) {
  const bundled = packagesOf(inputs).map((name) =>
    component(name, lock, "bundled into build/anypoint.mjs"),
  );
  const components = [
    ...bundled,
    component("assemblyscript", lock, "its runtime is compiled into build/wallarm-policy.wasm"),
    {
      ...component("anypoint-cli-v4", officialCli, "installed on demand, not contained"),
      scope: "optional",
    },
  ].sort((a, b) => (a["bom-ref"] < b["bom-ref"] ? -1 : 1));
  const own = `pkg:generic/${about.name}@${about.version}`;
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    ...FORMAT,
    metadata: {
      component: {
        ...{ type: "application", "bom-ref": own, name: about.name, version: about.version },
        licenses: [{ license: { id: about.license } }],
        components: files.map(([name, hash]) => ({
          ...{ type: "file", "bom-ref": `file:${name}`, name },
          hashes: [{ alg: "SHA-256", content: hash }],
        })),
      },
    },
    components,
    dependencies: [
      { ref: own, dependsOn: components.map((each) => each["bom-ref"]) },
      ...components.map((each) => ({ ref: each["bom-ref"], dependsOn: [] })),
    ],
  };
}

/** "node_modules/@a/b/c.js" → "@a/b" */
function packagesOf(inputs) {
  const names = Object.keys(inputs).map(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1],
  );
  return [...new Set(names.filter(Boolean))];
}

function component(name, lock, description) {
  const { version, license, integrity } = lock.packages[`node_modules/${name}`];
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const content = Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex");
  return {
    ...{ type: "library", "bom-ref": purl, name, version, purl, description },
    ...(license && { licenses: [{ license: { id: license } }] }),
    hashes: [{ alg: "SHA-512", content }],
  };
}
