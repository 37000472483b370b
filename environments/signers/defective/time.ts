import type { Defect } from './defect.ts';

/** How a timestamp is read and how far from now it may be. */
export const time: readonly Defect[] = [
  {
    id: 'past-has-no-end',
    clause: 'time/past-refused',
    case: 'timestamp_skew_rejected',
    summary: 'Only timestamps from the future are held against the maximum age.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'Math.abs(Date.now() - instant) <= maxAgeMs',
        wrong: 'instant - Date.now() <= maxAgeMs',
      },
    ],
  },
  {
    id: 'future-has-no-end',
    clause: 'time/future-refused',
    case: 'timestamps-from-the-future-refused',
    summary: 'Only timestamps from the past are held against the maximum age.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'Math.abs(Date.now() - instant) <= maxAgeMs',
        wrong: 'Date.now() - instant <= maxAgeMs',
      },
    ],
  },
  {
    id: 'distance-is-kept-in-32-bits',
    clause: 'time/future-refused',
    case: 'timestamps-from-the-future-refused',
    summary: 'Every 49 days the distance comes round to nothing.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'Math.abs(Date.now() - instant) <= maxAgeMs',
        wrong: 'Math.abs((Date.now() - instant) | 0) <= maxAgeMs',
      },
    ],
  },
  {
    id: 'maximum-age-is-taken-for-seconds',
    clause: 'time/past-refused',
    case: 'timestamps-from-the-past-refused',
    summary: 'The distance is turned into seconds and held against a limit in milliseconds.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'Math.abs(Date.now() - instant) <= maxAgeMs',
        wrong: 'Math.abs(Date.now() - instant) / 1000 <= maxAgeMs',
      },
    ],
  },
  {
    id: 'maximum-age-is-taken-for-the-whole-window',
    clause: 'time/window-accepted',
    case: 'timestamps-within-the-window-accepted',
    summary: 'Half of the maximum age lies on either side of now.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'Math.abs(Date.now() - instant) <= maxAgeMs',
        wrong: 'Math.abs(Date.now() - instant) <= maxAgeMs / 2',
      },
    ],
  },
  {
    id: 'configured-maximum-age-is-ignored',
    clause: 'time/past-refused',
    case: 'request-goes-stale-with-time',
    summary: 'The usual minute is written into the code, whatever the configuration says.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'Math.abs(Date.now() - instant) <= maxAgeMs',
        wrong: 'Math.abs(Date.now() - instant) <= Math.max(maxAgeMs, 60_000)',
      },
    ],
  },
  {
    id: 'missing-timestamp-means-now',
    clause: 'time/format',
    case: 'timestamp-header-absent-refused',
    summary: 'A request without a timestamp is given that of its arrival.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: "const timestamp = headerText(request, 'x-keyring-timestamp');",
        wrong: "const timestamp = headerText(request, 'x-keyring-timestamp') ?? String(Date.now());",
      },
    ],
  },
  {
    id: 'timestamp-ends-at-its-first-other-character',
    clause: 'time/format',
    case: 'full-stop-cannot-move-between-fields',
    summary: 'The parser takes the digits in front and leaves the rest to be signed.',
    edits: [
      { file: 'authenticate.ts', correct: '  if (!/^[0-9]+$/.test(timestamp)) return false;\n', wrong: '' },
      {
        file: 'authenticate.ts',
        correct: 'const instant = Number(timestamp);',
        wrong: 'const instant = Number.parseInt(timestamp, 10);',
      },
    ],
  },
  {
    id: 'timestamp-may-be-any-number',
    clause: 'time/format',
    case: 'timestamps-in-other-notations-refused',
    summary: 'Whatever the language can read as a number is a timestamp.',
    edits: [
      { file: 'authenticate.ts', correct: '  if (!/^[0-9]+$/.test(timestamp)) return false;\n', wrong: '' },
    ],
  },
  {
    id: 'timestamp-that-is-no-number-is-never-too-old',
    clause: 'time/format',
    case: 'timestamp_not_a_number_rejected',
    summary: 'A comparison with what is not a number is false, and false means not too far away.',
    edits: [
      { file: 'authenticate.ts', correct: '  if (!/^[0-9]+$/.test(timestamp)) return false;\n', wrong: '' },
      {
        file: 'authenticate.ts',
        correct: '  if (!Number.isSafeInteger(instant)) return false;\n',
        wrong: '',
      },
      {
        file: 'authenticate.ts',
        correct: 'return Math.abs(Date.now() - instant) <= maxAgeMs;',
        wrong: 'return !(Math.abs(Date.now() - instant) > maxAgeMs);',
      },
    ],
  },
  {
    id: 'timestamp-in-seconds-is-understood-too',
    clause: 'time/past-refused',
    case: 'timestamps-from-the-past-refused',
    summary: 'A small number is taken for seconds, which gives each moment a second name.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'const instant = Number(timestamp);',
        wrong: 'const instant = Number(timestamp) * (timestamp.length <= 10 ? 1000 : 1);',
      },
    ],
  },
];
