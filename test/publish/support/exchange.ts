/** What is on the stand-in's Exchange? Asked over its own API. */
import { readFileSync } from "node:fs";
import { Agent, request } from "undici";
import { ROOT_GROUP, type Anypoint } from "../../../host-sim/src/anypoint/index.ts";
import { USER } from "./workshop.ts";

export interface Asset {
  readonly type: string;
  readonly status: string;
  readonly dependencies: readonly { groupId: string; assetId: string; version: string }[];
}

export interface Exchange {
  /** `asset/version` of the root group; undefined if it is not there. */
  find(path: string): Promise<Asset | undefined>;
  /** For good, as a user takes back what is there by half. */
  remove(path: string): Promise<void>;
  close(): Promise<void>;
}

export async function exchangeOf({ url, caFile }: Anypoint): Promise<Exchange> {
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile) } });
  const login = await request(`${url}/accounts/login`, {
    ...{ method: "POST", dispatcher, headers: { "content-type": "application/json" } },
    body: JSON.stringify({ username: USER.ANYPOINT_USERNAME, password: USER.ANYPOINT_PASSWORD }),
  });
  const { access_token: token } = (await login.body.json()) as { access_token: string };
  return {
    async find(path) {
      const { statusCode, body } = await request(
        `${url}/exchange/api/v1/assets/${ROOT_GROUP}/${path}`,
        {
          ...{ dispatcher, headers: { authorization: `Bearer ${token}` } },
        },
      );
      const text = await body.text();
      if (statusCode === 404) return undefined;
      if (statusCode !== 200) throw new Error(`status ${statusCode}: ${text}`);
      return JSON.parse(text) as Asset;
    },
    async remove(path) {
      const { statusCode, body } = await request(
        `${url}/exchange/api/v1/organizations/${ROOT_GROUP}/assets/${ROOT_GROUP}/${path}`,
        {
          ...{ method: "DELETE", dispatcher },
          headers: { authorization: `Bearer ${token}`, "x-delete-type": "hard-delete" },
        },
      );
      const text = await body.text();
      if (statusCode >= 300) throw new Error(`status ${statusCode}: ${text}`);
    },
    close: () => dispatcher.close(),
  };
}
