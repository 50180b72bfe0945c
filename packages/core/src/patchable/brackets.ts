/** A bracket of a script, or a template in backquotes. Lines are counted from 0. */
export interface Bracket {
  readonly first: number;
  /** Where it closes; infinite if it does not. */
  last: number;
  /** True for braces around statements; false for those of objects, and for all other brackets. */
  readonly isBlock: boolean;
  readonly around: Bracket | null;
}

/** What tells where the statements of a script begin and end. */
export interface BracketedScript {
  /** The lines without comments, and with a letter in place of each string and regular expression. */
  readonly lines: readonly string[];
  /** The innermost bracket that is open where each line begins. */
  readonly openAt: readonly (Bracket | null)[];
}

/** Comments and strings, words, and single characters. */
const TOKEN =
  /\/\/.*|\/\*[\s\S]*?\*\/|'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"|[\p{ID_Continue}$]+|=>|[\s\S]/uy;
const REGEX = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const TEMPLATE_TEXT = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*/y;

/** Words after which a value comes: a `/` begins a regular expression, and a brace an object. */
const BEFORE_VALUE = /^(?:return|typeof|case|in|of|delete|throw|new|await|yield|default)$/;

/** Finds brackets, other than those in comments, strings, templates and regular expressions. */
export function findBrackets(content: string): BracketedScript {
  const lines = [''];
  const openAt: (Bracket | null)[] = [null];
  let open: Bracket | null = null;
  let at = 0;
  /** The last token that is neither space nor comment. */
  let before = '';
  /** True between `case` or `default` and its colon. */
  let isLabel = false;
  const holes = new Set<Bracket>();

  const newLines = (text: string) => {
    for (const _ of text.matchAll(/\n/g)) {
      lines.push('');
      openAt.push(open);
      isLabel = false;
    }
  };
  const write = (token: string, as = token) => {
    lines[lines.length - 1] += as;
    before = as;
    newLines(token);
  };
  const push = (isBlock: boolean): Bracket => {
    open = { first: lines.length - 1, last: Number.POSITIVE_INFINITY, isBlock, around: open };
    return open;
  };
  const pop = () => {
    const closed = open;
    if (closed !== null) {
      closed.last = lines.length - 1;
      open = closed.around;
    }
    return closed;
  };
  const take = (expression: RegExp): string => {
    expression.lastIndex = at;
    const [token = ''] = expression.exec(content) ?? [];
    at += token.length;
    return token;
  };
  /** The text of a template up to its end or its next hole. */
  const template = () => {
    newLines(take(TEMPLATE_TEXT));
    const isHole = content.startsWith('${', at);
    at += isHole ? 2 : 1;
    if (isHole) holes.add(push(false));
    else pop();
    write(isHole ? '(' : 's');
  };
  const expectsValue = () => !/^[\p{ID_Continue}$)\]}]/u.test(before) || BEFORE_VALUE.test(before);

  while (at < content.length) {
    if (content[at] === '/' && !/[/*]/.test(content.charAt(at + 1)) && expectsValue() && take(REGEX) !== '') {
      write('s');
      continue;
    }
    const token = take(TOKEN);
    if (/^\s|^\/[/*]/.test(token)) {
      lines[lines.length - 1] += ' ';
      newLines(token);
    } else if (token === '`') {
      push(false);
      template();
    } else if (/^[([{]$/.test(token)) {
      push(token === '{' && (/^(?:[);{}\]>]|=>|:label|)$/.test(before) || !expectsValue()));
      write(token);
    } else if (/^[)\]}]$/.test(token)) {
      const closed = pop();
      if (closed !== null && holes.has(closed)) template();
      else write(token);
    } else if (token === ':' && isLabel) {
      write(':label');
      isLabel = false;
    } else {
      write(token, /^['"]/.test(token) && token.length > 1 ? 's' : token);
      isLabel ||= token === 'case' || token === 'default';
    }
  }
  return { lines, openAt };
}
