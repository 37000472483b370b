import type { Defect } from './defect.ts';

/** Where a body begins and ends on the wire. */
export const framing: readonly Defect[] = [
  {
    id: 'body-ends-with-its-first-chunk',
    clause: 'canonical/agreed',
    case: 'request-written-by-hand-is-like-any-other',
    summary: 'The first piece of a body that arrives is taken for all of it.',
    edits: [
      {
        file: 'body.ts',
        correct: '    chunks.push(chunk);\n',
        wrong: '    chunks.push(chunk);\n    break;\n',
      },
    ],
  },
  {
    id: 'announced-length-counts-beside-chunks',
    clause: 'canonical/body-bound',
    case: 'length-beside-chunks-hides-no-body',
    summary:
      'The parser is lenient, and a body that is announced as empty is hashed as empty however much comes.',
    edits: [
      {
        file: 'server.ts',
        correct: 'createServer({ ...welcome,',
        wrong: 'createServer({ insecureHTTPParser: true, ...welcome,',
      },
      {
        file: 'body.ts',
        correct:
          '/** The raw bytes of a body of either framing, or nothing where there are too many of them. */\nexport async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {\n',
        wrong:
          "export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {\n  if (request.headers['content-length'] === '0') return Buffer.alloc(0);\n",
      },
    ],
  },
];
