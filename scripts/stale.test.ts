import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isStale } from './stale.mjs';

let folder = '';
const at = (name: string) => join(folder, name);

function touch(name: string, seconds: number): void {
  utimesSync(at(name), seconds, seconds);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stale-'));
  mkdirSync(at('src'));
  writeFileSync(at('src/a.ts'), '');
  writeFileSync(at('built'), '');
  touch('src/a.ts', 100);
  touch('src', 100);
  touch('built', 200);
});

afterEach(() => rmSync(folder, { recursive: true }));

test('a build newer than its sources is kept', () => {
  expect(isStale(at('built'), [at('src'), at('absent')])).toBe(false);
});

test('a missing build is stale', () => {
  expect(isStale(at('nothing'), [at('src')])).toBe(true);
});

test('a changed file makes the build stale', () => {
  touch('src/a.ts', 300);
  expect(isStale(at('built'), [at('src')])).toBe(true);
});

test('a removed file makes the build stale', () => {
  rmSync(at('src/a.ts'));
  expect(isStale(at('built'), [at('src')])).toBe(true);
});
