/** What does Access Management answer? Logging in, who am I, business groups, environments. */
import { randomUUID } from "node:crypto";
import { type Call, type Platform, readObject, type Routes, textOf } from "../http/context.ts";
import { Refusal } from "../http/refusal.ts";
import type { Environment } from "../state/model.ts";
import type { Directory, Identity } from "./directory.ts";
import type { Organization } from "./settings.ts";

const environmentTypes = ["sandbox", "production", "design"];

/** Open to everybody: nobody has a token yet. */
export function addLogin(routes: Routes, { directory }: Platform): void {
  routes.post("/accounts/login", async (call) => {
    const { username, password } = await readObject(call);
    return call.json(directory.logIn(textOf(username), textOf(password)) ?? unauthorized(), 200);
  });
  routes.post("/accounts/api/v2/oauth2/token", async (call) => {
    const body = await readCredentials(call);
    if (body.grant_type !== "client_credentials") {
      throw new Refusal(400, "grant_type", { error: "unsupported_grant_type" });
    }
    const issued = directory.logInApp(textOf(body.client_id), textOf(body.client_secret));
    return call.json({ ...(issued ?? unauthorized()), token_type: "bearer" });
  });
  // Telemetry of the CLI; its answer is not looked at.
  routes.post("/cli/api/v1/analytics/:kind", (call) => call.json({ success: true }));
}

/** JSON, as the CLI sends it, or a form (RFC 6749, section 4.4.2). */
async function readCredentials(call: Call): Promise<Record<string, unknown>> {
  const isForm = call.req.header("content-type")?.startsWith("application/x-www-form-urlencoded");
  return isForm ? Object.fromEntries(new URLSearchParams(await call.req.text())) : readObject(call);
}

export function addAccounts(routes: Routes, platform: Platform): void {
  const { directory } = platform;
  routes.get("/accounts/api/users/me", (call) =>
    call.json(whoAmI(call.get("identity"), directory)),
  );
  routes.get("/accounts/api/me", (call) =>
    call.json({ user: whoAmI(call.get("identity"), directory) }),
  );
  routes.get("/accounts/api/organizations/:org", (call) =>
    call.json(describe(theirs(call, directory), directory, call.get("identity"))),
  );
  addEnvironments(routes, platform);
}

function addEnvironments(routes: Routes, { directory, store }: Platform): void {
  const path = "/accounts/api/organizations/:org/environments";
  routes.get(path, (call) => {
    const data = directory.environments(theirs(call, directory).id).map(withClient);
    return call.json({ data, total: data.length });
  });
  routes.get(`${path}/:env`, (call) => call.json(withClient(known(call, directory))));
  routes.post(path, async (call) => {
    const { id: organizationId } = theirs(call, directory);
    const made = newEnvironment(await readObject(call), organizationId);
    if (directory.environments(organizationId).some(({ name }) => name === made.name)) {
      throw new Refusal(409, made.name, { message: `Environment ${made.name} already exists` });
    }
    store.change((state) => state.environments.push(made));
    return call.json(withClient(made), 201);
  });
  routes.delete(`${path}/:env`, (call) => {
    const { id } = known(call, directory);
    store.change((state) => state.removedEnvironments.push(id));
    return call.body(null, 204);
  });
}

function newEnvironment(body: Record<string, unknown>, organizationId: string): Environment {
  const name = textOf(body.name);
  const type = textOf(body.type) || (body.isProduction === true ? "production" : "sandbox");
  if (name === "" || !environmentTypes.includes(type)) {
    const message = `name and type (${environmentTypes.join(", ")}) are required`;
    throw new Refusal(400, message, { message });
  }
  return { id: randomUUID(), name, organizationId, type, isProduction: type === "production" };
}

function known(call: Call, directory: Directory): Environment {
  const found = directory.environment(theirs(call, directory).id, call.req.param("env") ?? "");
  if (!found) throw new Refusal(404, "no such environment", { message: "Environment not found" });
  return found;
}

/** The business group in the path, if the caller belongs to it. */
export function theirs(call: Call, directory: Directory): Organization {
  const id = call.req.param("org") ?? "";
  const organization = directory.organization(id);
  if (!organization || !call.get("identity").organizations.includes(id)) {
    const message = `User does not have access to organization ${id}`;
    throw new Refusal(403, message, { status: 403, name: "ForbiddenError", message });
  }
  return organization;
}

function unauthorized(): never {
  throw new Refusal(401, "Unauthorized", { status: 401, message: "Unauthorized" });
}

function whoAmI(identity: Identity, directory: Directory): Record<string, unknown> {
  const organizations = directory.organizations
    .filter(({ id }) => identity.organizations.includes(id))
    .map(({ id, name, parentId }) => ({
      id,
      name,
      isRoot: parentId === undefined,
      parentId: parentId ?? null,
    }));
  return {
    id: identity.id,
    username: identity.username,
    firstName: "Stand",
    lastName: "In",
    email: `${identity.username}@stand-in.example`,
    createdAt: "2026-01-01T00:00:00.000Z",
    organizationPreferences: {},
    organization: organizations.find(({ isRoot }) => isRoot) ?? organizations[0] ?? null,
    memberOfOrganizations: organizations,
    contributorOfOrganizations: organizations,
  };
}

function describe(
  { id, name, parentId }: Organization,
  directory: Directory,
  identity: Identity,
): Record<string, unknown> {
  return {
    id,
    name,
    isRoot: parentId === undefined,
    parentOrganizationIds: parentId === undefined ? [] : [parentId],
    subOrganizationIds: directory.organizations
      .filter((each) => each.parentId === id)
      .map((each) => each.id),
    ownerId: identity.id,
    owner: { id: identity.id, username: identity.username },
    createdAt: "2026-01-01T00:00:00.000Z",
    isFederated: false,
    environments: directory.environments(id).map(withClient),
    entitlements: { createEnvironments: true, createSubOrgs: false, globalDeployment: false },
    subscription: { type: "Stand-in", expiration: "2099-01-01T00:00:00.000Z" },
  };
}

const withClient = (environment: Environment): Record<string, unknown> => ({
  ...environment,
  clientId: environment.id.replaceAll("-", ""),
});
