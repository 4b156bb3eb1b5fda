/** Resources of Flex Gateway's local mode as tests write them: YAML, as short as it can be. */
import { stringify } from "yaml";

interface Policy {
  readonly name: string;
  readonly config?: object;
  readonly rules?: readonly object[];
}

interface Api {
  readonly address: string;
  readonly upstream?: string;
  readonly routes?: readonly object[];
  readonly policies?: readonly Policy[];
  readonly labels?: Readonly<Record<string, string>>;
}

interface Binding extends Partial<Policy> {
  readonly policy: string;
  readonly target: string | object;
  readonly order?: number;
}

export function resource(kind: string, name: string, spec: object, metadata: object = {}): string {
  const apiVersion = "gateway.mulesoft.com/v1alpha1";
  return `---\n${stringify({ apiVersion, kind, metadata: { name, ...metadata }, spec })}`;
}

export function api(name: string, { address, upstream, routes, policies, labels }: Api): string {
  const services = upstream && { upstream: { address: upstream, ...(routes && { routes }) } };
  const inline = policies?.map(({ name, ...rest }) => ({ policyRef: { name }, ...rest }));
  const spec = { address, ...(services && { services }), ...(inline && { policies: inline }) };
  return resource("ApiInstance", name, spec, labels && { labels });
}

export function binding(name: string, { policy, target, ...rest }: Binding): string {
  const targetRef = typeof target === "string" ? { name: target } : target;
  return resource("PolicyBinding", name, { targetRef, policyRef: { name: policy }, ...rest });
}

/** Definition and implementation, as the official generator writes them. */
export function extension(
  name: string,
  implementation: string,
  properties: object = {},
  required: readonly string[] = [],
): string {
  const definition = { extends: [{ name: "extension-definition" }], properties, required };
  const families = ["extension-implementation", "envoy-filter", "proxy-wasm-filter"];
  const spec = {
    extends: [name, ...families].map((each) => ({ name: each })),
    properties: {
      rootId: { type: "string", default: "main" },
      implementation: { type: "string", default: implementation },
    },
  };
  return resource("Extension", name, definition) + resource("Extension", `${name}-impl`, spec);
}

export const ALL_APIS = { kind: "Selector", selector: { kind: "ApiInstance" } };
