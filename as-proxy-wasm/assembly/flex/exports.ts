// What does the Flex agent call, before Envoy ever runs the policy?

type PolicyInitializer = () => bool;

const initializers: PolicyInitializer[] = [];

/** To be called at the top level of a module. The handler asks for services; false refuses the policy. */
export function registerPolicyInitializer(handler: PolicyInitializer): void {
  initializers.push(handler);
}

/** Tells the agent that this module takes part. Never called. */
export function flex_abi_version_0_1_0(): void {}

/** 1: ok. 0: failed. */
export function flex_on_policy_initialize(): i32 {
  for (let i = 0; i < initializers.length; i++) {
    const handler = initializers[i];
    if (!handler()) return 0;
  }
  return 1;
}
