import type { Defect } from './defect.ts';
import { answers } from './answers.ts';
import { canonical } from './canonical.ts';
import { client } from './client.ts';
import { disclosure } from './disclosure.ts';
import { framing } from './framing.ts';
import { headers } from './headers.ts';
import { hmac } from './hmac.ts';
import { mtls } from './mtls.ts';
import { nonce } from './nonce.ts';
import { operation } from './operation.ts';
import { order } from './order.ts';
import { outage } from './outage.ts';
import { replay } from './replay.ts';
import { rollback, rotation } from './rotation.ts';
import { secrets } from './secrets.ts';
import { time } from './time.ts';

/** Every planted defect that shows at rest, family by family. */
export const defects: readonly Defect[] = [
  ...client,
  ...mtls,
  ...headers,
  ...time,
  ...nonce,
  ...hmac,
  ...canonical,
  ...framing,
  ...secrets,
  ...disclosure,
  ...order,
  ...replay,
  ...outage,
  ...answers,
  ...operation,
];

/** Those that only a rotation under traffic brings out. */
export const rotationDefects: readonly Defect[] = [...rotation, ...rollback];
