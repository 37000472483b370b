import { wasAccepted, type Exchange } from '../exchange.ts';
import { faultsOf } from '../faults.ts';
import type { CaseCheck } from './check.ts';

/**
 * What a store that forgot cost: how many of the nonces that had been spent were accepted again, and until when. No
 * signer can help it, so it is told and fails nobody.
 */
export const residualRisk: CaseCheck = {
  name: 'residual-risk',
  judge(view, attempt) {
    const [fault] = faultsOf(view, attempt);
    if (!fault || fault.never) return undefined;
    const sent = view.ofCase(attempt.case).filter(({ request }) => request.attempt === attempt.attempt);
    const spent = new Set(
      sent.filter((each) => wasAccepted(each) && before(each, fault.injecting)).map(keyOf),
    );
    const again = sent.filter((each) => !before(each, fault.injecting) && spent.has(keyOf(each)));
    const asked = new Set(again.map(keyOf));
    if (asked.size === 0) return { outcome: 'inconclusive', reason: 'Nothing that was spent was sent again' };
    const letIn = again.filter(wasAccepted);
    const last = Math.max(...letIn.map(({ request }) => request.at - fault.injecting));
    const until = letIn.length > 0 ? `, the last of them ${Math.round(last)} ms after it forgot` : '';
    return {
      outcome: 'pass',
      actual: `residual risk: ${new Set(letIn.map(keyOf)).size} of ${asked.size} spent nonces were accepted again${until}`,
    };
  },
};

const before = ({ request }: Exchange, moment: number): boolean => request.at < moment;
const keyOf = ({ keys }: Exchange): string => keys.join('\n');
