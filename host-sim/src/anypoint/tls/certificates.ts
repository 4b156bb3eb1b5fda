/**
 * How is the stand-in trusted? It makes a certificate authority and a certificate for its addresses at first start and keeps
 * them, so that a client that was told to trust the authority goes on doing so after a restart.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { generate, type SelfsignedOptions, type SubjectAltNameEntry } from "selfsigned";
import { writeFileAtomically } from "../state/atomic-file.ts";

export interface Certificates {
  readonly key: string;
  /** The certificate and its authority. */
  readonly cert: string;
  /** For NODE_EXTRA_CA_CERTS. */
  readonly authorityFile: string;
}

interface Pair {
  readonly key: string;
  readonly cert: string;
}

const DAY = 24 * 60 * 60 * 1000;
const AUTHORITY: SelfsignedOptions["extensions"] = [
  { name: "basicConstraints", cA: true, critical: true },
  { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
];

export async function ensureCertificates(
  directory: string,
  hosts: readonly string[],
): Promise<Certificates> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const names = [...new Set(["localhost", "127.0.0.1", "::1", ...hosts])];
  const authority = await keep(directory, "ca", isAuthority, () => makeAuthority());
  const own = await keep(
    directory,
    "server",
    (pair) => covers(pair, authority, names),
    () => makeServer(authority, names),
  );
  return {
    key: own.key,
    cert: `${own.cert}\n${authority.cert}`,
    authorityFile: join(directory, "ca.pem"),
  };
}

async function keep(
  directory: string,
  name: string,
  good: (pair: Pair) => boolean,
  make: () => Promise<Pair>,
): Promise<Pair> {
  const keyFile = join(directory, `${name}-key.pem`);
  const certFile = join(directory, `${name}.pem`);
  if (existsSync(keyFile) && existsSync(certFile)) {
    const kept = { key: readFileSync(keyFile, "utf8"), cert: readFileSync(certFile, "utf8") };
    if (good(kept)) return kept;
  }
  const made = await make();
  writeFileAtomically(keyFile, made.key, 0o600);
  writeFileAtomically(certFile, made.cert, 0o644);
  return made;
}

async function makeAuthority(): Promise<Pair> {
  const pems = await generate([{ name: "commonName", value: "Anypoint stand-in of host-sim" }], {
    keyType: "ec",
    algorithm: "sha256",
    notAfterDate: new Date(Date.now() + 3650 * DAY),
    extensions: AUTHORITY,
  });
  return { key: pems.private, cert: pems.cert };
}

async function makeServer(authority: Pair, names: readonly string[]): Promise<Pair> {
  const altNames = names.map((name): SubjectAltNameEntry =>
    isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name },
  );
  const pems = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    ca: authority,
    notAfterDate: new Date(Date.now() + 365 * DAY),
    extensions: [{ name: "subjectAltName", altNames }],
  });
  return { key: pems.private, cert: pems.cert };
}

const isAuthority = (pair: Pair): boolean => isUsable(pair, (cert) => cert.ca);

const covers = (pair: Pair, authority: Pair, names: readonly string[]): boolean =>
  isUsable(pair, (cert) => {
    const signed = cert.verify(new X509Certificate(authority.cert).publicKey);
    return signed && names.every((name) => isNamed(cert, name));
  });

const isNamed = (cert: X509Certificate, name: string): boolean =>
  (isIP(name) === 0 ? cert.checkHost(name) : cert.checkIP(name)) !== undefined;

/** Files that were cut or changed by hand are made again. */
function isUsable(pair: Pair, check: (cert: X509Certificate) => boolean): boolean {
  try {
    const cert = new X509Certificate(pair.cert);
    const lasts = Date.parse(cert.validTo) > Date.now() + 7 * DAY;
    return lasts && cert.checkPrivateKey(createPrivateKey(pair.key)) && check(cert);
  } catch {
    return false;
  }
}
