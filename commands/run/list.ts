import { signerAuthV1 } from '../../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { faults } from '../../harness/faults/list.ts';
import { say } from '../../reports/console.ts';
import { chaos } from '../../suites/chaos/list.ts';
import { suites } from '../../suites/list.ts';
import { beyondCases } from '../chosen.ts';
import type { Subject } from '../list.ts';
import { courseChoices, troubledChoices } from './drill.ts';

export async function list(what: Subject | undefined, json: boolean): Promise<number> {
  const scenarios = [...(await suites()), ...chaos].map(({ id, clause, tags }) => ({
    id,
    clause,
    tags: [...tags],
  }));
  const all = {
    scenarios: [...scenarios, ...beyondCases()],
    courses: [...courseChoices(), ...troubledChoices()].map(({ id, tags = [] }) => ({
      id,
      // One in whose midst something is broken is not among those that its procedure names.
      procedure: id.split('.', 1).join(),
      tags: [...tags],
    })),
    clauses: signerAuthV1.clauses,
    faults: faults.map(({ name, sentence }) => ({ id: name, sentence })),
  };
  const shown = Object.entries(all).filter(([subject]) => what === undefined || subject === what);
  if (json) say(JSON.stringify(Object.fromEntries(shown), undefined, 2));
  else
    for (const [subject, entries] of shown)
      say(
        [`${subject} (${entries.length})`, ...entries.map(subject === 'courses' ? nameOf : lineFor)].join(
          '\n',
        ),
      );
  return 0;
}

const lineFor = ({ id, ...rest }: { id: string }): string =>
  `  ${id.padEnd(60)} ${Object.values(rest).flat().join('  ')}`.trimEnd();

/** All courses of a procedure speak for the same clauses, which would fill a screen each time. */
const nameOf = ({ id }: { id: string }): string => `  ${id}`;
