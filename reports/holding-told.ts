/** One thing that a replica is configured with: a client's secrets, a trust bundle, a server certificate. */
export interface Entry {
  readonly what: string;
  readonly names: string;
}

/** Whose state it is: ids that begin with the replica's own need not repeat it. */
export interface Holder {
  readonly topology: string;
  readonly replica: string;
}

/**
 * What a state says, entry by entry and in short names, whichever contract it belongs to: lists of ids, objects and
 * pairs of a name and what belongs to it are all that is known of it here.
 */
export function entriesOf(holding: unknown, holder: Holder): ReadonlyMap<string, Entry> {
  return new Map(
    leaves(holding, []).map(({ path, ids }) => [
      JSON.stringify(path),
      { what: called(path), names: ids.map((id) => shortName(id, holder)).join('+') || 'none' },
    ]),
  );
}

interface Leaf {
  readonly path: readonly string[];
  readonly ids: readonly string[];
}

function leaves(part: unknown, path: readonly string[]): Leaf[] {
  if (Array.isArray(part) && part.length > 0 && part.every(isNamed)) return below(part, path);
  if (Array.isArray(part)) return [{ path, ids: part.map(String) }];
  if (typeof part === 'object' && part !== null) return below(Object.entries(part), path);
  return [{ path, ids: [String(part)] }];
}

const below = (named: readonly (readonly [string, unknown])[], path: readonly string[]): Leaf[] =>
  named.flatMap(([name, inside]) => leaves(inside, [...path, name]));

const isNamed = (pair: unknown): pair is readonly [string, unknown] =>
  Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string' && typeof pair[1] === 'object';

/** The end of an id, which tells it from its neighbours. */
function shortName(id: string, { topology, replica }: Holder): string {
  const own = `${topology}/${replica}`;
  if (id === own) return 'first';
  return id.split('/').at(-1) || id;
}

/** What belongs to one of several is called after what they are: of `clients` there is a client alpha. */
function called(path: readonly string[]): string {
  const [name = '', among] = path.toReversed();
  return among === undefined ? inWords(name) : `${inWords(among).replace(/s$/, '')} ${inWords(name)}`;
}

/** `hmac-secret.alpha` is called alpha, `clientTrust` client trust. */
const inWords = (key: string): string =>
  (key.split(/[./]/).at(-1) || key).replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
