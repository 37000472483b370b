import type { ApiError } from './api-error.ts';
import { type Json, jsonText } from './json-text.ts';
import type { Proxies } from './proxies.ts';
import type { Proxy } from './proxy.ts';
import { type Toxic, toxicFacts } from './toxic.ts';

/** What is answered to a request. */
export interface Reply {
  readonly status: number;
  readonly type?: string;
  /** Whether browsers are told to believe the type. */
  readonly nosniff?: true;
  readonly text?: string;
}

/** What a handler is given: the names from the path and the body. */
export interface Asked {
  readonly proxies: Proxies;
  readonly proxy: string;
  readonly toxic: string;
  readonly body: Buffer;
}

export interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, (asked: Asked) => Promise<Reply>>>;
}

/** The version whose behaviour this is. */
export const VERSION = '2.12.0';

/** The API of Toxiproxy, with the metrics that the real server has when it is started with those of its proxies. */
export const routes: readonly Route[] = [
  { path: /^\/version$/, methods: { GET: version } },
  { path: /^\/metrics$/, methods: { GET: async ({ proxies }) => proxies.metrics.reply() } },
  { path: /^\/reset$/, methods: { POST: reset } },
  { path: /^\/populate$/, methods: { POST: populate } },
  { path: /^\/proxies$/, methods: { GET: listProxies, POST: createProxy } },
  {
    path: /^\/proxies\/(?<proxy>[^/]+)$/,
    methods: { GET: showProxy, POST: updateProxy, PATCH: updateProxy, DELETE: removeProxy },
  },
  { path: /^\/proxies\/(?<proxy>[^/]+)\/toxics$/, methods: { GET: listToxics, POST: addToxic } },
  {
    path: /^\/proxies\/(?<proxy>[^/]+)\/toxics\/(?<toxic>[^/]+)$/,
    methods: { GET: showToxic, POST: updateToxic, PATCH: updateToxic, DELETE: removeToxic },
  },
];

async function version(): Promise<Reply> {
  return { status: 200, type: 'application/json;charset=utf-8', text: `{"version": "${VERSION}"}\n` };
}

async function reset({ proxies }: Asked): Promise<Reply> {
  await proxies.reset();
  return NOTHING;
}

async function populate({ proxies, body }: Asked): Promise<Reply> {
  const { done, failed } = await proxies.populate(body);
  const facts = await Promise.all(done.map((each) => proxyFacts(each)));
  const answer = { ...(failed && errorFacts(failed)), proxies: facts.length > 0 ? facts : null };
  return json(failed?.status ?? 201, answer);
}

async function listProxies({ proxies }: Asked): Promise<Reply> {
  const sorted = proxies.all().toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const facts = await Promise.all(sorted.map(async (each) => [each.name, await proxyFacts(each)] as const));
  return json(200, Object.fromEntries(facts));
}

async function createProxy({ proxies, body }: Asked): Promise<Reply> {
  return json(201, await proxyFacts(await proxies.create(body)));
}

async function showProxy({ proxies, proxy }: Asked): Promise<Reply> {
  return json(200, await proxyFacts(proxies.get(proxy)));
}

async function updateProxy({ proxies, proxy, body }: Asked): Promise<Reply> {
  return json(200, await proxyFacts(await proxies.update(proxy, body)));
}

async function removeProxy({ proxies, proxy }: Asked): Promise<Reply> {
  await proxies.remove(proxy);
  return NOTHING;
}

async function listToxics({ proxies, proxy }: Asked): Promise<Reply> {
  return json(200, (await proxies.get(proxy).toxics.list()).map(toxicFacts));
}

async function addToxic({ proxies, proxy, body }: Asked): Promise<Reply> {
  return oneToxic(await proxies.get(proxy).toxics.add(body));
}

async function showToxic({ proxies, proxy, toxic }: Asked): Promise<Reply> {
  return oneToxic(await proxies.get(proxy).toxics.get(toxic));
}

async function updateToxic({ proxies, proxy, toxic, body }: Asked): Promise<Reply> {
  return oneToxic(await proxies.get(proxy).toxics.update(toxic, body));
}

async function removeToxic({ proxies, proxy, toxic }: Asked): Promise<Reply> {
  await proxies.get(proxy).toxics.remove(toxic);
  return NOTHING;
}

const NOTHING: Reply = { status: 204 };

const json = (status: number, value: Json): Reply => ({
  status,
  type: 'application/json',
  text: jsonText(value),
});

const oneToxic = (toxic: Toxic): Reply => json(200, toxicFacts(toxic));

async function proxyFacts({ name, listen, upstream, enabled, toxics }: Proxy) {
  // The real server shows its logger, which has nothing to show.
  return { name, listen, upstream, enabled, Logger: {}, toxics: (await toxics.list()).map(toxicFacts) };
}

export const errorFacts = ({ message, status }: ApiError) => ({ error: message, status });
