import type { InputInfo, ModelSource } from '@patchbay/core/client';
import { blankInput, fits } from './fitting.js';
import type { Session } from './session.js';

/** What a model is opened with. */
export interface Opening {
  source: ModelSource;
  input: InputInfo;
  /** To be put in place of whatever was there. */
  example: Session | null;
  /** To begin with where nothing is kept for the model. */
  first: Session | null;
}

/** Keeps the sessions of models that are not open, so that each model finds its own again. */
export interface Desks {
  /** The session of the model that is opened now; that of the one before, the current one, is kept. */
  open(current: Session, opening: Opening): Session;
}

/** `source` is of the model that the current session belongs to. */
export function createDesks(source: ModelSource): Desks {
  const kept = new Map<string, Session>();
  let openKey = keyOf(source);
  return {
    open(current, { source, input, example, first }) {
      const key = keyOf(source);
      kept.delete(openKey);
      kept.set(openKey, current);
      openKey = key;
      // Latest first: a model that has nothing of its own takes the last input that it can read.
      const choices = [example, kept.get(key), first, ...[...kept.values()].reverse()];
      const found = choices.find((each) => each != null && fits(each.input, input));
      return found ?? { input: blankInput(input), patches: [], position: null };
    },
  };
}

/** Names a model by where it comes from. */
function keyOf(source: ModelSource): string {
  switch (source.kind) {
    case 'hub':
      return `${source.id}@${source.revision ?? ''}`;
    case 'url':
      return source.url;
    case 'files':
      return source.files.map(({ name, size }) => `${name} ${size}`).join();
  }
}
