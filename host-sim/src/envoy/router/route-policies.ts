/** What may a route say about sending a request again, or elsewhere too? Names and units are those of Envoy's RouteAction. */

export interface RoutePolicies {
  readonly retryPolicy?: RetryPolicy;
  readonly internalRedirectPolicy?: InternalRedirectPolicy;
  /** A copy of each request goes to these clusters; their answers are thrown away. */
  readonly requestMirrorPolicies?: readonly { readonly cluster: string }[];
  readonly hedgePolicy?: HedgePolicy;
}

export interface RetryPolicy {
  /** Conditions, with commas between them. Without one there is no retry, and nothing of a body is kept for one. */
  readonly retryOn?: string;
  /** 1 by default. */
  readonly numRetries?: number;
  /** A duration such as `"0.25s"`. */
  readonly perTryTimeout?: string;
  readonly retriableStatusCodes?: readonly number[];
  readonly retryBackOff?: { readonly baseInterval: string; readonly maxInterval?: string };
}

export interface InternalRedirectPolicy {
  /** 1 by default. */
  readonly maxInternalRedirects?: number;
  /** 302 alone by default. */
  readonly redirectResponseCodes?: readonly number[];
  readonly allowCrossSchemeRedirect?: boolean;
}

export interface HedgePolicy {
  /** A try that takes too long goes on beside the next one. */
  readonly hedgeOnPerTryTimeout?: boolean;
}

/** Milliseconds of a duration as protobuf writes it in JSON: `"1.5s"`. */
export const durationMs = (text: string): number => Number(text.replace(/s$/, "")) * 1000;
