import { UsageError } from './errors.ts';

/** Parses a file's text; where it is no JSON, the place is named and nothing of the file is quoted. */
export function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the file, which may be the wrong one and full of secrets.
    const before = text.slice(0, faultAt(text)).split('\n');
    throw new UsageError(`${path}: not JSON at line ${before.length}, column ${before.at(-1)!.length + 1}`);
  }
}

/** Where the text stops being the beginning of some JSON: V8 names the place of only some faults, but knows every beginning. */
function faultAt(text: string): number {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (beginsJson(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function beginsJson(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const { message } = error as SyntaxError;
    const at = /at position (\d+)/.exec(message)?.[1];
    return at === undefined ? message === 'Unexpected end of JSON input' : Number(at) >= beginning.length;
  }
}
