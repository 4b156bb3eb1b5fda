/**
 * How does the platform refuse? Each service has its own body. Exchange: `{status, message}`; API Manager: `{name, message}`,
 * and `{errors: […]}` for a body that breaks a schema (MuleSoft's public API descriptions, as the Go client has them).
 */

export type RefusalStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 500;

export class Refusal extends Error {
  readonly status: RefusalStatus;
  readonly body: unknown;

  constructor(status: RefusalStatus, message: string, body: unknown) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

export const exchangeRefusal = (
  status: RefusalStatus,
  message: string,
  details?: string[],
): Refusal => new Refusal(status, message, { status, message, ...(details && { details }) });

const names: Record<RefusalStatus, string> = {
  400: "BadRequestError",
  401: "UnauthorizedError",
  403: "ForbiddenError",
  404: "NotFoundError",
  409: "ConflictError",
  413: "PayloadTooLargeError",
  415: "UnsupportedMediaTypeError",
  500: "InternalServerError",
};

export const managerRefusal = (status: RefusalStatus, message: string): Refusal =>
  new Refusal(status, message, { name: names[status], message });

/** One finding about a body, in the words of API Manager. */
export interface SchemaFinding {
  readonly dataPath: string;
  readonly keyword: string;
  readonly message: string;
}

export const schemaRefusal = (findings: readonly SchemaFinding[]): Refusal =>
  new Refusal(400, findings.map(({ dataPath, message }) => `${dataPath} ${message}`).join("; "), {
    errors: findings.map((finding) => ({ type: "validation", ...finding })),
  });
