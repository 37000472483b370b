import { onOneLine, shortened } from './legible.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import { standingWords, type Standing } from './standing.ts';

/** A part of the page with its number of entries; without any it is not there. */
export function section(title: string, count: number, inside: Markup): Markup {
  if (count === 0) return NOTHING;
  return html`<section>
    <h2>${title} <span class="count">${count}</span></h2>
    ${inside}
  </section>`;
}

/** A table for reading, whose first column stands apart where it says what came of the rest. */
export function table(heads: readonly string[], rows: readonly (readonly Markup[])[], kind = ''): Markup {
  const head = heads.map((text) => html`<th scope="col">${text}</th>`);
  const body = rows.map(
    (cells) =>
      html`<tr>
        ${cells.map((cell) => html`<td>${cell}</td>`)}
      </tr>`,
  );
  return html`<table class="list ${heads[0] === '' ? 'judged' : ''} ${kind}">
    <thead>
      <tr>
        ${head}
      </tr>
    </thead>
    <tbody>
      ${body}
    </tbody>
  </table>`;
}

export const tones: Readonly<Record<Standing, string>> = {
  broken: 'bad',
  'in-doubt': 'doubt',
  'not-met': 'doubt',
  undecided: 'doubt',
  'not-applicable': 'quiet',
  kept: 'good',
};

export const word = (standing: Standing, text: string = standingWords[standing]): Markup =>
  html`<span class="word ${tones[standing]}">${text}</span>`;

export const code = (text: string): Markup => html`<code>${onOneLine(text)}</code>`;

const FOLD_AFTER = 600;
const CUT_AFTER = 50_000;

/** A value with its line breaks, or folded where it would push everything else off the page. */
export function value(text: string): Markup {
  if (text.length <= FOLD_AFTER) return html`<span class="value">${text}</span>`;
  const start = onOneLine(shortened(text, FOLD_AFTER / 3));
  return html`<details>
    <summary>${start}</summary>
    <span class="value">${shortened(text, CUT_AFTER)}</span>
  </details>`;
}
