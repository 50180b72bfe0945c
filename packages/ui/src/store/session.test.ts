import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createSessionStore } from './session.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function session() {
  const store = createSessionStore({ input: { kind: 'text', text: 'a' }, patches: [], position: null });
  const state = store.getState;
  return {
    state,
    type: (text: string) => state().setInput({ kind: 'text', text }),
    text: () => state().input,
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
  const { state, type, text, undo } = session();
  type('ab');
  vi.advanceTimersByTime(100);
  type('abc');
  vi.advanceTimersByTime(5000);
  type('abcd');
  state().add({ path: 'x' });
  type('abcde');
  undo();
  expect(text()).toEqual({ kind: 'text', text: 'abcd' });
  undo();
  expect(state().patches).toEqual([]);
  undo();
  expect(text()).toEqual({ kind: 'text', text: 'abc' });
  undo();
  expect(text()).toEqual({ kind: 'text', text: 'a' });
});

it('undoes a drawing at once, and clearing it by itself', () => {
  const { state, text: input, undo } = session();
  const draw = (...values: number[]) =>
    state().setInput({ kind: 'image', width: 2, height: 1, channels: 1, values });
  draw(0.5, 0);
  draw(0.5, 1);
  draw(0, 0);
  undo();
  expect(input()).toMatchObject({ values: [0.5, 1] });
  undo();
  expect(input()).toEqual({ kind: 'text', text: 'a' });
});

it('keeps what was typed right after an undo', () => {
  const { type, text, undo, redo } = session();
  type('ab');
  undo();
  type('ac');
  redo();
  expect(text()).toEqual({ kind: 'text', text: 'ac' });
  undo();
  expect(text()).toEqual({ kind: 'text', text: 'a' });
});

it('compares after the last token of a new text, and leaves the position out of undo', () => {
  const { state, type, text, undo } = session();
  state().setPosition(3);
  type('b');
  expect(state().position).toBeNull();
  state().setPosition(1);
  undo();
  expect(text()).toEqual({ kind: 'text', text: 'a' });
});
