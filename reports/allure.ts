import { createHash } from 'node:crypto';
import type { Stage, Status, StepResult, TestResult } from 'allure-js-commons';
import type { Finding } from '../harness/judge/findings.ts';
import { wayOf, type Course, type Stretch } from './drill.ts';
import { legible } from './legible.ts';
import type { Results } from './results.ts';
import { ofStanding, sentenceOf, standingOf, type Standing } from './standing.ts';
import { wrongIn, wrongsInWords } from './wrongs.ts';

/**
 * Files of allure-results: one for each finding, named so that a run that is judged again writes the same. Allure's
 * own writer puts each file where it belongs at once, before anybody could look into all of them for what none may hold.
 */
export function renderAllure(results: Results): readonly (readonly [name: string, text: string])[] {
  const courses = new Map(
    results.drill?.procedures.flatMap((procedure) => procedure.courses.map((course) => [course.id, course])),
  );
  const { findings } = results.findings;
  // Every clause of a course tells the same way; it is enough to tell it with one, which is where a reader looks first.
  const telling = new Set(
    [...Map.groupBy(findings, ({ id }) => id).values()].map(
      (within) => ofStanding(within, 'broken')[0] ?? within[0],
    ),
  );
  return findings.map((finding) => {
    const course = courses.get(finding.id);
    const steps = course && telling.has(finding) ? stepsOf(course, startOf(finding, results)) : [];
    const result = { ...resultOf(finding, course, results), steps };
    return [`${result.uuid}-result.json`, `${JSON.stringify(result)}\n`] as const;
  });
}

/** Allure's model as it stands in a file, where a member of an enum is its text. */
type Written<T> = T extends Status | Stage
  ? `${T}`
  : T extends object
    ? { [K in keyof T]: Written<T[K]> }
    : T;

const startOf = ({ id }: Finding, { began, record }: Results): number =>
  Math.round(began?.get(id) ?? Date.parse(record.startedAt));

/** Within a course its clauses are told apart; its own id is the suite they are in. */
function resultOf(
  finding: Finding,
  course: Course | undefined,
  results: Results,
): Omit<Written<TestResult>, 'steps'> {
  const { id, clause, level, outcome, durationMs, reproduce, replica } = finding;
  const { record, clauses } = results;
  const start = startOf(finding, results);
  const fullName = `${clause}: ${id}`;
  const test = hash(fullName);
  return {
    uuid: asUuid(hash(JSON.stringify([record.startedAt, record.seed, id, clause]))),
    testCaseId: test,
    historyId: hash(JSON.stringify([record.signer.name, record.environment.name, fullName])),
    fullName: legible(fullName),
    name: legible(course === undefined ? id : clause),
    titlePath: [record.contract, clause.split('/')[0] ?? clause, clause].map(legible),
    description: legible([sentenceOf(clause, clauses), `To see it again: \`${reproduce}\``].join('\n\n')),
    status: statuses[standingOf(finding)],
    statusDetails: detailsOf(finding),
    stage: 'finished',
    start,
    stop: start + Math.round(durationMs),
    labels: named({
      epic: record.contract,
      feature: clause.split('/')[0] ?? clause,
      story: clause,
      parentSuite: record.signer.name,
      suite: course?.procedure ?? clause.split('/')[0] ?? clause,
      ...(course !== undefined && { subSuite: course.id }),
      severity: level === 'must' ? 'critical' : 'minor',
      framework: 'keydrill',
      ...(record.operator !== undefined && { owner: record.operator }),
      tag: outcome,
    }),
    parameters: named({
      environment: record.environment.name,
      ...(replica !== undefined && { replica }),
      ...(record.reason !== undefined && { reason: record.reason }),
    }),
    links: [],
    attachments: [],
  };
}

/** Allure calls failed what a signer did and broken what kept us from knowing. */
const statuses: Readonly<Record<Standing, `${Status}`>> = {
  kept: 'passed',
  broken: 'failed',
  'in-doubt': 'broken',
  'not-met': 'skipped',
  undecided: 'skipped',
  'not-applicable': 'skipped',
};

function detailsOf({
  outcome,
  level,
  reason,
  expected,
  actual,
  reproduce,
}: Finding): TestResult['statusDetails'] {
  if (outcome === 'pass') return {};
  const told = reason ?? actual ?? outcome;
  return {
    message: legible(level === 'should' && outcome !== 'not-applicable' ? `should: ${told}` : told),
    trace: legible(reproduce),
    ...(expected !== undefined && { expected: legible(expected) }),
    ...(actual !== undefined && { actual: legible(actual) }),
  };
}

/** The course step by step, and what its traffic met with. */
function stepsOf(course: Course, began: number): Written<StepResult>[] {
  const at = (ms: number): number => began + Math.round(ms - course.from);
  const steps = course.steps.map((step) =>
    stepOf(
      legible(`${step.direction === 'back' ? 'Back: ' : ''}${step.sentence}`),
      at(step.from),
      at(step.to),
      {
        status: 'passed',
        parameters: factsOf(step),
      },
    ),
  );
  const traffic = (course.tally?.credentials ?? []).map(({ credential, counts }) => {
    const wrong = wrongIn(counts);
    const told = `${counts.accepted} let in, ${counts.refused} refused${wrong === 0 ? '' : `, ${wrongsInWords(counts)}`}`;
    return stepOf(legible(`${credential}: ${told}`), at(course.from), at(course.to), {
      status: wrong === 0 ? 'passed' : 'failed',
      parameters: [],
    });
  });
  const inside = [...steps, ...traffic];
  const status = inside.some((step) => step.status === 'failed') ? 'failed' : 'passed';
  const whole = stepOf(wayOf(course), at(course.from), at(course.to), { status, parameters: [] });
  return [{ ...whole, steps: inside }];
}

const stepOf = (
  name: string,
  start: number,
  stop: number,
  { status, parameters }: { status: `${Status}`; parameters: Written<StepResult>['parameters'] },
): Written<StepResult> => ({
  name,
  status,
  parameters,
  start,
  stop,
  statusDetails: {},
  stage: 'finished',
  steps: [],
  attachments: [],
});

const factsOf = ({ step, runbook, unfinished }: Stretch) =>
  named({ step, runbook: runbook.join(', '), ...(unfinished && { left: 'with one replica changed' }) });

const named = (values: Readonly<Record<string, string>>): { name: string; value: string }[] =>
  Object.entries(values).map(([name, value]) => ({ name, value: legible(value) }));

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

const asUuid = (hex: string): string =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
