import type { OutputLog } from './output-log.ts';

const LINES = 8;
const LENGTH = 1_500;

/** On one line, redacted before it is cut, so that no half of a secret escapes, and without what steers a terminal. */
export function lastWords(output: OutputLog, redact: (text: string) => string): string {
  const lines = redact(output.text()).trimEnd().split('\n').slice(-LINES);
  const words = lines.map((line) => line.replaceAll(/\p{C}+/gu, ' ').trim()).join(' | ');
  if (words === '') return 'it printed nothing, so run its command by hand to see why';
  return `put right what it last printed: ${words.slice(-LENGTH)}`;
}
