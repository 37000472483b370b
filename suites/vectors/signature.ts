/** A signature that a vector's own secrets give for one of its steps. */
export interface KnownSignature {
  readonly text: string;
  readonly at: number;
  readonly signature: string;
}

/** Fewer digits in common than these are chance. */
const LEAST = 8;

/**
 * A signature that a vector spells out, for today's fields and secrets. Where it is, or begins with, what a secret
 * gives for a step, the live signature takes that place, in the same case and cut to the same length; else it stands.
 */
export function translateSignature(
  override: string,
  known: readonly KnownSignature[],
  sign: (text: string, at: number) => string,
): string {
  const lower = override.toLowerCase();
  for (const { text, at, signature } of known) {
    const common = commonLength(lower, signature);
    if (common < LEAST || (common < signature.length && common < lower.length)) continue;
    const live = sign(text, at).slice(0, common);
    return (override === lower ? live : live.toUpperCase()) + override.slice(common);
  }
  return override;
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}
