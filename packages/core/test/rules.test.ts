import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const FOLDER = 'packages/core';
const SPEC = '../shared/spec/patchable-graph.md';
const isAbsent = !existsSync(SPEC);

/** Rows of the table in the README: a rule's id and the files that test it. */
function table(): Map<string, string[]> {
  const readme = readFileSync(`${FOLDER}/README.md`, 'utf8');
  const rows = [...readme.matchAll(/^\| ([A-Z]\d+) \|(.*)\|$/gm)];
  return new Map(
    rows.map(([, id = '', cells = '']) => [
      id,
      [...cells.matchAll(/\]\(([^)]+)\)/g)].map(([, file = '']) => file),
    ]),
  );
}

/** Files of this package whose test titles cite a rule, by rule. */
function citing(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const files = ['src', 'test'].flatMap((part) =>
    readdirSync(join(FOLDER, part), { recursive: true, encoding: 'utf8' }).map((name) => `${part}/${name}`),
  );
  for (const file of files.filter((name) => name.endsWith('.test.ts')).sort()) {
    const lines = readFileSync(join(FOLDER, file), 'utf8').split('\n');
    const titles = lines.filter((line) => /['"`].*\[[MTGPSR]\d+\]/.test(line)).join('\n');
    for (const id of new Set(titles.match(/(?<=\[)[MTGPSR]\d+(?=\])/g)))
      found.set(id, [...(found.get(id) ?? []), file]);
  }
  return found;
}

it('the table of rules in the README names every file that tests a rule, and no other', () => {
  const listed = Object.fromEntries([...table()].map(([id, files]) => [id, [...files].sort()]));
  const cited = citing();
  for (const [id, files] of Object.entries(listed))
    expect(files, id).toEqual([...(cited.get(id) ?? [])].sort());
  expect(Object.keys(listed).sort()).toEqual([...cited.keys()].sort());
});

it('the specification is there where it must be', () => {
  if (isAbsent && process.env.CI === 'true') throw new Error(`${SPEC} is missing`);
});

it.skipIf(isAbsent)(`the table lists every rule of the specification (skipped without ${SPEC})`, () => {
  const rules = [...readFileSync(SPEC, 'utf8').matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)].map(([, id]) => id);
  expect(rules.length).toBeGreaterThan(35);
  expect([...table().keys()]).toEqual(expect.arrayContaining(rules));
});
