/** What is a resource of Flex Gateway's local mode? Its kind, its name, and a spec that a reader of its kind understands. */
import { type Field } from "./field.ts";
import { describePlace, shown } from "./problems.ts";

export const KINDS = [
  "ApiInstance",
  "PolicyBinding",
  "Service",
  "Extension",
  "Configuration",
] as const;
export type Kind = (typeof KINDS)[number];

export interface Resource {
  readonly kind: Kind;
  readonly name: string;
  readonly namespace: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly spec: Field;
  /** `file:line`. */
  readonly where: string;
}

export const DEFAULT_NAMESPACE = "default";
const GROUP = "gateway.mulesoft.com/";
const API_VERSION = `${GROUP}v1alpha1`;
/** The group that older documentation gives to Configuration. */
const CONFIGURATION_API_VERSION = "config.mulesoft.com/v1alpha1";

/** `undefined`: it is not for Flex Gateway, or wrong. */
export function readResource(root: Field): Resource | undefined {
  const kind = readKind(root);
  if (kind === undefined) return undefined;
  const metadata = root.child("metadata");
  root.onlyHas(["apiVersion", "kind", "metadata", "spec", "status"]);
  const labels = metadata.child("labels").entries();
  return {
    kind,
    name: metadata.child("name").text(),
    namespace: metadata.child("namespace").textOr(DEFAULT_NAMESPACE),
    labels: new Map(labels.map((each) => [String(each.path.at(-1)), String(each.value)])),
    spec: root.child("spec"),
    where: describePlace(root.place),
  };
}

function readKind(root: Field): Kind | undefined {
  const version = root.child("apiVersion");
  const kind = root.child("kind");
  const group = version.text(API_VERSION);
  const text = kind.text(`one of ${KINDS.join(", ")}`);
  if (group === "" || text === "") return undefined;
  if (group !== API_VERSION && !(group === CONFIGURATION_API_VERSION && text === "Configuration")) {
    if (group.startsWith(GROUP)) version.error(`${shown(group)} must be ${API_VERSION}`);
    else version.warn(`${shown(group)}: not for Flex Gateway, ignored`);
    return undefined;
  }
  const known = KINDS.find((each) => each === text);
  if (known === undefined) kind.error(`${shown(text)} must be one of ${KINDS.join(", ")}`);
  return known;
}

export function fullName({ namespace, name }: Pick<Resource, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}
