/** Who may log in, and to which business groups and environments? Given at start; invented names by default. */
import type { Environment } from "../state/model.ts";

export interface Organization {
  readonly id: string;
  readonly name: string;
  /** Of the business group above; absent for the root. */
  readonly parentId?: string;
  readonly environments: readonly Omit<Environment, "organizationId">[];
}

export interface User {
  readonly username: string;
  readonly password: string;
  /** Business groups that this user belongs to. */
  readonly organizations: readonly string[];
}

export interface ConnectedApp {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly organizations: readonly string[];
}

export interface AccountSettings {
  readonly organizations: readonly Organization[];
  readonly users: readonly User[];
  readonly connectedApps: readonly ConnectedApp[];
}

export const ROOT_GROUP = "5a1e0d3c-0001-4000-8000-000000000001";
export const CHILD_GROUP = "5a1e0d3c-0002-4000-8000-000000000002";
/** Exists, and nobody here belongs to it. */
export const FOREIGN_GROUP = "5a1e0d3c-0009-4000-8000-000000000009";
export const SANDBOX = "e0000000-0001-4000-8000-000000000001";
export const PRODUCTION = "e0000000-0002-4000-8000-000000000002";

const environments = (suffix: string): Organization["environments"] => [
  { id: SANDBOX.slice(0, -1) + suffix, name: "Sandbox", type: "sandbox", isProduction: false },
  {
    id: PRODUCTION.slice(0, -1) + suffix,
    name: "Production",
    type: "production",
    isProduction: true,
  },
];

/** Nothing here is a secret: whoever can reach the stand-in may read it in its documentation. */
export const defaultAccounts: AccountSettings = {
  organizations: [
    {
      id: ROOT_GROUP,
      name: "Acme",
      environments: [
        { id: SANDBOX, name: "Sandbox", type: "sandbox", isProduction: false },
        { id: PRODUCTION, name: "Production", type: "production", isProduction: true },
      ],
    },
    {
      id: CHILD_GROUP,
      name: "Acme Payments",
      parentId: ROOT_GROUP,
      environments: environments("c"),
    },
    { id: FOREIGN_GROUP, name: "Globex", environments: environments("f") },
  ],
  users: [
    {
      username: "developer",
      password: "stand-in-password",
      organizations: [ROOT_GROUP, CHILD_GROUP],
    },
  ],
  connectedApps: [
    {
      clientId: "stand-in-client",
      clientSecret: "stand-in-secret",
      organizations: [ROOT_GROUP, CHILD_GROUP],
    },
  ],
};
