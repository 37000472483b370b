import type { HistoryCheck } from './check.ts';

/** No log and no answer held a secret or a signature that would have been right. */
export const nothingDisclosed: HistoryCheck = {
  name: 'nothing-disclosed',
  level: 'must',
  judge(view) {
    const scans = view.all('scan');
    const leaky = scans.find(({ leaks }) => leaks.length > 0);
    const [leak] = leaky?.leaks ?? [];
    if (leaky && leak) {
      return {
        outcome: 'fail',
        reason: `${leaky.where === 'log' ? 'The log' : 'An answer'} holds ${leak.what} (${leak.form}): ${leak.context}`,
        expected: 'no secret and no expected signature',
        actual: `${leaky.leaks.length} disclosed`,
        ...(leaky.replica !== null && { replica: leaky.replica }),
      };
    }
    if (scans.length === 0) return undefined;
    const quiet = scans.find(({ where, bytes }) => where === 'log' && bytes === 0);
    // An empty log may be a log we failed to collect: it must not count as a clean one without saying so.
    return quiet
      ? { outcome: 'pass', reason: `${quiet.replica ?? 'A replica'} wrote no log at all` }
      : { outcome: 'pass' };
  },
};
