import type { Field, Struct } from './struct.ts';
import type { ToxicKind } from './toxics/toxic.ts';

/** The bodies that the API reads, with the types that the real server's refusals name. */
const struct = (owner: string, type: string, fields: readonly Field[]): Struct => ({ owner, type, fields });

const LOGGER = struct('Logger', 'zerolog.Logger', []);

export const PROXY = struct('Proxy', 'toxiproxy.Proxy', [
  { name: 'name', is: 'string' },
  { name: 'listen', is: 'string' },
  { name: 'upstream', is: 'string' },
  { name: 'enabled', is: 'bool' },
  { name: 'Logger', is: LOGGER },
]);

export const PROXY_IN_LIST = struct(
  '',
  String.raw`struct { toxiproxy.Proxy; Enabled *bool "json:\"enabled\"" }`,
  PROXY.fields.map((field) => (field.name === 'enabled' ? field : { ...field, told: `Proxy.${field.name}` })),
);

/** What attributes a toxic has is known when its type is: read this first, and then its attributes. */
export const TOXIC = struct('ToxicWrapper', 'toxics.ToxicWrapper', [
  { name: 'attributes', is: struct('NoopToxic', 'toxics.NoopToxic', []) },
  { name: 'name', is: 'string' },
  { name: 'type', is: 'string' },
  { name: 'stream', is: 'string' },
  { name: 'toxicity', is: 'float32' },
]);

export const toxicAttributes = (kind: ToxicKind): Struct => struct('', 'struct {}', [attributesOf(kind)]);

export const toxicUpdate = (kind: ToxicKind): Struct =>
  struct(
    '',
    String.raw`struct { Attributes interface {} "json:\"attributes\""; Toxicity float32 "json:\"toxicity\"" }`,
    [attributesOf(kind), { name: 'toxicity', is: 'float32' }],
  );

const attributesOf = ({ called, attributes }: ToxicKind): Field => ({
  name: 'attributes',
  is: struct(
    called,
    `toxics.${called}`,
    Object.entries(attributes).map(([name, is]) => ({ name, is })),
  ),
});
