/** Which query of the journal does the query string of an API call say? */
import { MAX_LIMIT, type JournalQuery } from "../journal/query.ts";

export class ApiError extends Error {
  readonly status: 400 | 404;

  constructor(status: 400 | 404, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }
}

const texts = ["type", "host", "action", "id", "method", "path", "client", "text"] as const;
const known = [...texts, "since", "limit", "order"];

export function readQuery(parameters: Readonly<Record<string, string>>): JournalQuery {
  for (const key of Object.keys(parameters)) {
    if (known.includes(key)) continue;
    throw new ApiError(
      400,
      `parameter ${key.slice(0, 60)} is not known: known are ${known.join(", ")}`,
    );
  }
  const query: Record<string, string | number> = {};
  for (const key of texts) {
    const value = parameters[key];
    if (value !== undefined && value !== "") query[key] = value;
  }
  const { order } = parameters;
  if (order !== undefined && order !== "asc" && order !== "desc") {
    throw new ApiError(400, `order is ${JSON.stringify(order)}: must be asc or desc`);
  }
  if (order !== undefined) query.order = order;
  setInteger(query, "since", parameters.since, [0, Number.MAX_SAFE_INTEGER]);
  setInteger(query, "limit", parameters.limit, [1, MAX_LIMIT]);
  return query;
}

function setInteger(
  query: Record<string, string | number>,
  key: string,
  text: string | undefined,
  [min, max]: readonly [number, number],
): void {
  if (text === undefined) return;
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(number >= min && number <= max)) {
    throw new ApiError(
      400,
      `${key} is ${JSON.stringify(text)}: must be an integer from ${min} to ${max}`,
    );
  }
  query[key] = number;
}
