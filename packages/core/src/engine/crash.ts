import type { PatchbayError } from '../errors.js';
import { EngineError } from './transfer.js';

/** What a worker says, without being asked, when its engine cannot go on. */
interface CrashMessage {
  readonly patchbayCrash: { readonly code: string; readonly message: string };
}

/** Tells the page, from inside of the worker. */
export function tellCrash({ code, message }: PatchbayError): void {
  const crash: CrashMessage = { patchbayCrash: { code, message } };
  (globalThis as unknown as { postMessage(message: unknown): void }).postMessage(crash);
}

/** The error that a worker's message tells of, or null for other messages. */
export function crashIn(message: unknown): EngineError | null {
  if (typeof message !== 'object' || message === null || !('patchbayCrash' in message)) return null;
  const { code, message: text } = (message as CrashMessage).patchbayCrash;
  return new EngineError(code, text);
}
