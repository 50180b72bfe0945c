import type { ModelSource } from '@patchbay/core/client';

/** A failure in the words of the page: what happened, what is kept, what to do. */
export interface Failure {
  code: string;
  /** What happened. */
  message: string;
  kept: string;
  advice: string;
}

const adviceFor: Record<string, string> = {
  checkpoint:
    'Choose a folder with config.json, model.safetensors or pytorch_model.bin, and tokenizer files, or a model.json with its weights.',
  source: 'Check that the files are there and can be read, then open them again.',
  'state-dict': 'The weights do not fit the config. Choose the files of one and the same checkpoint.',
  untraceable: 'The model does something that cannot be recorded. Try another one.',
  backend: 'Try again, or open the page with ?backend=wasm at the end of its address.',
  input: 'Change the input.',
  access: '',
  integrity: 'Try again: what was wrong is not kept.',
  'device-limit': 'Choose smaller weights (float16 or int8), or a smaller model.',
};

/** What else to do about files that come over the network. */
const remoteAdviceFor: Record<string, string> = {
  checkpoint:
    'Models need config.json, model.safetensors or pytorch_model.bin (or shards), and tokenizer files for text; or choose another one.',
  source: 'Try again: what has arrived is kept.',
};

/** Why a model could not be loaded. */
export function loadFailure(
  error: unknown,
  keptModel: string | null,
  source: Pick<ModelSource, 'kind'>,
): Failure {
  const { code, message } = describe(error);
  return {
    code,
    message,
    kept:
      keptModel === null
        ? 'Your input and patches are kept.'
        : `${keptModel} is still loaded, with your patches.`,
    advice:
      (source.kind === 'files' ? undefined : remoteAdviceFor[code]) ??
      adviceFor[code] ??
      'Try again, or choose another model.',
  };
}

/** Why the engine stopped. */
export function crashFailure(error: unknown): Failure {
  const { code, message } = describe(error);
  return {
    code,
    message,
    kept: 'Your input, patches and last result are kept.',
    advice: adviceFor[code] ?? 'Restart the engine; it loads the model again.',
  };
}

/** Code and message of anything that was thrown. */
export function describe(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'internal', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'internal';
  return { code, message: error.message };
}
