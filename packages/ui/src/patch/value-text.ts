import type { NestedNumbers, PatchSpec } from '@patchbay/core/client';

export type PatchValue = PatchSpec['value'];

export type ParsedValue = { value: PatchValue; error: null } | { value: null; error: string };

const tooLarge = 'Values lie between −3.4e38 and 3.4e38, as float32 does.';

/** Reads a number or a nested list such as `[[1, 2], [3, 4]]`; the error is a sentence for the user. */
export function parseValue(text: string): ParsedValue {
  const trimmed = text.trim();
  if (trimmed === '') return failed('Type a number or a list such as [1, 2, 3].');
  if (!trimmed.startsWith('[')) {
    const number = Number(trimmed);
    if (Number.isNaN(number) || trimmed.endsWith('Infinity'))
      return failed(`“${trimmed}” is no number. Type one such as 0.5, or a list such as [1, 2, 3].`);
    return fitsFloat32(number) ? { value: number, error: null } : failed(tooLarge);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(trimmed);
  } catch {
    return failed('The list is not complete. Write numbers between commas, such as [1, 2, 3].');
  }
  if (!isNested(parsed)) return failed('A list holds only numbers, or lists of numbers.');
  if (!isEven(parsed)) return failed('All rows of a list need the same length.');
  return everyNumber(parsed, fitsFloat32) ? { value: parsed, error: null } : failed(tooLarge);
}

/** The text of a value, as `parseValue` reads it. */
export function formatPatchValue(value: PatchValue): string {
  return typeof value === 'number' ? String(value) : `[${value.map(formatPatchValue).join(', ')}]`;
}

function failed(error: string): ParsedValue {
  return { value: null, error };
}

function isNested(value: unknown): value is NestedNumbers {
  return Array.isArray(value) && value.every((each) => typeof each === 'number' || isNested(each));
}

/** Models compute with float32, in which larger numbers would become infinite. */
function fitsFloat32(value: number): boolean {
  return Number.isFinite(Math.fround(value));
}

function everyNumber(value: NestedNumbers, holds: (number: number) => boolean): boolean {
  return value.every((each) => (typeof each === 'number' ? holds(each) : everyNumber(each, holds)));
}

function isEven(value: NestedNumbers): boolean {
  const shapes = value.map((each) => (typeof each === 'number' ? '' : shapeText(each)));
  return new Set(shapes).size <= 1 && value.every((each) => typeof each === 'number' || isEven(each));
}

function shapeText(value: NestedNumbers): string {
  const [first] = value;
  return `${value.length},${typeof first === 'object' ? shapeText(first) : ''}`;
}
