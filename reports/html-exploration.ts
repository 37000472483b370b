import type { Exploration, Shrunk } from './exploration.ts';
import { inShort, made } from './exploration-lines.ts';
import { code, section, table, value, word } from './html-parts.ts';
import { html, NOTHING, type Markup } from './markup.ts';

/** What was played, and the story of each schedule that is as small as can be. */
export function explored(exploration: Exploration): Markup {
  const { schedules, faults, shrunk } = exploration;
  const rows = [...faults].map(([name, { injected, witnessed }]) => [
    code(name),
    html`${injected}`,
    html`${witnessed}`,
  ]);
  return html`${section('As small as can be', shrunk.length, html`${shrunk.map(story)}`)}
  ${section(
    'Explored',
    schedules,
    html`<ul>
        ${made(exploration).map((text) => html`<li>${text}</li>`)}
      </ul>
      ${rows.length > 0 ? table(['fault', 'injected', 'witnessed'], rows) : NOTHING}`,
  )}`;
}

const story = (shrunk: Shrunk): Markup =>
  html`<article>
    <h3>${code(shrunk.case)} breaks ${code(shrunk.clause)}</h3>
    <p>${inShort(shrunk)}</p>
    <ol>
      ${shrunk.story.map(
        ({ sentence, outcomes }) =>
          html`<li>
            ${sentence}
            <ul>
              ${outcomes.map(
                ({ words, wrong }) =>
                  html`<li>${wrong ? word('broken', 'wrong') : NOTHING} ${value(words)}</li>`,
              )}
            </ul>
          </li>`,
      )}
    </ol>
  </article>`;
