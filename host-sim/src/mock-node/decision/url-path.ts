/** Which path does a request mean, for choosing its route? (`connector.url_normalize`) */

/** Longer paths are cut before they are matched: routes are short, and regular expressions take time. */
const MAX_PATH = 8192;

/** Query and fragment are no part of it. */
export function pathOf(target: string, normalize: boolean): string {
  const path = target.split(/[?#]/, 1)[0]!.slice(0, MAX_PATH);
  return normalize ? normalizePath(path) : path;
}

/** Percent-decoded once, slashes merged, `.` and `..` resolved: what nginx does before it looks for a location. */
function normalizePath(path: string): string {
  const decoded = path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  const kept: string[] = [];
  const segments = decoded.split("/");
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  const open = /^\.{0,2}$/.test(segments.at(-1) ?? "") && kept.length > 0;
  return `/${kept.join("/")}${open ? "/" : ""}`;
}
