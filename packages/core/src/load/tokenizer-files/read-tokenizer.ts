import { CheckpointError } from '../../errors.js';
import type { Config } from '../../models/config.js';
import { type CheckpointFiles, type FileOptions, readAll } from '../checkpoint-files.js';
import { missing, readJson } from '../json-file.js';
import { Tokenizer } from '../tokenizer.js';
import { addedTokens, namedTokens } from './special-tokens.js';
import { SUPPORTED_CLASSES, type TokenizerClass, tokenizerClass } from './tokenizer-classes.js';
import { listedVocabulary, mergesOf, type Vocabulary, vocabularyOf } from './vocabulary.js';

/** The longest list of tokens that is read. */
const MOST_BYTES = 2 ** 26;

/** Stands for a file that is not there. */
const NONE: Config = {};

/**
 * The tokenizer of a checkpoint: as tokenizer.json says or, where there is none, as transformers would convert the files
 * of the slow tokenizer. `model` is the checkpoint's config.json.
 * @throws CheckpointError if there are no such files, or if they are broken or of another kind; SourceError
 */
export async function readTokenizer(
  files: CheckpointFiles,
  model: Config,
  options: FileOptions,
): Promise<Tokenizer> {
  const settings = await readJson(files, 'tokenizer_config.json', options, {});
  const json = await readJson(files, 'tokenizer.json', options, NONE);
  return json === NONE ? converted(files, settings, model, options) : new Tokenizer(json, settings);
}

async function converted(
  files: CheckpointFiles,
  config: Config,
  model: Config,
  options: FileOptions,
): Promise<Tokenizer> {
  // The newer list of all added tokens takes the place of the older files.
  const isNewer = Object.hasOwn(config, 'added_tokens_decoder');
  const map = isNewer ? {} : await readJson(files, 'special_tokens_map.json', options, {});
  const added = isNewer ? {} : await readJson(files, 'added_tokens.json', options, {});
  const settings = { ...config, ...map };
  const kind = tokenizerClass(settings, model);
  if ('unknown' in kind) {
    throw new CheckpointError(
      `There is no tokenizer.json in ${files.label}, and its tokenizer, ${kind.unknown}, cannot be made from other files; ${SUPPORTED_CLASSES} can.`,
    );
  }
  const { vocab, merges } = await readVocabulary(files, kind, options);
  const named = namedTokens(settings, kind.defaults);
  const json = {
    ...kind.json({ vocab, merges, named, settings }),
    added_tokens: addedTokens(vocab, named, settings, added),
  };
  return new Tokenizer(json, settings);
}

async function readVocabulary(
  files: CheckpointFiles,
  kind: TokenizerClass,
  options: FileOptions,
): Promise<{ vocab: Vocabulary; merges: [string, string][] }> {
  const [list, merges] = kind.files;
  const wanted = `tokenizer.json, nor ${kind.files.join(' and ')}`;
  if (merges === undefined)
    return { vocab: listedVocabulary(await readText(files, list, wanted, options)), merges: [] };
  const vocab = await readJson(files, list, options, NONE);
  if (vocab === NONE) throw missing(wanted, files);
  return { vocab: vocabularyOf(vocab), merges: mergesOf(await readText(files, merges, wanted, options)) };
}

async function readText(
  files: CheckpointFiles,
  name: string,
  wanted: string,
  options: FileOptions,
): Promise<string> {
  const file = await files.open(name, options);
  if (file === null) throw missing(wanted, files);
  const bytes = await readAll(file, options, MOST_BYTES);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    await file.forget();
    throw new CheckpointError(`${name} in ${files.label} is no text in UTF-8.`);
  }
}
