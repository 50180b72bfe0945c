/** Kinds of TypeScript text that are coloured. */
export type Ink = 'comment' | 'string' | 'number' | 'keyword' | 'plain';

export interface Piece {
  ink: Ink;
  text: string;
}

const keywords =
  'abstract|as|async|await|break|case|class|const|continue|default|else|export|extends|false|for|from|function|if|implements|import|in|instanceof|interface|let|new|null|of|override|private|protected|public|readonly|return|static|super|switch|this|throw|true|type|typeof|undefined|while';

const grammar = new RegExp(
  [
    /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))/,
    /(?<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)/,
    /(?<number>\b\d[\d_.]*(?:e[+-]?\d+)?\b)/,
    new RegExp(`(?<keyword>\\b(?:${keywords})\\b)`),
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

/** Splits TypeScript text into lines of coloured pieces. It is for the eye: regular expressions may fool it. */
export function highlightLines(text: string): Piece[][] {
  const lines: Piece[][] = [[]];
  const add = (ink: Ink, part: string) => {
    part.split('\n').forEach((line, at) => {
      if (at > 0) lines.push([]);
      if (line !== '') lines.at(-1)?.push({ ink, text: line });
    });
  };
  let end = 0;
  for (const match of text.matchAll(grammar)) {
    add('plain', text.slice(end, match.index));
    const found = Object.entries(match.groups ?? {}).find(([, part]) => part !== undefined);
    add((found?.[0] ?? 'plain') as Ink, match[0]);
    end = match.index + match[0].length;
  }
  add('plain', text.slice(end));
  return lines;
}
