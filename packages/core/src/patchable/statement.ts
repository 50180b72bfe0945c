import { type Bracket, type BracketedScript, findBrackets } from './brackets.js';

/** The statement around a line of a script. */
export interface Statement {
  /** Its first line, counted from 1. */
  readonly line: number;
  /** Its lines, indented as little as they allow. */
  readonly text: string;
}

/** A longer line is minified code, which tells nothing. */
const MOST_CHARACTERS = 2000;

/** Of a longer statement only the line that was asked for is shown. */
const MOST_LINES = 20;

/** How a line begins that goes on with the statement before it, and how one ends that is gone on with. */
const GOES_ON = /^(?:\.(?!\.)|[?:,=*/%&|^<>]|\+(?!\+)|-(?!-)|(?:in|instanceof|as|satisfies)\b)/;
const IS_GONE_ON = /(?:=>|[=*/%&|^<?:,.]|(?<!\+)\+|(?<!-)-)$/;

/** How a line begins that ends a block in the middle of a statement: `}).add(1)`, but not `} else {`. */
const CLOSES = /^\s*\}(?!\s*(?:else|catch|finally|while)\b)/;

const CLASS = /\bclass\s+([\w$]+)/;
const METHOD =
  /^(?:(?:public|protected|private|static|override|async|get|set)\s+)*\*?\s*(#?[\w$]+|\[[^\]]*\])\s*[(<]/;
const FUNCTION = /\bfunction\b\s*\*?\s*([\w$]+)|\b(?:const|let)\s+([\w$]+)[^=]*=.*=>\s*\{$/;

/** Finds the statements and functions of one script. */
export class Statements {
  private readonly content: readonly string[];
  private found: BracketedScript | null = null;

  constructor(content: string) {
    this.content = content.split(/\r?\n/);
  }

  /**
   * The statement that a line (from 1) is part of, with all its lines. A block after it does not count: of an
   * `if` it is the condition. Null where there is no such line, or one of minified code.
   */
  at(line: number): Statement | null {
    const asked = line - 1;
    const { length } = this.content[asked] ?? '';
    if (length === 0 || length > MOST_CHARACTERS) return null;
    const first = this.firstLine(asked);
    const last = this.lastLine(first, asked);
    const [from, to] = last - first < MOST_LINES ? [first, last] : [asked, asked];
    return { line: from + 1, text: dedent(this.content.slice(from, to + 1)) };
  }

  /** The function around a line, as stack traces call it: `attend`, `Linear.forward`. Null outside of any. */
  functionAt(line: number): string | null {
    let bracket = this.script.openAt[line - 1] ?? null;
    for (; bracket !== null; bracket = bracket.around) {
      // The braces of a callback are in the brackets of a call.
      if (!bracket.isBlock || bracket.around?.isBlock === false) continue;
      const header = this.header(bracket);
      const className = bracket.around === null ? undefined : CLASS.exec(this.header(bracket.around))?.[1];
      const method = className === undefined ? undefined : METHOD.exec(header)?.[1];
      if (method !== undefined) return `${className}.${method}`;
      const [, declared, assigned] = FUNCTION.exec(header) ?? [];
      if (declared !== undefined || assigned !== undefined) return declared ?? assigned ?? null;
    }
    return null;
  }

  private get script(): BracketedScript {
    this.found ??= findBrackets(this.content.join('\n'));
    return this.found;
  }

  /** The code that a block belongs to, up to its brace. */
  private header({ first }: Bracket): string {
    return this.script.lines
      .slice(this.firstLine(first), first + 1)
      .join(' ')
      .trim();
  }

  private firstLine(asked: number): number {
    let first = asked;
    for (;;) {
      const bracket = this.bracketAround(first);
      const previous = this.nextLine(first, -1);
      if (bracket !== null) first = bracket.first;
      else if (previous !== null && this.isOneStatement(previous, first)) first = previous;
      else return first;
    }
  }

  /** The bracket that the statement at a line lies in or closes, other than the block of the statement. */
  private bracketAround(line: number): Bracket | null {
    const open = this.script.openAt[line] ?? null;
    if (open === null || !open.isBlock) return open;
    return open.last === line && CLOSES.test(this.script.lines[line] ?? '') ? open : null;
  }

  private lastLine(first: number, asked: number): number {
    let last = asked;
    for (;;) {
      const bracket = this.outermost(first, last);
      const next = this.nextLine(last, 1);
      if (bracket !== null && !bracket.isBlock) last = bracket.last;
      else if (bracket === null && next !== null && this.isOneStatement(last, next)) last = next;
      else return last;
    }
  }

  /** The outermost bracket that opens in a range of lines and is still open after it. */
  private outermost(first: number, last: number): Bracket | null {
    let found: Bracket | null = null;
    for (
      let each = this.script.openAt[last + 1] ?? null;
      each !== null && each.first >= first;
      each = each.around
    )
      found = each;
    return found;
  }

  private isOneStatement(line: number, next: number): boolean {
    const [end, start] = [line, next].map((at) => this.script.lines[at]?.trim() ?? '') as [string, string];
    if (/(?:[;{]|:label)$/.test(end) || (end.endsWith('}') && /^[[(*]/.test(start))) return false;
    return /^[[(]/.test(start) || GOES_ON.test(start) || IS_GONE_ON.test(end);
  }

  /** The next line in a direction with something on it. */
  private nextLine(line: number, direction: 1 | -1): number | null {
    const { lines } = this.script;
    for (let at = line + direction; at >= 0 && at < lines.length; at += direction)
      if (lines[at]?.trim() !== '') return at;
    return null;
  }
}

function dedent(lines: readonly string[]): string {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(Number.isFinite(indent) ? indent : 0)).join('\n');
}
