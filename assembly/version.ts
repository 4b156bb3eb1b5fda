// Which version of the policy is this? Made from package.json by scripts/write-version.mjs: change it there.

export const VERSION = "0.1.0";
