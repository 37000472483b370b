/**
 * The same text with everything written out that a reader cannot see or that would change what he sees: control
 * characters, among them what moves a terminal's cursor; marks that turn the direction of text; halves of characters,
 * which no file can hold. Line breaks stay.
 */
export const legible = (text: string): string => text.replaceAll(illegible, writtenOut);

/** The same on one line. */
export const onOneLine = (text: string): string => legible(text).replaceAll('\n', ' ⏎ ');

/** The beginning of a text that is too long to be read, with a word on how long it is. */
export function shortened(text: string, characters: number): string {
  if (text.length <= characters) return text;
  // A cut between the halves of a character would leave a half.
  const start = text.slice(0, characters).replace(/[\ud800-\udbff]$/, '');
  return `${start}… (${text.length} characters)`;
}

/** A number with its noun. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`;

/** How long something took, to the precision at which anybody cares. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A moment, or from when to when, as the axis of a timeline counts it. */
export function moments(from: number, to = from): string {
  const [first, last] = [from, to].map((ms) => `${(ms / 1000).toFixed(1)} s`);
  return first === last ? `${first}` : `${first} to ${last}`;
}

const illegible =
  /(?!\n)[\p{Control}\p{Surrogate}\p{Line_Separator}\p{Paragraph_Separator}\p{Bidi_Control}\p{Noncharacter_Code_Point}]/gu;

function writtenOut(character: string): string {
  const known = { '\t': String.raw`\t`, '\r': String.raw`\r` }[character];
  return known ?? String.raw`\u{${character.codePointAt(0)?.toString(16)}}`;
}
