/**
 * Do imports run in a circle, by values or by types? An ESLint rule. Who wants to understand one file of a circle has to read all of
 * them; an interface of what one side needs of the other breaks it.
 */
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const FROM = /^(?:import|export)\b[^;]*?\bfrom "(\.[^"]+\.ts)"/gm;

/** Of each file, those that it imports. */
const known = new Map();

function importsOf(file) {
  if (!known.has(file)) {
    const found = [...readFileSync(file, "utf8").matchAll(FROM)];
    known.set(
      file,
      found.map(([, specifier]) => resolve(dirname(file), specifier)),
    );
  }
  return known.get(file);
}

/** The files from `start` to `goal`, or undefined if no import leads there. */
function way(start, goal) {
  const cameFrom = new Map([[start, null]]);
  for (const file of cameFrom.keys()) {
    if (file === goal) return stepsTo(file, cameFrom);
    for (const next of importsOf(file)) if (!cameFrom.has(next)) cameFrom.set(next, file);
  }
  return undefined;
}

function stepsTo(file, cameFrom) {
  const before = cameFrom.get(file);
  return before === null ? [file] : [...stepsTo(before, cameFrom), file];
}

export const importCircles = {
  meta: { type: "problem" },
  create(context) {
    const { filename } = context;
    const check = ({ source }) => {
      if (!/^\..+\.ts$/.test(source?.value)) return;
      const circle = way(resolve(dirname(filename), source.value), filename);
      if (!circle) return;
      const names = circle.map((file) => relative(ROOT, file)).join(" → ");
      context.report({ node: source, message: `This import runs in a circle: ${names}.` });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};
