import type { Clause } from '../harness/contract/contract.ts';
import { conclude, type Finding } from '../harness/judge/findings.ts';
import type { Results } from './results.ts';
import { verdictOf } from './verdict.ts';

/** What a signer may answer to make a report say something else, or to break it. */
export const hostile = {
  script: '<script>alert("got in")</script><img src=x onerror=alert(1)>',
  cdata: 'a ]]> b <![CDATA[ c & d',
  backticks: '``` end of block ```` | a cell | **bold** [link](https://example.org)',
  lines: 'first line\nsecond line\r\n\n# a heading\n- a bullet',
  emoji: 'naïve 🗝️ key, 鍵',
  lone: 'half a character \ud83d and \udd11 the other',
  controls: 'bell \u0007 nul \u0000 escape \u001b[31mred\u001b[0m c1 \u009b2K \ufffe',
  direction: 'accepted \u202edetpecca',
};

export const clauses: readonly Clause[] = [
  { id: 'secrets/each-allowed', level: 'must', sentence: 'Each secret in a client’s list is accepted.' },
  { id: 'secrets/others-refused', level: 'must', sentence: 'A secret outside the client’s list is refused.' },
  { id: 'replay/single-use', level: 'must', sentence: 'A nonce is accepted once per client.' },
  { id: 'replay/shared', level: 'must', sentence: 'A nonce spent at one replica is spent at every replica.' },
  { id: 'replay/fail-closed', level: 'must', sentence: 'While the store is out, every request is refused.' },
  { id: 'answers/codes', level: 'should', sentence: 'A refusal carries the contract’s own error code.' },
  { id: 'answers/alike', level: 'should', sentence: 'Refusals differ in nothing but their code.' },
  {
    id: 'reload/without-restart',
    level: 'should',
    sentence: 'A change takes effect in the running process.',
    optional: true,
  },
];

export const finding = (id: string, clause: string, rest: Partial<Finding> = {}): Finding => ({
  id,
  clause,
  level: clauses.find((each) => each.id === clause)?.level ?? 'must',
  outcome: 'pass',
  reproduce: `npx keydrill gate --signer ./signer.yaml --only ${id} --seed 7`,
  durationMs: 12,
  ...rest,
});

export const holding: readonly Finding[] = [
  finding('replicas-differ', 'precondition/replicas', { reason: 'every replica was met', durationMs: 0 }),
  finding('current-and-next-secret-both-pass', 'secrets/each-allowed', { durationMs: 48 }),
  finding('secret-of-another-client-is-refused', 'secrets/others-refused'),
  finding('same-request-twice-passes-once', 'replay/single-use'),
  finding('nonce-spent-here-is-spent-there', 'replay/shared', { durationMs: 1530 }),
  finding('store-outage-refuses-everything', 'replay/fail-closed', { durationMs: 6210 }),
  finding('codes-are-the-contracts-own', 'answers/codes', { durationMs: 0 }),
];

/** One of everything that can be found, in a signer that means no good. */
export const everything: readonly Finding[] = [
  ...holding,
  finding('nonce-is-spent-across-a-restart', 'replay/shared', {
    outcome: 'fail',
    reason: 'Request 41, "the same request, sent again"',
    expected: 'REPLAYED',
    actual: 'accepted',
    replica: 'replica-2',
    durationMs: 2210,
  }),
  finding('retired-secret-is-refused', 'secrets/others-refused', {
    outcome: 'fail',
    reason: hostile.lines,
    expected: 'WRONG_SECRET',
    actual: `${hostile.script} ${hostile.cdata} ${hostile.backticks}`,
    replica: hostile.emoji,
  }),
  finding('outage-under-load-refuses-everything', 'replay/fail-closed', {
    outcome: 'inconclusive',
    reason: `Replica stood still for 2.1 s ${hostile.lone} ${hostile.controls}`,
    actual: `no answer (${'timeout '.repeat(300)})`,
    replica: 'replica-1',
  }),
  finding('outage-in-mid-reply-refuses-everything', 'replay/fail-closed', {
    outcome: 'error',
    reason: 'The fault proxy did not answer',
  }),
  finding('unknown-client-is-told-its-code', 'answers/codes', {
    outcome: 'fail',
    expected: 'UNKNOWN_CLIENT',
    actual: `401 ${hostile.direction}`,
    replica: 'replica-1',
  }),
  finding('refusals-alike', 'answers/alike', {
    outcome: 'inconclusive',
    reason: 'Only one refusal was seen',
  }),
  finding('new-secret-without-restart', 'reload/without-restart', {
    outcome: 'not-applicable',
    reason: 'Claimed and probed: it is restarted to change | see its <adapter>',
  }),
];

/** What a run would hand to the reports after these findings. */
export function resultsOf(findings: readonly Finding[], exitCode?: number): Results {
  const concluded = conclude(findings);
  const code = exitCode ?? concluded.totals.exitCode;
  const totals = { ...concluded.totals, exitCode: code };
  return {
    clauses,
    findings: { ...concluded, totals },
    record: {
      schema: 1,
      tool: { name: 'keydrill', version: '0.1.0' },
      command: ['gate', '--signer', './signer.yaml', '--seed', '7'],
      verdict: verdictOf(code),
      exitCode: code,
      seed: 7,
      startedAt: '2026-03-02T09:30:00.000Z',
      finishedAt: '2026-03-02T09:31:02.480Z',
      durationMs: 62_480,
      waitsMs: 9000,
      contract: 'example-v1',
      signer: {
        name: 'example signer',
        adapter: './signer.yaml',
        adapterDigest: '4f'.repeat(32),
        configurationDigest: 'a0'.repeat(32),
      },
      environment: {
        name: 'process',
        platform: 'linux',
        arch: 'x64',
        node: '24.21.0',
        cores: 2,
        programs: { 'store-server': '7.0.15' },
        images: {},
      },
      topologies: ['usual', 'short'],
      totals,
      reproduce: 'npx keydrill gate --signer ./signer.yaml --seed 7',
    },
  };
}
