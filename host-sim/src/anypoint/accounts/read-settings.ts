/** Which accounts does a file give? Checked against a schema, and that groups are named which exist. */
import { Ajv2019 } from "ajv/dist/2019.js";
import { AnypointError } from "../anypoint-error.ts";
import type { AccountSettings } from "./settings.ts";

const text = { type: "string", minLength: 1 };
const texts = { type: "array", items: text };
const list = (required: string[], more: Record<string, unknown>): Record<string, unknown> => ({
  type: "array",
  items: {
    type: "object",
    required,
    additionalProperties: false,
    properties: { ...Object.fromEntries(required.map((name) => [name, text])), ...more },
  },
});

const schema = {
  type: "object",
  required: ["organizations"],
  additionalProperties: false,
  properties: {
    organizations: list(["id", "name", "environments"], {
      parentId: text,
      environments: list(["id", "name", "type", "isProduction"], {
        isProduction: { type: "boolean" },
      }),
    }),
    users: list(["username", "password", "organizations"], { organizations: texts }),
    connectedApps: list(["clientId", "clientSecret", "organizations"], { organizations: texts }),
  },
};

export function readAccounts(value: unknown): AccountSettings {
  const validate = new Ajv2019({ strict: false }).compile(schema);
  if (!validate(value)) {
    const { instancePath, message = "is wrong", params } = validate.errors![0]!;
    const extra = (params as { additionalProperty?: string }).additionalProperty;
    const where = instancePath.slice(1).replaceAll("/", ".") || "the file";
    throw new AnypointError(`${where} ${message}${extra === undefined ? "" : `: ${extra}`}`);
  }
  const given = value as Partial<AccountSettings> & Pick<AccountSettings, "organizations">;
  const settings = { users: [], connectedApps: [], ...given };
  for (const { organizations } of [...settings.users, ...settings.connectedApps]) {
    const unknown = organizations.find(
      (id) => !settings.organizations.some((each) => each.id === id),
    );
    if (unknown !== undefined)
      throw new AnypointError(`organizations has no ${unknown}, though it is somebody's`);
  }
  return settings;
}
