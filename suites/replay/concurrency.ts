import { oneClient, signerCase } from '../case.ts';

const tags = ['replay', 'concurrency'];

const CROWD = 64;
const ROUNDS = 20;

const oneOfMany = signerCase({
  id: 'one-of-64-identical-requests-accepted',
  clause: 'replay/atomic',
  tags,
  alone: 'first',
  clients: oneClient,
  judgedBy: ['one-of-each-race'],
  async run({ client, crowd }) {
    await using everyone = await crowd(CROWD);
    for (let round = 1; round <= ROUNDS; round += 1) {
      await everyone.races(client('one').signs({ label: `round ${round}` }));
    }
  },
});

export const concurrency = [oneOfMany];
