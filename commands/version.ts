import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** The version in package.json, which lies one folder further up once this is compiled. */
export async function version(): Promise<string> {
  const places = ['../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url));
  const file = places.find((url) => existsSync(url));
  return (JSON.parse(await readFile(file!, 'utf8')) as { version: string }).version;
}
