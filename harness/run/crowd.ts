import type { WireRequest } from '../contract/contract.ts';
import type { Connection } from '../traffic/connection.ts';
import { EnvironmentError } from '../errors.ts';
import { deliver, open, type Passage } from './door.ts';
import type { Address } from './environment.ts';
import type { Crowd } from './scenario.ts';

/** Handshakes are opened a few at a time: a small accept queue must not decide what a race shows. */
const BATCH = 8;

interface Member {
  readonly door: { readonly name: string; readonly address: Address };
  connection: Connection | undefined;
  id: string;
}

/** Opens a crowd of connections spread evenly over these doors. */
export async function gather(
  size: number,
  doors: readonly Member['door'][],
  passage: Passage,
): Promise<Crowd> {
  const members = Array.from({ length: size }, (_, at): Member => ({
    door: doors[at % doors.length]!,
    connection: undefined,
    id: '',
  }));
  const close = async (): Promise<void> => {
    await Promise.all(members.map(({ connection }) => connection?.close() ?? Promise.resolve()));
  };
  try {
    await connect(members, passage);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async races(request) {
      // A signer may close a connection after an answer; nobody starts a race on his way to the line.
      await connect(members, passage);
      await race(request, members, passage);
    },
    [Symbol.asyncDispose]: close,
  };
}

async function connect(members: readonly Member[], passage: Passage): Promise<void> {
  const missing = members.filter(({ connection }) => connection === undefined || connection.closed);
  for (let from = 0; from < missing.length; from += BATCH) {
    await Promise.all(missing.slice(from, from + BATCH).map((member) => join(member, passage)));
  }
}

async function join(member: Member, passage: Passage): Promise<void> {
  const { connection, id } = await open(member.door.name, member.door.address, passage, {}, 'kept');
  if (connection.kind === 'unopened') {
    throw new EnvironmentError(`Cannot open a connection to ${member.door.name}: ${connection.detail}`);
  }
  member.connection = connection;
  member.id = id;
}

async function race(request: WireRequest, members: readonly Member[], passage: Passage): Promise<void> {
  const { recorder, occasion } = passage;
  recorder.prepare(request, occasion);
  const started = members.map((member) => ({
    member,
    sent: recorder.sending(request, occasion, member.id, null),
  }));
  const { history } = recorder;
  history.append({
    type: 'race',
    at: history.at(),
    case: occasion.case,
    attempt: occasion.attempt,
    requests: started.map(({ sent }) => sent),
  });
  await Promise.all(
    started.map(async ({ member, sent }) => {
      const outcome = await deliver(member.connection!, request, passage);
      recorder.ended(sent, occasion.topology, outcome);
    }),
  );
}
