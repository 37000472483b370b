const ARRAY = 0x2a;

/** The words of a whole request. None of an empty one, which Redis passes over without an answer. */
export function wordsOf(frame: Buffer): Buffer[] {
  if (frame[0] !== ARRAY) return inlineWords(frame.toString('latin1'));
  const words: Buffer[] = [];
  let at = frame.indexOf('\r\n') + 2;
  while (at < frame.length) {
    const from = frame.indexOf('\r\n', at) + 2;
    const to = from + parseInt(frame.toString('latin1', at + 1, from), 10);
    words.push(frame.subarray(from, to));
    at = to + 2;
  }
  return words;
}

const inlineWords = (line: string): Buffer[] =>
  (line.match(/"(?:\\.|[^"\\])*"|'(?:\\'|[^'])*'|\S+/g) ?? []).map((word) =>
    Buffer.from(word.replace(/^(["'])(.*)\1$/s, '$2'), 'latin1'),
  );
