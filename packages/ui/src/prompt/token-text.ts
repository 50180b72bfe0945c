/** How a token is written where space is short: blanks and line ends become visible. */
export function visibleToken(text: string): string {
  if (text === '') return '∅';
  const bare = text.startsWith(' ') && text.trim() !== '' ? text.slice(1) : text;
  return bare
    .replaceAll('\n', '⏎')
    .replaceAll('\t', '⇥')
    .replace(/^ +| +$/g, (blanks) => '␣'.repeat(blanks.length));
}

/** Whether a word starts with this token, that is, a blank stands before it. */
export function startsWord(text: string): boolean {
  return text.startsWith(' ');
}

/** A token between quotation marks, for sentences and tooltips. */
export function quoteToken(text: string): string {
  return `“${text.replaceAll('\n', '⏎')}”`;
}
