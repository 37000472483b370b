import type { Defect } from './defect.ts';

/** Who is taken for whom. */
export const client: readonly Defect[] = [
  {
    id: 'unknown-client-is-taken-for-the-first',
    clause: 'client/registered-only',
    case: 'unknown_client_rejected',
    summary: 'An id that nobody registered falls back to a default client.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'const client = config.clients.get(clientId);',
        wrong: 'const client = config.clients.get(clientId) ?? [...config.clients.values()][0];',
      },
    ],
  },
  {
    id: 'request-without-a-client-id-crashes',
    clause: 'client/registered-only',
    case: 'client-header-absent-refused',
    summary: 'The id is tidied up before anybody has asked whether it is there.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: "if (clientId === undefined) throw new Refusal('AUTH_INVALID_CLIENT');",
        wrong: "if (clientId!.trim() === '') throw new Refusal('AUTH_INVALID_CLIENT');",
      },
    ],
  },
  {
    id: 'client-ids-are-looked-up-in-an-object',
    clause: 'client/exact',
    case: 'client_inherited_name_rejected',
    summary: 'Every name that objects have anyway is found, and what is found is no client.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'const client = config.clients.get(clientId);',
        wrong: 'const client = Object.fromEntries(config.clients)[clientId];',
      },
    ],
  },
  {
    id: 'client-of-a-special-name-is-lost-in-a-copy',
    clause: 'client/exact',
    case: 'client_named_proto_accepted',
    summary: 'The configured clients are copied in a way that sets a prototype instead of keeping an entry.',
    edits: [
      {
        file: 'config.ts',
        correct: "Object.entries(anyObject(value, 'clients'))",
        wrong: "Object.entries(Object.assign({}, anyObject(value, 'clients')))",
      },
    ],
  },
  {
    id: 'client-ids-are-compared-in-lower-case',
    clause: 'client/exact',
    case: 'client_other_case_rejected',
    summary: 'An id in other letters finds the client it looks like.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'const client = config.clients.get(clientId);',
        wrong: 'const client = config.clients.get(clientId) ?? config.clients.get(clientId.toLowerCase());',
      },
    ],
  },
];
