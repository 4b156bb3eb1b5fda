/**
 * Whose code is in the bundle? A CycloneDX list: the packages that esbuild put into the publishing tool, the compiler whose runtime
 * is in the policy, and the official CLI, which is not in it but installed on demand. Versions and hashes are package-lock.json's.
 * No time and no serial number: the same sources give the same bytes.
 */
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";

const { Application, File, Library } = Enums.ComponentType;

/** As text. `inputs`: of esbuild's metafile. `files`: path and SHA-256 of each. */
export function sbom({ about, lock, inputs, officialCli, files }) {
  const own = new Models.Component(Application, about.name, {
    ...{ version: about.version, bomRef: `pkg:generic/${about.name}@${about.version}` },
    licenses: new Models.LicenseRepository([new Models.SpdxLicense(about.license)]),
    components: new Models.ComponentRepository(files.map(fileComponent)),
  });
  const components = [
    ...packagesOf(inputs).map((name) => component(name, lock, "bundled into build/anypoint.mjs")),
    component("assemblyscript", lock, "its runtime is compiled into build/wallarm-policy.wasm"),
    component("anypoint-cli-v4", officialCli, "installed on demand, not contained", {
      scope: Enums.ComponentScope.Optional,
    }),
  ];
  for (const { bomRef } of components) own.dependencies.add(bomRef);
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: own }),
    components: new Models.ComponentRepository(components),
  });
  const normalizer = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return `${new Serialize.JsonSerializer(normalizer).serialize(bom, { sortLists: true, space: 2 })}\n`;
}

/** "node_modules/@a/b/c.js" → "@a/b" */
function packagesOf(inputs) {
  const names = Object.keys(inputs).map(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1],
  );
  return [...new Set(names.filter(Boolean))];
}

function component(name, lock, description, more = {}) {
  const { version, license, integrity } = lock.packages[`node_modules/${name}`];
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  const content = Buffer.from(integrity.replace(/^sha512-/, ""), "base64").toString("hex");
  return new Models.Component(Library, name, {
    ...{ version, purl, description, bomRef: purl },
    licenses: new Models.LicenseRepository(license ? [new Models.SpdxLicense(license)] : []),
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm["SHA-512"], content]]),
    ...more,
  });
}

function fileComponent([name, hash]) {
  const hashes = new Models.HashDictionary([[Enums.HashAlgorithm["SHA-256"], hash]]);
  return new Models.Component(File, name, { bomRef: `file:${name}`, hashes });
}
