// What is the value of a parameter such as `boundary` or `filename` in a header?

/** Quoted or not; undefined where the header has no such parameter. */
export function headerParameter(header: string, name: string): string | undefined {
  const lower = header.toLowerCase();
  for (let at = lower.indexOf(name); at >= 0; at = lower.indexOf(name, at + 1)) {
    const before = header[at - 1] ?? ";";
    if (!/[;\s]/.test(before)) continue;
    let begin = at + name.length;
    while (header[begin] === " ") begin += 1;
    if (header[begin] !== "=") continue;
    begin += 1;
    while (header[begin] === " ") begin += 1;
    return header[begin] === '"' ? quoted(header, begin + 1) : token(header, begin);
  }
  return undefined;
}

/** Browsers escape only the quote in file names, so a backslash before anything else is itself. */
function quoted(header: string, begin: number): string {
  let end = begin;
  while (end < header.length && header[end] !== '"') {
    end += header[end] === "\\" && header[end + 1] === '"' ? 2 : 1;
  }
  return header.slice(begin, end).replaceAll('\\"', '"');
}

function token(header: string, begin: number): string {
  const end = header.slice(begin).search(/[;\r\n]/);
  return (end < 0 ? header.slice(begin) : header.slice(begin, begin + end)).trim();
}

export function mediaType(header: string): string {
  return (header.split(";", 1)[0] ?? "").trim().toLowerCase();
}
