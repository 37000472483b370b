import { execFileSync } from 'node:child_process';

export interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string | null>>;
  readonly text: string;
}

/** Every element with the text within it, as a parser sees the page; one that does not nest stops it. */
export function elements(page: string): readonly Element[] {
  const script = `
import json, sys
from html.parser import HTMLParser
class Page(HTMLParser):
  def __init__(self):
    super().__init__()
    self.all, self.open, self.data, self.length = [], [], [], 0
  def starts(self, tag, attrs):
    element = {'tag': tag, 'attributes': dict(attrs), 'text': [self.length, self.length]}
    self.all.append(element)
    return element
  def handle_starttag(self, tag, attrs):
    element = self.starts(tag, attrs)
    if tag != 'meta': self.open.append(element)
  def handle_startendtag(self, tag, attrs):
    self.starts(tag, attrs)
  def handle_endtag(self, tag):
    assert self.open and self.open[-1]['tag'] == tag, tag
    self.open.pop()['text'][1] = self.length
    if tag != 'tspan': self.handle_data(' ')
  def handle_data(self, data):
    self.data.append(data)
    self.length += len(data)
page = Page()
page.feed(sys.stdin.buffer.read().decode('utf-8'))
page.close()
assert not page.open
text = ''.join(page.data)
for element in page.all: element['text'] = text[slice(*element['text'])]
print(json.dumps(page.all))`;
  const found = JSON.parse(
    execFileSync('python3', ['-I', '-S', '-c', script], {
      input: page,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    }),
  ) as Element[];
  return found.map((element) => ({ ...element, text: element.text.replaceAll(/\s+/g, ' ').trim() }));
}

export const ofClass = (all: readonly Element[], name: string): readonly Element[] =>
  all.filter(({ attributes }) => attributes['class']?.split(' ').includes(name));
