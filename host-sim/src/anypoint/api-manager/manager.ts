/** Of what is API Manager made, and how is one call tied to an environment, an API and a policy? */
import { theirs } from "../accounts/routes.ts";
import type { Catalog } from "../exchange/catalog.ts";
import type { Call, Platform } from "../http/context.ts";
import { managerRefusal, type SchemaFinding } from "../http/refusal.ts";
import type { ApiInstance, AppliedPolicy, Asset, AutomatedPolicy } from "../state/model.ts";
import { checkConfiguration } from "./configuration-schema.ts";

export const ENVIRONMENT = "/apimanager/api/v1/organizations/:org/environments/:env";
export const API = `${ENVIRONMENT}/apis/:api`;

export class Manager {
  readonly platform: Platform;
  readonly catalog: Catalog;

  constructor(platform: Platform, catalog: Catalog) {
    this.platform = platform;
    this.catalog = catalog;
  }

  now(): string {
    return this.platform.clock().toISOString();
  }

  /** The ids of the business group and the environment in the path, if both are the caller's. */
  scopeOf(call: Call): { organizationId: string; environmentId: string } {
    const { id: organizationId } = theirs(call, this.platform.directory);
    const environmentId = call.req.param("env") ?? "";
    this.requireEnvironment(organizationId, environmentId);
    return { organizationId, environmentId };
  }

  requireEnvironment(organizationId: string, environmentId: string): void {
    if (!this.platform.directory.environment(organizationId, environmentId)) {
      throw managerRefusal(404, `Environment ${environmentId} was not found`);
    }
  }

  apiOf(call: Call): ApiInstance {
    const { environmentId } = this.scopeOf(call);
    const id = call.req.param("api") ?? "";
    const found = this.apis(environmentId).find((each) => String(each.id) === id);
    if (!found) throw managerRefusal(404, `API instance ${id} was not found`);
    return found;
  }

  apis(environmentId: string): ApiInstance[] {
    return this.platform.store.state.apis.filter((each) => each.environmentId === environmentId);
  }

  /** In the order in which they run. */
  policiesOf({ id }: ApiInstance): AppliedPolicy[] {
    return this.platform.store.state.policies
      .filter(({ apiId }) => apiId === id)
      .sort((one, other) => one.order - other.order);
  }

  policyOf(call: Call): AppliedPolicy {
    const id = call.req.param("policy") ?? "";
    const found = this.policiesOf(this.apiOf(call)).find((each) => String(each.id) === id);
    if (!found) throw managerRefusal(404, `Policy ${id} was not found`);
    return found;
  }

  /** The policy's schema is the one that was published with its definition. */
  schemaOf(definition: Asset): Record<string, unknown> {
    const file = definition.files.find(({ classifier }) => classifier === "schema")!;
    const text = this.platform.store.readBlob(file.sha256).toString("utf8");
    return JSON.parse(text) as Record<string, unknown>;
  }

  checkConfiguration(definition: Asset, configuration: unknown): SchemaFinding[] {
    return checkConfiguration(this.schemaOf(definition), configuration);
  }

  automatedPolicies(organizationId: string): AutomatedPolicy[] {
    return this.platform.store.state.automatedPolicies
      .filter((each) => each.organizationId === organizationId)
      .sort((one, other) => one.order - other.order);
  }
}
