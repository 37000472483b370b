import { ACCEPTED } from '../../harness/contract/contract.ts';
import type { AuthorityName, Fleet, ServerName, Use } from '../../harness/run/drill/procedure.ts';
import type { IdentityName } from '../../harness/run/scenario.ts';
import { NOT_VOUCHED_FOR, type StepDraft } from './procedure.ts';

export const trusts =
  (...authorities: readonly AuthorityName[]) =>
  <T extends Fleet | Use>(standing: T): T => ({ ...standing, trust: authorities });

export const showsServer =
  (server: ServerName) =>
  (fleet: Fleet): Fleet => ({ ...fleet, server });

export const showsClient =
  (identity: IdentityName) =>
  (use: Use): Use => ({ ...use, identity });

/** Everybody goes from one authority to another. Traffic that shows their certificates is named after them. */
export function authorityLap(from: 'old' | 'next', to: 'next' | 'third' | 'namesake'): readonly StepDraft[] {
  return [
    {
      id: `clients-trust-${to}`,
      sentence: `Clients believe servers of ${to} as well as of ${from}.`,
      undo: `Clients believe servers of ${from} alone again.`,
      runbook: ['mtls/1'],
      use: trusts(from, to),
    },
    {
      id: `replicas-trust-${to}`,
      sentence: `The replicas trust clients of ${to} as well as of ${from}, one replica after the other.`,
      undo: `The replicas trust clients of ${from} alone again.`,
      runbook: ['mtls/1', 'mtls/2'],
      fleet: trusts(from, to),
      changes: { [to]: ACCEPTED },
    },
    {
      id: `clients-show-${to}`,
      sentence: `Clients show certificates of ${to}, and those of ${from} still count.`,
      undo: `Clients show certificates of ${from} again.`,
      runbook: ['mtls/2', 'mtls/3'],
      use: showsClient(to),
    },
    {
      id: `replicas-show-${to}`,
      sentence: `The replicas show certificates of ${to}, one replica after the other.`,
      undo: `The replicas show certificates of ${from} again.`,
      runbook: ['mtls/4'],
      fleet: showsServer(to),
    },
    {
      id: `replicas-drop-${from}`,
      sentence: `The replicas trust clients of ${from} no more, one replica after the other.`,
      undo: `The replicas trust clients of ${from} again, beside those of ${to}.`,
      runbook: ['mtls/5', 'mtls/6'],
      fleet: trusts(to),
      changes: { [from]: NOT_VOUCHED_FOR },
    },
    {
      id: `clients-drop-${from}`,
      sentence: `Clients believe servers of ${from} no more.`,
      undo: `Clients believe servers of ${from} again, beside those of ${to}.`,
      runbook: ['mtls/5'],
      use: trusts(to),
    },
  ];
}
