import { NodePathError } from '../errors.js';

/** One piece of a glob: which characters it takes, and whether any number of them, also none. */
export interface GlobPiece {
  readonly takes: (character: string) => boolean;
  readonly repeats: boolean;
  /** True before the two pieces of `**.`: they may be left out. It takes no character itself. */
  readonly isOptional: boolean;
}

type Fail = (what: string) => never;

const MOST_ALTERNATIVES = 1000;
/** Braces in braces deeper than this are a mistake, or meant to exhaust the stack. */
const MOST_BRACES = 100;

const isSeparator = (character: string) => character === '.' || character === '|';
const isWithin = (character: string) => !isSeparator(character);
const isAny = () => true;
const isNone = () => false;

/** The alternatives that a glob stands for, each as a list of pieces. @throws NodePathError where it is malformed */
export function parseGlob(glob: string): GlobPiece[][] {
  const fail: Fail = (what) => {
    throw new NodePathError(`The glob '${glob}' ${what}. A special character after '\\' stands for itself.`);
  };
  if ((glob.match(/\{/g)?.length ?? 0) > MOST_BRACES) fail(`has more than ${MOST_BRACES} braces`);
  return alternatives(glob, fail).map((each) => pieces(each, fail));
}

/** The globs without braces that one with braces stands for. */
function alternatives(glob: string, fail: Fail): string[] {
  const open = find(glob, '{}', 0);
  if (open < 0) return [glob];
  if (glob[open] === '}') fail("has a '}' without '{'");
  const choices: string[] = [];
  let from = open + 1;
  let depth = 1;
  let at = open;
  while (depth > 0) {
    at = find(glob, '{,}', at + 1);
    if (at < 0) fail("has a '{' without '}'");
    if (depth === 1 && glob[at] !== '{') {
      choices.push(glob.slice(from, at));
      from = at + 1;
    }
    depth += glob[at] === '{' ? 1 : glob[at] === '}' ? -1 : 0;
  }
  const inside = choices.flatMap((choice) => alternatives(choice, fail));
  const after = alternatives(glob.slice(at + 1), fail);
  const count = inside.length * after.length;
  if (count > MOST_ALTERNATIVES) fail(`stands for ${count} alternatives; ${MOST_ALTERNATIVES} are the most`);
  return inside.flatMap((choice) => after.map((rest) => glob.slice(0, open) + choice + rest));
}

/** The next of some characters that is neither escaped nor in a class, or -1. */
function find(glob: string, characters: string, start: number): number {
  for (let at = start; at < glob.length; at += 1) {
    const character = glob.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '[') at = Math.max(at, glob.indexOf(']', at + 2));
    else if (characters.includes(character)) return at;
  }
  return -1;
}

function pieces(glob: string, fail: Fail): GlobPiece[] {
  const found: GlobPiece[] = [];
  const one = (takes: GlobPiece['takes']) => found.push({ takes, repeats: false, isOptional: false });
  for (let at = 0; at < glob.length; at += 1) {
    const character = glob.charAt(at);
    if (character === '*') {
      const crosses = glob[at + 1] === '*';
      if (crosses) at += 1;
      const isOptional = crosses && isSeparator(glob.charAt(at + 1));
      if (isOptional) found.push({ takes: isNone, repeats: true, isOptional });
      found.push({ takes: crosses ? isAny : isWithin, repeats: true, isOptional: false });
      if (isOptional) {
        at += 1;
        one(isSeparator);
      }
    } else if (character === '?') {
      one(isWithin);
    } else if (character === '[') {
      const end = glob.indexOf(']', at + 2);
      if (end < 0) fail("has a '[' without ']'");
      one(characterClass(glob.slice(at + 1, end), fail));
      at = end;
    } else {
      if (character === '\\') at += 1;
      const literal = glob[at];
      if (literal === undefined) fail("ends with '\\'");
      one((other) => other === literal);
    }
  }
  return found;
}

/** The test that stands between brackets: `0-3`, `abc`, `!a-z`. */
function characterClass(text: string, fail: Fail): GlobPiece['takes'] {
  const isNegated = /^[!^]/.test(text);
  const ranges = [...text.slice(isNegated ? 1 : 0).matchAll(/(.)(?:-(.))?/gs)].map(
    ([, first = '', last = first]) => [first, last] as const,
  );
  if (ranges.length === 0) fail(`has an empty class '[${text}]'`);
  const reversed = ranges.find(([first, last]) => first > last);
  if (reversed !== undefined) fail(`has the reversed range '${reversed.join('-')}'`);
  return (character) =>
    isWithin(character) &&
    ranges.some(([first, last]) => first <= character && character <= last) !== isNegated;
}
