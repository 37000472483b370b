import { z } from 'zod';

/** What can happen in a run. Times (`at`, `sentAt`, ...) are milliseconds on the run's one monotonic clock. */

const ms = z.number();
const id = z.string().min(1);
const verdicts = z.array(z.string());

/** A client certificate as facts; `null` where none was shown. */
const peer = z
  .strictObject({
    id,
    issuer: id,
    notBefore: z.number(),
    notAfter: z.number(),
    purposes: z.array(z.enum(['client', 'server'])),
  })
  .nullable();

const happened = { at: ms };
const inCase = { ...happened, case: id, attempt: z.int().min(1) };

/**
 * What a fault makes of the store for the replicas that it concerns: it gives them no answer; it may or may not; it may
 * have forgotten what was spent; it is none of its business.
 */
export const storeFates = ['away', 'unsure', 'forgetful', 'sound'] as const;

export const eventSchemas = {
  /** First of all: everything a judge needs that is not an event. */
  run: z.strictObject({
    ...happened,
    type: z.literal('run'),
    schema: z.literal(1),
    contract: id,
    signer: id,
    seed: z.int(),
    /** The wall clock at time 0. */
    epochMs: z.number(),
    dialect: z.unknown(),
    claims: z.record(z.string(), z.string()),
    bounds: z.strictObject({
      answersWithinMs: ms,
      failClosedWithinMs: ms,
      appliesWithinMs: ms,
      recoversWithinMs: ms,
    }),
    /** How to run one case again, with the case's id in place of `{id}`. */
    reproduce: z.string(),
    /** What the run set out to judge; whatever is planned and never happens is a finding too. */
    planned: z.array(
      z.strictObject({
        id,
        clause: id,
        level: z.enum(['must', 'should']),
        kind: z.enum(['precondition', 'case', 'procedure', 'exploration', 'check']),
        /** What besides the verdict on each request decides a case. */
        judgedBy: z.array(z.string()),
        notApplicable: z.string().optional(),
        /** What is to be added where it fails. */
        remark: z.string().optional(),
        /** How it is run again, where that is not as everything else is. */
        reproduce: z.string().optional(),
      }),
    ),
  }),
  topology: z.strictObject({
    ...happened,
    type: z.literal('topology'),
    topology: id,
    replicas: z.array(z.strictObject({ name: id, clockOffsetMs: ms, clockErrorMs: ms })),
  }),
  /** A replica's configuration changes: `begun` when we started to apply it, `witnessed` when something other than a judged answer showed it. */
  state: z.strictObject({
    ...happened,
    type: z.literal('state'),
    topology: id,
    replica: id,
    phase: z.enum(['begun', 'witnessed']),
    holding: z.unknown(),
    /** When a signer that keeps its word must hold it, witnessed or not. */
    deadline: ms.optional(),
  }),
  connection: z.strictObject({
    ...happened,
    type: z.literal('connection'),
    id,
    topology: id,
    target: id,
    mode: z.enum(['fresh', 'kept', 'resumed']),
    peer,
    /** Known by the server certificate, also behind a balancer; null where the handshake did not get that far. */
    servedBy: id.nullable(),
    resumed: z.boolean(),
    /** When we began to open it; this is told when it is open. */
    since: ms.optional(),
    /** The server certificate it was shown. Absent where it was shown none that is ours. */
    shown: id.optional(),
  }),
  request: z.strictObject({
    ...inCase,
    type: z.literal('request'),
    id,
    topology: id,
    connection: id,
    /** The verdict claimed for it; a request without a claim prepares or controls. */
    claim: verdicts.nullable(),
    /** The clause that it decides, in a case about several; all of them where none is named. */
    about: id.optional(),
    label: z.string(),
    facts: z.unknown(),
  }),
  answer: z.strictObject({
    ...happened,
    type: z.literal('answer'),
    request: id,
    status: z.int(),
    headers: z.array(z.tuple([z.string(), z.string()])),
    body: z.string(),
  }),
  /** No answer came. What the replica did with the request is unknown, unless it named a certificate in a TLS alert. */
  lost: z.strictObject({
    ...happened,
    type: z.literal('lost'),
    request: id,
    how: z.enum(['reset', 'closed', 'timeout', 'alert', 'malformed', 'unreachable']),
    alert: z.string().optional(),
    detail: z.string(),
  }),
  case: z.strictObject({
    ...inCase,
    type: z.literal('case'),
    phase: z.enum(['begun', 'ended']),
    topology: id,
    /** The harness's own trouble. */
    error: z.string().optional(),
  }),
  /** These requests were let go together. */
  race: z.strictObject({ ...inCase, type: z.literal('race'), requests: z.array(id) }),
  /** An interval that the contract itself defines was waited out. */
  wait: z.strictObject({ ...inCase, type: z.literal('wait'), ms, why: z.string() }),
  /** Somebody stood still: nothing that overlaps this can be held to a bound. */
  stall: z.strictObject({
    ...happened,
    type: z.literal('stall'),
    /** `way`: what lies between this replica and its store. */
    who: z.enum(['harness', 'replica', 'store', 'way']),
    topology: id.nullable(),
    replica: id.nullable(),
    from: ms,
    to: ms,
  }),
  /** The replay store, looked into by us: which keys lie there for this request. */
  'store-look': z.strictObject({
    ...inCase,
    type: z.literal('store-look'),
    request: id,
    expectedKey: z.string(),
    found: z.array(z.strictObject({ key: z.string(), ttlMs: ms })),
    retentionMs: ms,
  }),
  /** Whether an optional thing is there at all, asked before a claim is believed or a clause judged. */
  probe: z.strictObject({
    ...inCase,
    type: z.literal('probe'),
    /** Who said so: a replica that was asked, or the adapter, which no standstill can delay. */
    source: z.enum(['replica', 'adapter']),
    present: z.boolean(),
    /** What was seen against what the truth was at that moment; absent where the thing is not there. */
    truthful: z.boolean().optional(),
    evidence: z.string(),
  }),
  fault: z.strictObject({
    ...happened,
    type: z.literal('fault'),
    fault: id,
    topology: id,
    /**
     * `witnessed` may come as late as right before it is healed, and then holds from `since` on. `never`: it cannot take
     * hold of such a signer. `unhealed`: it was healed, and is still there.
     */
    phase: z.enum(['injecting', 'witnessed', 'unwitnessed', 'never', 'healing', 'healed', 'unhealed']),
    store: z.enum(storeFates),
    /** The replicas it concerns; all of them where none is named. */
    replicas: z.array(id).optional(),
    /** Whose answers may fail to come: those of its replicas, or what they send by the balancer. */
    silences: z.enum(['replicas', 'balancer']).optional(),
    /** What is broken, in a sentence; told when it is injected. */
    sentence: z.string().optional(),
    /** Replies to what the store carried out may not come: whoever asks again finds what he did himself. */
    losesReplies: z.literal(true).optional(),
    /** How far it puts the clocks of its replicas before ours. */
    clockOffsetMs: ms.optional(),
    /** When it was in force for certain, where it was witnessed later than that. */
    since: ms.optional(),
    evidence: z.string(),
  }),
  /** A step of a procedure, or the way back over it. */
  step: z.strictObject({
    ...happened,
    type: z.literal('step'),
    case: id,
    topology: id,
    step: id,
    /** What is done, in a sentence, and the runbook's steps that ask for it. */
    sentence: z.string(),
    runbook: z.array(id),
    direction: z.enum(['forward', 'back']),
    phase: z.enum(['begun', 'half-rolled', 'ended']),
  }),
  /** A schedule of actions is about to be played, as the attempt of a case that has its id. */
  schedule: z.strictObject({
    ...inCase,
    type: z.literal('schedule'),
    topology: id,
    /** For the first time; once more, to see how often it fails; a smaller one, to see whether it does. */
    why: z.enum(['first', 'again', 'smaller']),
    actions: z.array(z.looseObject({ do: id })),
  }),
  /** One of its actions begins, or is left out since it has no meaning there. */
  action: z.strictObject({
    ...inCase,
    type: z.literal('action'),
    /** Its place in the schedule; what follows every schedule has none. */
    number: z.int().min(1).optional(),
    sentence: z.string(),
    leftOut: z.string().optional(),
  }),
  /** What is left of a schedule that failed: nothing smaller that was tried fails as often. */
  shrunk: z.strictObject({
    ...happened,
    type: z.literal('shrunk'),
    case: id,
    clause: id,
    actions: z.array(z.looseObject({ do: id })),
    /** The attempt that its story is told by. */
    attempt: z.int().min(1),
    /** How many were tried, and whether there was more to try. */
    tries: z.int().min(0),
    exhausted: z.boolean(),
    /** Played so often as it is, it failed so often. */
    played: z.int().min(1),
    failed: z.int().min(0),
  }),
  /** A replica ended, hung or refused while a change was applied to it. */
  casualty: z.strictObject({
    ...happened,
    type: z.literal('casualty'),
    case: id,
    topology: id,
    replica: id,
    evidence: z.string(),
    /** It could not be started anew either. */
    forGood: z.literal(true).optional(),
  }),
  /** A declared window: what goes straight to this replica meanwhile may be lost, since we are restarting it. */
  window: z.strictObject({
    ...happened,
    type: z.literal('window'),
    topology: id,
    replica: id,
    phase: z.enum(['opened', 'closed']),
    why: z.string(),
  }),
  /** Requests of one kind that go the same way again and again: all that they have in common. */
  stream: z.strictObject({
    ...happened,
    type: z.literal('stream'),
    id,
    case: id,
    topology: id,
    /** A replica, or the balancer. */
    target: id,
    mode: z.enum(['fresh', 'kept', 'resumed']),
    /** What these requests show for themselves, in words; streams of one credential share a line in a report. */
    credential: z.string(),
    /** Sent by clients that keep the rules, whose refusals are what a rotation costs. */
    honest: z.boolean(),
    /** The clause that is broken where one is wrongly let in, and where one is wrongly refused. */
    clauses: z.strictObject({ accepted: id, refused: id }),
    /** The facts of one of them; another differs in its stamp. */
    facts: z.unknown(),
  }),
  /** A request of a stream was written. */
  sent: z.strictObject({
    ...happened,
    type: z.literal('sent'),
    id,
    stream: id,
    connection: id,
    /** When it should have been written. */
    due: ms,
    /** When it was taken in hand, where it then had to wait for a connection. */
    taken: ms.optional(),
    stamp: z.array(z.string()),
  }),
  /** Its answer. The body is kept where it is not a success. */
  got: z.strictObject({
    ...happened,
    type: z.literal('got'),
    id,
    status: z.int(),
    body: z.string().optional(),
  }),
  /** No answer came to it. */
  gone: z.strictObject({
    ...happened,
    type: z.literal('gone'),
    id,
    /** `untrusted` is our own verdict on the server's certificate. */
    how: z.enum(['reset', 'closed', 'timeout', 'alert', 'malformed', 'unreachable', 'untrusted']),
    alert: z.string().optional(),
    detail: z.string(),
  }),
  /** A request of a stream was due and not sent, since too many were under way. */
  dropped: z.strictObject({ ...happened, type: z.literal('dropped'), stream: id, due: ms }),
  precondition: z.strictObject({
    ...happened,
    type: z.literal('precondition'),
    id,
    holds: z.boolean(),
    evidence: z.string(),
  }),
  /** A text a signer produced was searched for what it must not hold. */
  scan: z.strictObject({
    ...happened,
    type: z.literal('scan'),
    where: z.enum(['log', 'answers']),
    topology: id,
    replica: id.nullable(),
    bytes: z.int(),
    needles: z.int(),
    leaks: z.array(z.strictObject({ what: z.string(), form: z.string(), context: z.string() })),
  }),
  end: z.strictObject({ ...happened, type: z.literal('end'), complete: z.boolean() }),
} as const;

export const eventSchema = z.discriminatedUnion('type', [
  eventSchemas.run,
  eventSchemas.topology,
  eventSchemas.state,
  eventSchemas.connection,
  eventSchemas.request,
  eventSchemas.answer,
  eventSchemas.lost,
  eventSchemas.case,
  eventSchemas.race,
  eventSchemas.wait,
  eventSchemas.stall,
  eventSchemas['store-look'],
  eventSchemas.probe,
  eventSchemas.fault,
  eventSchemas.step,
  eventSchemas.schedule,
  eventSchemas.action,
  eventSchemas.shrunk,
  eventSchemas.casualty,
  eventSchemas.window,
  eventSchemas.stream,
  eventSchemas.sent,
  eventSchemas.got,
  eventSchemas.gone,
  eventSchemas.dropped,
  eventSchemas.precondition,
  eventSchemas.scan,
  eventSchemas.end,
]);

export type HistoryEvent = z.infer<typeof eventSchema>;
export type EventType = HistoryEvent['type'];
export type EventOf<T extends EventType> = Extract<HistoryEvent, { type: T }>;
