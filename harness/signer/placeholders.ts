/** Names an adapter may put in braces, with what stands for each; the README lists them for adapter authors. */
export interface Placeholders {
  readonly replica: string;
  readonly host: string;
  readonly port: number;
  /** `{"<client id>": {"hmacSecrets": ["...", ...]}}` */
  readonly clients: unknown;
  /** `{"<client id>": "<its newest secret>"}` */
  readonly clientSecrets: unknown;
  readonly requireMtls: boolean;
  readonly timestampMaxAgeMs: number;
  readonly nonceTtlSeconds: number;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string;
  readonly redisHost: string;
  readonly redisPort: number;
  readonly redisDatabase: number;
  readonly redisUrl: string;
  readonly keyPrefix: string;
  /** The directory of the adapter file. */
  readonly adapter: string;
  /** A directory of the replica's own. */
  readonly work: string;
  /** The Node that runs the harness. */
  readonly node: string;
}

type Name = keyof Placeholders;

const known: Readonly<Record<Name, true>> = {
  replica: true,
  host: true,
  port: true,
  clients: true,
  clientSecrets: true,
  requireMtls: true,
  timestampMaxAgeMs: true,
  nonceTtlSeconds: true,
  certificateFile: true,
  keyFile: true,
  clientCaFile: true,
  redisHost: true,
  redisPort: true,
  redisDatabase: true,
  redisUrl: true,
  keyPrefix: true,
  adapter: true,
  work: true,
  node: true,
};

export const placeholderNames: ReadonlySet<string> = new Set(Object.keys(known));

const pattern = /\{([A-Za-z]+)\}/g;

export const placeholdersIn = (text: string): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '');

/** Fills a JSON template. A string that is one placeholder alone becomes that value, number, list or object. */
export function fill(template: unknown, values: Placeholders): unknown {
  if (typeof template === 'string') return fillString(template, values);
  if (Array.isArray(template)) return template.map((each) => fill(each, values));
  if (typeof template === 'object' && template !== null) {
    return Object.fromEntries(Object.entries(template).map(([name, each]) => [name, fill(each, values)]));
  }
  return template;
}

function fillString(template: string, values: Placeholders): unknown {
  const [only] = placeholdersIn(template);
  if (only !== undefined && template === `{${only}}`) return values[only as Name];
  return template.replace(pattern, (_, name: Name) => asText(values[name]));
}

/** Text as it stands, everything else as JSON: how a value goes into a variable, an argument or a file. */
export const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
