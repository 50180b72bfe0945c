/** Pieces of printed TypeScript: identifiers, property access, literals. */

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** Words that are no names for variables, those of the standard library that printed code uses, and its own. */
const TAKEN = new Set(
  (
    'arguments await break case catch class const constants continue debugger default delete do else enum eval ' +
    'export extends false finally for function graph if implements import in Infinity instanceof interface let ' +
    'NaN new null package private protected public return static super switch tf this throw true try typeof ' +
    'undefined var void while with yield'
  ).split(' '),
);

function isName(text: string): boolean {
  return IDENTIFIER.test(text) && !TAKEN.has(text);
}

/** A different valid identifier for each name; valid names stay as they are. */
export function identifiersFor(names: readonly string[]): string[] {
  const taken = new Set(names.filter(isName));
  const counts = new Map<string, number>();
  return names.map((name) => {
    if (isName(name)) return name;
    const cleaned = name.replace(/[^\p{ID_Continue}$]/gu, '_');
    const base = IDENTIFIER.test(cleaned) ? cleaned : `_${cleaned}`;
    let identifier = isName(base) ? base : `${base}_`;
    while (taken.has(identifier)) {
      const count = (counts.get(base) ?? 0) + 1;
      counts.set(base, count);
      identifier = `${base}_${count}`;
    }
    taken.add(identifier);
    return identifier;
  });
}

/** Reads properties one after the other: `this.h[0].attn['a-b']`. */
export function propertyText(object: string, keys: readonly string[]): string {
  return keys.reduce((text, key) => {
    if (IDENTIFIER.test(key)) return `${text}.${key}`;
    return `${text}[${/^(?:0|[1-9]\d*)$/.test(key) ? key : stringText(key)}]`;
  }, object);
}

/** The entries of an object literal. */
export function objectText(entries: readonly (readonly [key: string, text: string])[]): string {
  if (entries.length === 0) return '{}';
  const written = entries.map(([key, text]) =>
    key === text && isName(key) ? key : `${keyText(key)}: ${text}`,
  );
  return `{ ${written.join(', ')} }`;
}

/** A setting or scalar as a literal. What has none (a function, a typed array's class) is written as data. */
export function literalText(value: unknown): string {
  if (typeof value === 'string') return stringText(value);
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null)
    return typeof value === 'function' ? 'undefined' : String(value);
  if (Array.isArray(value)) return `[${value.map(literalText).join(', ')}]`;
  if (ArrayBuffer.isView(value)) return literalText(Array.from(value as unknown as ArrayLike<number>));
  return objectText(Object.entries(value).map(([key, each]) => [key, literalText(each)]));
}

/** A number that became a float32 as the shortest one that does: 0.00001 for 0.000009999999747378752. */
export function float32Text(value: number): string {
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return literalText(short);
  }
  return literalText(value);
}

function keyText(key: string): string {
  // As a plain key it would set the prototype.
  if (key === '__proto__') return "['__proto__']";
  return IDENTIFIER.test(key) ? key : stringText(key);
}

function stringText(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replace(/\\"/g, '"').replace(/'/g, "\\'");
  return `'${escaped}'`;
}
