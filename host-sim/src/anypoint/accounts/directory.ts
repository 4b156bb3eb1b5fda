/** Who is asking, and what may they see? */
import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import type { Environment } from "../state/model.ts";
import type { Store } from "../state/store.ts";
import type { AccountSettings, Organization } from "./settings.ts";

/** A user or a connected app, once logged in. */
export interface Identity {
  readonly id: string;
  readonly username: string;
  readonly organizations: readonly string[];
}

const LIFETIME_S = 60 * 60;
/** Tokens kept at most; the oldest goes first. */
const MAX_TOKENS = 200;

export class Directory {
  readonly #settings: AccountSettings;
  readonly #store: Store;

  constructor(settings: AccountSettings, store: Store) {
    this.#settings = settings;
    this.#store = store;
  }

  logIn(username: string, password: string): { access_token: string } | undefined {
    const user = this.#settings.users.find((each) => each.username === username);
    if (!user || !isSame(user.password, password)) return;
    return { access_token: this.#issue(idOf("user", username)) };
  }

  logInApp(
    clientId: string,
    secret: string,
  ): { access_token: string; expires_in: number } | undefined {
    const app = this.#settings.connectedApps.find((each) => each.clientId === clientId);
    if (!app || !isSame(app.clientSecret, secret)) return;
    return { access_token: this.#issue(idOf("app", clientId)), expires_in: LIFETIME_S };
  }

  whoHas(token: string): Identity | undefined {
    const known = this.#store.state.tokens.find((each) => isSame(each.token, token));
    if (!known || known.expiresAt < Date.now()) return;
    return this.#identities().find(({ id }) => id === known.userId);
  }

  organization(id: string): Organization | undefined {
    return this.#settings.organizations.find((each) => each.id === id);
  }

  get organizations(): readonly Organization[] {
    return this.#settings.organizations;
  }

  environments(organizationId: string): Environment[] {
    const { environments, removedEnvironments } = this.#store.state;
    const given = this.organization(organizationId)?.environments ?? [];
    return [
      ...given.map((each) => ({ ...each, organizationId })),
      ...environments.filter((each) => each.organizationId === organizationId),
    ].filter(({ id }) => !removedEnvironments.includes(id));
  }

  environment(organizationId: string, id: string): Environment | undefined {
    return this.environments(organizationId).find((each) => each.id === id);
  }

  #identities(): Identity[] {
    const users = this.#settings.users.map(({ username, organizations }) => ({
      id: idOf("user", username),
      username,
      organizations,
    }));
    const apps = this.#settings.connectedApps.map(({ clientId, organizations }) => ({
      id: idOf("app", clientId),
      username: clientId,
      organizations,
    }));
    return [...users, ...apps];
  }

  #issue(userId: string): string {
    const token = randomUUID();
    this.#store.change((state) => {
      state.tokens.push({ token, userId, expiresAt: Date.now() + LIFETIME_S * 1000 });
      state.tokens.splice(0, state.tokens.length - MAX_TOKENS);
    });
    return token;
  }
}

/** Looks like the platform's, and is the same after each start. */
function idOf(kind: string, name: string): string {
  const hex = createHash("sha256").update(`${kind}:${name}`).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join("-");
}

function isSame(expected: string, given: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(expected), digest(given));
}
