// Does this URL run script when it is followed? White space and control characters inside the scheme are forgiven, as
// browsers forgive them.

const DROPPED = /[\u0000-\u0020\u00a0]/g;
const HARMLESS =
  /^javascript:(?:void\(?0?\)?|\/\/|history\.(?:back|go)\(-?1?\)|window\.print\(\)|returnfalse|undefined|null|#)?;?$/;

/** `lower`: lower case. The scheme that was found, or undefined. */
export function scriptScheme(lower: string): string | undefined {
  const url = lower.slice(0, 512).replace(DROPPED, "");
  if (/^(?:feed:|view-source:|url=)?(?:javascript|vbscript|livescript|mocha):/.test(url))
    return HARMLESS.test(url) ? undefined : url.slice(0, 100);
  return /^data:(?:text\/html|application\/xhtml|application\/xml|text\/xml|image\/svg\+xml(?!;base64,pd|;utf8,<svg xmlns)|text\/javascript|application\/javascript|[^,]{0,40},<)/.test(
    url,
  )
    ? url.slice(0, 100)
    : undefined;
}
