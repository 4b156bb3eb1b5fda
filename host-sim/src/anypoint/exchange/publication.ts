/** How does an upload become an asset? Checked, kept, and asynchronous unless the client asks otherwise. */
import { createHash, randomUUID } from "node:crypto";
import type { Identity } from "../accounts/directory.ts";
import type { Fault, FaultSet } from "../faults/fault-set.ts";
import { exchangeRefusal, type RefusalStatus } from "../http/refusal.ts";
import {
  assetStatuses,
  type Asset,
  type AssetStatus,
  type Gav,
  type Publication,
  type StoredFile,
} from "../state/model.ts";
import type { Store } from "../state/store.ts";
import { isSameGav, showGav, type Catalog } from "./catalog.ts";
import { implementationFacts, missingFiles, policyProblems } from "./policy-rules.ts";
import type { Upload, UploadedFile } from "./upload.ts";
import { isVersion } from "./version.ts";

const types = [
  ...["rest-api", "soap-api", "http-api", "raml-fragment", "custom", "connector", "template"],
  ...["example", "policy", "policy-implementation", "app", "extension", "external-library"],
];
/** Finished publications that can still be asked about. */
const MAX_PUBLICATIONS = 200;

export interface PublisherOptions {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly faults: FaultSet;
  readonly delayMs: number;
  readonly clock: () => Date;
}

interface Job {
  readonly upload: Upload;
  readonly by: Identity;
  readonly organizationId: string;
  readonly fault: Fault | undefined;
}

const messageOf = ({ message = "Unexpected error" }: Fault): string => message;

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** What can be told at once is: throws a Refusal. */
  check(gav: Gav, upload: Upload): void {
    const { catalog, store } = this.#options;
    if (!isVersion(gav.version)) {
      throw exchangeRefusal(400, `Invalid version ${gav.version}, expected major.minor.patch`);
    }
    const underWay = store.state.publications.some(
      (each) => each.status === "running" && isSameGav(each.gav, gav),
    );
    if (catalog.isTaken(gav) || underWay) {
      throw exchangeRefusal(409, `Asset ${showGav(gav)} already exists; choose another version`);
    }
    if (upload.name === "") throw exchangeRefusal(400, "name is required");
    if (!types.includes(upload.type)) {
      throw exchangeRefusal(
        400,
        `Invalid type "${upload.type}", expected one of ${types.join(", ")}`,
      );
    }
    if (upload.status !== "" && !assetStatuses.includes(upload.status as AssetStatus)) {
      throw exchangeRefusal(400, `Invalid status "${upload.status}"`);
    }
    const missing = missingFiles(upload);
    if (missing.length > 0) {
      throw exchangeRefusal(400, `Missing files for type ${upload.type}: ${missing.join(", ")}`);
    }
  }

  /** At once, for `x-sync-publication: true`. */
  publish(gav: Gav, upload: Upload, by: Identity, organizationId: string): Asset {
    const problems = this.#problems(upload);
    if (problems.length > 0) throw exchangeRefusal(400, problems.join("; "), problems);
    const fault = this.#options.faults.take("fail-publication");
    if (fault) throw exchangeRefusal((fault.status ?? 500) as RefusalStatus, messageOf(fault));
    return this.#add(gav, upload, by, organizationId);
  }

  start(gav: Gav, upload: Upload, by: Identity, organizationId: string): Publication {
    const publication: Publication = { id: randomUUID(), gav, status: "running" };
    this.#options.store.change(({ publications }) => {
      publications.push(publication);
      publications.splice(0, publications.length - MAX_PUBLICATIONS);
    });
    const { faults } = this.#options;
    const [stalled, fault] = [faults.take("stall-publication"), faults.take("fail-publication")];
    if (stalled) return publication;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#finish(publication, { upload, by, organizationId, fault });
    }, this.#options.delayMs);
    this.#timers.add(timer);
    return publication;
  }

  find(id: string): Publication | undefined {
    return this.#options.store.state.publications.find((each) => each.id === id);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #finish(publication: Publication, { upload, by, organizationId, fault }: Job): void {
    const problems = this.#problems(upload);
    const good = problems.length === 0 && !fault;
    // The asset first: whoever reads "completed" finds it.
    if (good) this.#add(publication.gav, upload, by, organizationId);
    this.#options.store.change(() => {
      publication.status = good ? "completed" : "error";
      if (good) return;
      publication.statusCode = problems.length > 0 ? 400 : (fault!.status ?? 500);
      publication.errors = problems.length > 0 ? problems : [messageOf(fault!)];
    });
  }

  #problems(upload: Upload): string[] {
    return policyProblems(upload, this.#options.catalog);
  }

  #add(gav: Gav, upload: Upload, by: Identity, organizationId: string): Asset {
    const now = this.#options.clock().toISOString();
    const implementation = implementationFacts(upload);
    const { files, ...told } = upload;
    const asset: Asset = {
      ...gav,
      ...told,
      organizationId,
      status: (upload.status || "published") as AssetStatus,
      createdAt: now,
      modifiedAt: now,
      createdBy: by.username,
      files: files.map((file) => storeFile(this.#options.store, file)),
      ...{ pages: [], draftPages: [], resources: [], draftResources: [] },
      ...(implementation && { implementation }),
    };
    this.#options.store.change(({ assets }) => assets.push(asset));
    return asset;
  }
}

export function storeFile(store: Store, file: UploadedFile): StoredFile {
  return {
    classifier: file.classifier,
    packaging: file.packaging,
    fileName: file.fileName,
    sha256: store.writeBlob(file.content),
    md5: createHash("md5").update(file.content).digest("hex"),
    size: file.content.byteLength,
  };
}
