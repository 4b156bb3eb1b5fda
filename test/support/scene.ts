/** What does a scenario play in? A gateway with the policy, between a node and an upstream that the test holds in its hands. */
import { resolve } from "node:path";
import type {
  ClusterOptions,
  Engine,
  FilterOptions,
  GatewayOptions,
  RunningGateway,
} from "./gateway-options.ts";
import { clusterName } from "./cluster-name.ts";
import { Processor } from "./ext-proc/processor.ts";
import { ProcessorNode } from "./ext-proc/processor-node.ts";
import { NodeStandIn } from "./node/stand-in.ts";
import type { TestNode } from "./node/test-node.ts";
import { Upstream } from "./upstream.ts";

export const POLICY_WASM =
  process.env.POLICY_WASM ?? resolve(import.meta.dirname, "../../build/wallarm-policy.wasm");

export type Config = Readonly<Record<string, unknown>>;

/** How the node is spoken to: `node_protocol` names them so. */
export type Transport = "connector" | "ext_proc";

export interface SceneOptions extends Partial<
  Pick<
    GatewayOptions,
    | "bufferLimit"
    | "headLimits"
    | "workers"
    | "http2StreamWindow"
    | "listenerContext"
    | "clientAddress"
    | "route"
  >
> {
  /** Beyond `wallarm_node`, which is the stand-in; or made of the stand-in's URL. */
  readonly config?: Config | ((nodeUrl: string) => Config);
  /** Whether the host holds headers while body callbacks go on: yes by default. */
  readonly allowOnHeadersStopIteration?: boolean;
  readonly nodeTls?: boolean;
  /** The node speaks ext_proc: a `ProcessorNode`. */
  readonly over?: Transport;
  /** So many nodes more, told by `additional_nodes`, with clusters named by Flex's rule. */
  readonly moreNodes?: number;
  /** The policy asks an external processor in the node's place, over gRPC; the test answers as a processor. */
  readonly extProc?: boolean;
  /** Of the node's cluster. */
  readonly nodeCluster?: Partial<ClusterOptions> & { readonly name?: string };
  readonly upstream?: Partial<ClusterOptions>;
  /** Names the policy, its namespace and the API: Flex's `plugin_name`. */
  readonly pluginName?: string;
  /** A second policy behind the first, by default in the same VM, with a node and a configuration of its own. */
  readonly second?: SecondPolicy;
  /** A filter between the two. */
  readonly between?: FilterOptions;
  /** Filters in front of the policy, and behind it. */
  readonly before?: readonly FilterOptions[];
  readonly behind?: readonly FilterOptions[];
}

export interface SecondPolicy {
  readonly config: NonNullable<SceneOptions["config"]>;
  readonly pluginName: string;
  readonly vmId?: string;
  /** It asks the node of the first. */
  readonly sharesNode?: boolean;
}

const PLUGIN_NAME = "wallarm.default.4711";

export class Scene<Node extends TestNode = NodeStandIn> {
  readonly engine: Engine;
  readonly options: SceneOptions;
  #running: Parts | undefined;
  #paths = 0;

  constructor(engine: Engine, options: SceneOptions) {
    this.engine = engine;
    this.options = options;
  }

  get gateway(): RunningGateway {
    return this.#parts.gateway;
  }

  get node(): Node {
    return this.#parts.node as Node;
  }

  get over(): Transport {
    return this.options.over ?? "connector";
  }

  /** In a scene with `extProc`. */
  get processor(): Processor {
    if (this.#parts.processor === undefined) throw new Error("the scene has no processor");
    return this.#parts.processor;
  }

  /** That of `wallarm_node`, then those of `additional_nodes`. */
  get nodes(): Node[] {
    return [this.#parts.node, ...this.#parts.moreNodes] as Node[];
  }

  get upstream(): Upstream {
    return this.#parts.upstream;
  }

  /** The node of the second policy. */
  get secondNode(): Node {
    if (this.#parts.secondNode === undefined) throw new Error("the scene has no second policy");
    return this.#parts.secondNode as Node;
  }

  get #parts(): Parts {
    if (this.#running === undefined) throw new Error("the scene has not begun");
    return this.#running;
  }

  /** A path that no other request of this scene has. */
  path(what = "p"): string {
    return `/${what}/${++this.#paths}`;
  }

  /** The policy as a filter, with a configuration that differs from the scene's in `changes`. */
  filter(changes: Config = {}, node?: TestNode): FilterOptions {
    return policyFilter(this.options, node?.url ?? nodeUrl(this.#parts), {
      ...additional(this.#parts),
      ...changes,
    });
  }

  /** Log lines of the policy that hold `text`. */
  logged(text: string): string[] {
    return this.gateway.logs().flatMap((line) => (line.text.includes(text) ? [line.text] : []));
  }

  async begin(): Promise<void> {
    const upstream = await Upstream.start();
    const options = { tls: this.options.nodeTls ?? false };
    const start = (): Promise<TestNode> =>
      this.over === "ext_proc" ? ProcessorNode.start(options) : NodeStandIn.start(options);
    const node = await start();
    const secondNode = this.options.second && (await start());
    const processor = this.options.extProc ? await Processor.start(options) : undefined;
    const moreNodes: TestNode[] = [];
    for (let i = 0; i < (this.options.moreNodes ?? 0); i++) moreNodes.push(await start());
    const standIns = { node, secondNode, processor, moreNodes, upstream };
    const gateway = await this.engine.start(gatewayOptions(this.options, standIns));
    this.#running = { gateway, ...standIns };
  }

  /** Before each test: nothing seen yet, the node lets everything pass. */
  reset(): void {
    for (const node of this.nodes) node.reset();
    this.#parts.secondNode?.reset();
    this.#parts.processor?.reset();
    this.upstream.reset();
  }

  async end(): Promise<void> {
    if (this.#running === undefined) return;
    await this.gateway.stop();
    for (const node of this.nodes) await node.stop();
    await this.#parts.secondNode?.stop();
    this.#parts.processor?.stop();
    await this.upstream.stop();
  }
}

interface StandIns {
  readonly node: TestNode;
  readonly secondNode?: TestNode | undefined;
  readonly processor?: Processor | undefined;
  readonly moreNodes: readonly TestNode[];
  readonly upstream: Upstream;
}

interface Parts extends StandIns {
  readonly gateway: RunningGateway;
}

function gatewayOptions(options: SceneOptions, standIns: StandIns): GatewayOptions {
  const { node: standIn, processor, secondNode, moreNodes, upstream } = standIns;
  const node = processor ?? standIn;
  const { name: wanted, ...limits } = options.nodeCluster ?? {};
  const name = wanted ?? clusterName(options.pluginName ?? PLUGIN_NAME, node.authority);
  const filters = [policyFilter(options, nodeUrl(standIns), additional(standIns))];
  const clusters: Record<string, ClusterOptions> = { [name]: { ...clusterOf(node), ...limits } };
  for (const more of moreNodes) {
    clusters[clusterName(options.pluginName ?? PLUGIN_NAME, more.authority)] = clusterOf(more);
  }
  if (options.second !== undefined && secondNode !== undefined) {
    const itsNode = options.second.sharesNode ? node : secondNode;
    const url = options.second.sharesNode ? nodeUrl(standIns) : secondNode.url;
    const { vmId = "policy" } = options.second;
    if (options.between !== undefined) filters.push(options.between);
    filters.push({ ...policyFilter(options.second, url), vmId });
    const second = clusterName(options.second.pluginName, itsNode.authority);
    clusters[second] = clusterOf(itsNode);
  }
  const all = [...(options.before ?? []), ...filters, ...(options.behind ?? [])];
  return { ...options, filters: all, upstream: { url: upstream.url, ...options.upstream }, clusters };
}

function clusterOf(node: TestNode | Processor): ClusterOptions {
  if (node instanceof ProcessorNode) return { url: node.clusterUrl, http2: true };
  return { url: node.url, http2: node instanceof Processor };
}

const nodeUrl = ({ node, processor }: StandIns): string =>
  processor === undefined ? node.url : `h2://${processor.authority}`;

const additional = ({ moreNodes }: StandIns): Config =>
  moreNodes.length === 0 ? {} : { additional_nodes: moreNodes.map((each) => each.url) };

function policyFilter(options: SceneOptions, url: string, changes: Config = {}): FilterOptions {
  const { config } = options;
  const own = typeof config === "function" ? config(url) : config;
  return {
    wasm: POLICY_WASM,
    name: options.pluginName ?? PLUGIN_NAME,
    rootId: "main",
    vmId: "policy",
    config: { wallarm_node: url, ...own, ...changes },
    allowOnHeadersStopIteration: options.allowOnHeadersStopIteration ?? true,
  };
}
