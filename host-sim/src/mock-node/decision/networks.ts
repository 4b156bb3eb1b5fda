/** Is an address inside one of the networks of the configuration? */
import ipaddr from "ipaddr.js";

export class Networks {
  readonly #ranges: ReadonlyArray<ReturnType<typeof ipaddr.parseCIDR>>;

  /** Addresses or CIDR ranges, already checked by the reader of the configuration. */
  constructor(networks: readonly string[]) {
    this.#ranges = networks.map((network) => {
      if (network.includes("/")) return ipaddr.parseCIDR(network);
      const address = ipaddr.parse(network);
      return [address, address.kind() === "ipv4" ? 32 : 128];
    });
  }

  /** False for what is no address. An IPv4 address that was mapped into IPv6 counts as IPv4. */
  include(address: string): boolean {
    const plain = address.replace(/%.*$/, ""); // zone, as in fe80::1%eth0
    if (!ipaddr.isValid(plain)) return false;
    const parsed = ipaddr.process(plain);
    return this.#ranges.some(
      ([base, bits]) => base.kind() === parsed.kind() && parsed.match([base, bits] as never),
    );
  }
}
