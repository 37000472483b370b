import { legible } from './legible.ts';

/** HTML that is right as it stands, as opposed to text that has yet to be escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export const NOTHING = new Markup('');

type Part = Markup | string | number | readonly Part[];

/** A template in which whatever is filled in is escaped, unless it is markup already. */
export const html = (literals: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(literals.map((literal, at) => `${literal}${filledIn(parts[at] ?? '')}`).join(''));

function filledIn(part: Part): string {
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string') return escaped(part);
  return typeof part === 'number' ? String(part) : part.map(filledIn).join('');
}

const escaped = (text: string): string =>
  legible(text).replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
