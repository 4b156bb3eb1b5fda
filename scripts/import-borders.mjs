/**
 * Does an import cross a border between two rooms? An ESLint rule: its option is a list of `{ room, from, why }`, paths from
 * the root of the repository; no file in `room` may import one in `from`.
 */
import { dirname, relative, resolve, sep } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
/** Packages of this repository, which files import by name. */
const WORKSPACES = ["as-proxy-wasm", "host-sim"];

const isIn = (path, room) => path === room || path.startsWith(`${room}/`);

/** What `file` means by `specifier`, from the root; undefined for packages of others. */
function target(file, specifier) {
  if (specifier.startsWith("."))
    return relative(ROOT, resolve(dirname(file), specifier))
      .split(sep)
      .join("/");
  return WORKSPACES.some((name) => isIn(specifier, name)) ? specifier : undefined;
}

export const importBorders = {
  meta: { type: "problem", schema: [{ type: "array" }] },
  create(context) {
    const file = relative(ROOT, context.filename).split(sep).join("/");
    const borders = context.options[0].filter(({ room }) => isIn(file, room));
    const check = ({ source }) => {
      const path = typeof source?.value === "string" && target(context.filename, source.value);
      const crossed = path && borders.find(({ from }) => isIn(path, from));
      if (crossed) context.report({ node: source, message: `${crossed.why} (${path})` });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};
