import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createSessionStore } from './session.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function session() {
  const store = createSessionStore({ text: 'a', patches: [], position: -1 });
  const state = store.getState;
  return {
    state,
    undo: () => store.temporal.getState().undo(),
    redo: () => store.temporal.getState().redo(),
  };
}

it('adds, changes, duplicates, moves and removes patches', () => {
  const { state } = session();
  const first = state().add({ path: 'x' });
  const second = state().add({ path: 'y', slice: ':, 1' });
  expect(state().patches.map(({ id }) => id)).toEqual([first, second]);
  state().update(first, { kind: 'add', value: 2 });
  expect(state().patches[0]).toMatchObject({ path: 'x', kind: 'add', value: 2, enabled: true });
  state().duplicate(first);
  expect(state().patches.map(({ path }) => path)).toEqual(['x', 'x', 'y']);
  expect(new Set(state().patches.map(({ id }) => id)).size).toBe(3);
  state().move(second, -2);
  expect(state().patches.map(({ path }) => path)).toEqual(['y', 'x', 'x']);
  state().move(second, -1);
  expect(state().patches.map(({ path }) => path)).toEqual(['y', 'x', 'x']);
  state().remove(second);
  expect(state().patches.map(({ path }) => path)).toEqual(['x', 'x']);
});

it('undoes and redoes', () => {
  const { state, undo, redo } = session();
  state().add({ path: 'x' });
  state().add({ path: 'y' });
  undo();
  expect(state().patches.map(({ path }) => path)).toEqual(['x']);
  undo();
  expect(state().patches).toEqual([]);
  redo();
  expect(state().patches.map(({ path }) => path)).toEqual(['x']);
});

it('undoes quick typing in one field at once, and pauses and other fields apart', () => {
  const { state, undo } = session();
  state().setText('ab');
  vi.advanceTimersByTime(100);
  state().setText('abc');
  vi.advanceTimersByTime(5000);
  state().setText('abcd');
  state().add({ path: 'x' });
  state().setText('abcde');
  undo();
  expect(state().text).toBe('abcd');
  undo();
  expect(state().patches).toEqual([]);
  undo();
  expect(state().text).toBe('abc');
  undo();
  expect(state().text).toBe('a');
});

it('keeps what was typed right after an undo', () => {
  const { state, undo, redo } = session();
  state().setText('ab');
  undo();
  state().setText('ac');
  redo();
  expect(state().text).toBe('ac');
  undo();
  expect(state().text).toBe('a');
});

it('compares after the last token of a new text, and leaves the position out of undo', () => {
  const { state, undo } = session();
  state().setPosition(3);
  state().setText('b');
  expect(state().position).toBe(-1);
  state().setPosition(1);
  undo();
  expect(state().text).toBe('a');
});
