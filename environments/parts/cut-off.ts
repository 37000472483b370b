import type { Adapter } from '../../harness/signer/adapter.ts';
import type { ConfigurationFile } from '../../harness/signer/launch.ts';

/** The same files, those of them that are JSON without their second half: what is left is none for certain. */
export const cutOff = (files: readonly ConfigurationFile[]): readonly ConfigurationFile[] =>
  files.map(({ path, content }) => ({
    path,
    content: isJson(content) ? content.slice(0, content.length >> 1) : content,
  }));

/** Why nothing of what this kind of signer is given can be cut off so that it is certainly broken. */
export const whyNotCutOff = ({ files }: Adapter): string | undefined =>
  files.some(({ content }) => typeof content !== 'string' || isJson(content))
    ? undefined
    : 'its adapter gives it no file in JSON, of which half would certainly be broken';

/** One that begins and ends as an object or a list does; a bare number stays one when it is cut. */
function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
