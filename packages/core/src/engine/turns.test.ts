import { expect, it } from 'vitest';
import { Turns } from './turns.js';

const soon = () => new Promise<void>((resolve) => setTimeout(resolve));

function setUp() {
  const turns = new Turns();
  const log: string[] = [];
  const job = (name: string) =>
    turns.take(async () => {
      log.push(`${name} begins`);
      await soon();
      log.push(`${name} ends`);
    });
  return { turns, log, job };
}

it('runs one job at a time, in order, also after one failed', async () => {
  const { turns, log, job } = setUp();
  const failing = turns.take(async () => {
    log.push('fails');
    throw new Error('no');
  });
  await Promise.all([expect(failing).rejects.toThrow('no'), job('a'), job('b')]);
  expect(log).toEqual(['fails', 'a begins', 'a ends', 'b begins', 'b ends']);
});

it('lets others have their turn while a job is away, and never runs beside them', async () => {
  const { turns, log, job } = setUp();
  let bytesCome: (count: number) => void = () => undefined;
  const bytes = new Promise<number>((resolve) => {
    bytesCome = resolve;
  });
  const long = turns.take(async (away) => {
    log.push('long begins');
    log.push(`long has ${await away(() => bytes)}`);
  });
  await job('a');
  const other = job('b');
  await soon();
  bytesCome(3);
  await Promise.all([long, other]);
  expect(log).toEqual(['long begins', 'a begins', 'a ends', 'b begins', 'b ends', 'long has 3']);
});

it('has its turn back when what a job waited for fails', async () => {
  const { turns, log, job } = setUp();
  const long = turns.take(async (away) => {
    await away(() => Promise.reject(new Error('broken'))).catch(() => log.push('broken'));
    await soon();
    log.push('long ends');
  });
  await soon();
  await Promise.all([long, job('a')]);
  expect(log).toEqual(['broken', 'long ends', 'a begins', 'a ends']);
});
