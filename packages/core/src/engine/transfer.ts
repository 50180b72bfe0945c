import { transferHandlers } from 'comlink';
import { PatchbayError } from '../errors.js';

interface Thrown {
  value: unknown;
}

interface SerializedError {
  code: string;
  name: string;
  message: string;
  stack: string | undefined;
}

/** An error of the engine as the page sees it: same code and message as the one thrown in the worker. */
export class EngineError extends PatchbayError {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

function isThrown(value: unknown): value is Thrown {
  return (
    typeof value === 'object' && value !== null && 'value' in value && throwHandler?.canHandle(value) === true
  );
}

const throwHandler = transferHandlers.get('throw');

function serialize({ value }: Thrown): [SerializedError, Transferable[]] {
  const error = value instanceof Error ? value : new Error(String(value));
  const code = error instanceof PatchbayError ? error.code : 'internal';
  return [{ code, name: error.name, message: error.message, stack: error.stack }, []];
}

/** Makes comlink carry the `code` of our errors; both sides of the worker call it once. */
export function carryErrorCodes(): void {
  transferHandlers.set('throw', {
    canHandle: isThrown,
    serialize,
    deserialize({ code, message, stack }: SerializedError): never {
      const error = new EngineError(code, message);
      if (stack !== undefined) error.stack = stack;
      throw error;
    },
  });
}
