import { tampered, headerOf, withHeader } from '../../harness/contract/signer-auth-v1/request.ts';
import type { WireRequest } from '../../harness/contract/contract.ts';
import { MARGIN_MS, oneClient, signerCase } from '../case.ts';

const tags = ['canonical'];

const bytes = (request: WireRequest): string => Buffer.from(request.body).toString('utf8');

/**
 * What a signer says to a method or target that it was not told to serve. Whether it verified before it said so shows
 * in the nonce: where it did, and found the signature right, the request as it was signed has become a replay.
 */
const elsewhere = ['AUTH_INVALID_HMAC', 'NOT_SERVED', 'MALFORMED_REQUEST'];

/** The same JSON, written differently: what a signer sees that signs what it parsed instead of what it got. */
const respaced = (json: string): string => JSON.stringify(JSON.parse(json), undefined, 1);
const escaped = (json: string): string => json.replace('keydrill', String.raw`key\u0064rill`);

const bodyAsSent = signerCase({
  id: 'body-is-signed-as-its-bytes',
  clause: 'canonical/agreed',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    const body = bytes(client('one').signs());
    for (const replica of replicas) {
      await replica.accepts(client('one').signs({ body: respaced(body), label: 'body spread over lines' }));
      await replica.accepts(
        client('one').signs({ body: ` ${escaped(body)}\n`, label: 'body with an escape' }),
      );
    }
  },
});

const bodyChanged = signerCase({
  id: 'body-changed-after-signing-refused',
  clause: 'canonical/body-bound',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      const request = client('one').signs();
      const changes = {
        'other white space': respaced(bytes(request)),
        'a space at its end': `${bytes(request)} `,
        'an escape': escaped(bytes(request)),
      };
      for (const [label, body] of Object.entries(changes)) {
        await replica.refuses(
          tampered(request, `body with ${label} after signing`, { body: Buffer.from(body) }),
          'AUTH_INVALID_HMAC',
        );
      }
    }
  },
});

const holding = (byte: number): Uint8Array =>
  Buffer.from([...Buffer.from('{"text":"'), byte, ...Buffer.from('"}')]);

const bodyNotDecoded = signerCase({
  id: 'body-bytes-are-not-decoded-before-hashing',
  clause: 'canonical/body-bound',
  tags: [...tags, 'raw'],
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      const request = client('one').signs({ body: holding(0xff), label: 'body with byte FF' });
      await replica.refuses(
        tampered(request, 'byte FF of the body made FE', { body: holding(0xfe) }),
        'AUTH_INVALID_HMAC',
      );
      // As it was signed it must get past authentication, whatever the policy thinks of it.
      await replica.answers(request, [
        'accepted',
        'BODY_REFUSED',
        'POLICY_SELECTOR_DENIED',
        'POLICY_CALL_NOT_ALLOWED',
      ]);
    }
  },
});

const chunkedBody = signerCase({
  id: 'chunked-body-is-signed-like-any-other',
  clause: 'canonical/body-bound',
  tags: [...tags, 'raw'],
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      await replica.accepts(tampered(client('one').signs(), 'as signed, in chunks', { chunked: true }));
      const empty = client('one').signs({ body: '' });
      const body = client('one').signs().body;
      await replica.refuses(
        tampered(empty, 'signed for no body, sent with one in chunks', { body, chunked: true }),
        'AUTH_INVALID_HMAC',
      );
      await replica.refuses(
        tampered(empty, 'signed for no body, sent with one', { body }),
        'AUTH_INVALID_HMAC',
      );
    }
  },
});

const queryBound = signerCase({
  id: 'query-changed-after-signing-refused',
  clause: 'canonical/target-bound',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    const plain = client('one').signs().target;
    const changes = [
      [plain, `${plain}?amount=1`],
      [`${plain}?amount=1`, `${plain}?amount=9999`],
      [`${plain}?amount=1`, plain],
      [`${plain}?a=1&b=2`, `${plain}?b=2&a=1`],
      [plain, `${plain}?`],
    ];
    for (const replica of replicas) {
      for (const [signed = '', sent = ''] of changes) {
        const request = tampered(
          client('one').signs({ target: signed }),
          `signed for ${signed}, sent to ${sent}`,
          { target: sent },
        );
        await replica.refuses(request, elsewhere);
      }
    }
  },
});

const queryAgreed = signerCase({
  id: 'query-is-part-of-what-is-signed',
  clause: 'canonical/target-bound',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      const target = `${client('one').signs().target}?amount=1&note=a%2Fb`;
      // A signer may serve no target with a query; what it may not do is find the signature wrong.
      await replica.answers(client('one').signs({ target }), ['accepted', 'NOT_SERVED', 'MALFORMED_REQUEST']);
    }
  },
});

const targetNotDecoded = signerCase({
  id: 'target-is-not-decoded-before-verifying',
  clause: 'canonical/target-bound',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    const plain = client('one').signs().target;
    const encoded = plain.replace(/\w$/, (last) => `%${last.charCodeAt(0).toString(16)}`);
    for (const replica of replicas) {
      const request = tampered(
        client('one').signs({ target: encoded }),
        `signed for ${encoded}, sent to ${plain}`,
        { target: plain },
      );
      await replica.refuses(request, 'AUTH_INVALID_HMAC');

      const right = client('one').signs();
      const sentOn = tampered(right, `signed for ${plain}, sent to ${encoded}`, { target: encoded });
      await replica.refuses(sentOn, elsewhere);
      await replica.accepts({ ...right, label: 'as signed, after it was sent to another target' });
    }
  },
});

const methodBound = signerCase({
  id: 'method-changed-after-signing-refused',
  clause: 'canonical/method-bound',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    const method = client('one').signs().method;
    for (const replica of replicas) {
      for (const signed of ['GET', 'HEAD', 'PUT', 'DELETE'].filter((other) => other !== method)) {
        const request = tampered(
          client('one').signs({ method: signed }),
          `signed as ${signed}, sent as ${method}`,
          { method },
        );
        await replica.refuses(request, 'AUTH_INVALID_HMAC');
      }
      for (const sent of ['PUT', 'PATCH', 'DELETE'].filter((other) => other !== method)) {
        const right = client('one').signs();
        const turned = tampered(right, `signed as ${method}, sent as ${sent}`, { method: sent });
        await replica.refuses(turned, elsewhere);
        await replica.accepts({ ...right, label: `as signed, after it was sent as ${sent}` });
      }
    }
  },
});

const timestampBound = signerCase({
  id: 'timestamp-changed-after-signing-refused',
  clause: 'canonical/timestamp-bound',
  tags,
  clients: oneClient,
  async run({ client, replicas, limits: { timestampMaxAgeMs: age } }) {
    for (const replica of replicas) {
      const stale = client('one').signs({ dated: -(age + MARGIN_MS) });
      const fresh = headerOf(client('one').signs(), 'timestamp');
      await replica.refuses(
        withHeader(stale, 'timestamp', [fresh], 'stale request with a fresh timestamp'),
        'AUTH_INVALID_HMAC',
      );
    }
  },
});

const nonceBound = signerCase({
  id: 'nonce-changed-after-signing-refused',
  clause: 'canonical/nonce-bound',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      const request = client('one').signs();
      await replica.receives(request);
      const unused = headerOf(client('one').signs(), 'nonce');
      await replica.refuses(
        withHeader(request, 'nonce', [unused], 'spent request with an unused nonce'),
        'AUTH_INVALID_HMAC',
      );
    }
  },
});

/** The full stop joins the fields, so one that moves between two of them leaves the signed text as it was. */
const delimiterBound = signerCase({
  id: 'full-stop-cannot-move-between-fields',
  clause: 'time/format',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      const nonce = headerOf(client('one').signs(), 'nonce');
      const signed = client('one').signs({ nonce: `aaa.${nonce}` });
      const timestamp = `${headerOf(signed, 'timestamp')}.aaa`;
      const shifted = withHeader(
        withHeader(signed, 'timestamp', [timestamp], ''),
        'nonce',
        [nonce],
        'start of the nonce moved to the timestamp',
      );
      await replica.refuses(shifted, 'AUTH_TIMESTAMP_SKEW');
    }
  },
});

export const canonicalString = [
  bodyAsSent,
  bodyChanged,
  bodyNotDecoded,
  chunkedBody,
  queryBound,
  queryAgreed,
  targetNotDecoded,
  methodBound,
  timestampBound,
  nonceBound,
  delimiterBound,
];
