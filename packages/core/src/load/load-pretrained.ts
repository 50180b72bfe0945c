import { CheckpointError } from '../errors.js';
import type { Config } from '../models/config.js';
import { ImageClassifier } from '../models/image-classifier.js';
import { LanguageModel } from '../models/language-model.js';
import { architectureOf, buildModel, type ModelOf, type ModelTask } from '../models/registry.js';
import { FeatureExtractor } from '../models/text-encoder.js';
import { SentenceEmbedding } from '../nn/sentence-embedding.js';
import type { CheckpointFiles, FileOptions } from './checkpoint-files.js';
import { type ImageProcessor, processorFor } from './image-processor.js';
import { readJson } from './json-file.js';
import { loadWeights } from './load-weights.js';
import { weightReport } from './matrix-plan.js';
import type { PretrainedFor, PretrainedOptions, Task } from './pretrained.js';
import { ProgressMeter } from './progress.js';
import { readSentenceEmbedding } from './sentence-embedding.js';
import { openSource, type Source, tfjsFile } from './source.js';
import { loadTfjsModel } from './tfjs/load-tfjs-model.js';
import type { Tokenizer } from './tokenizer.js';
import { readTokenizer } from './tokenizer-files/read-tokenizer.js';
import { isWeights, listedBytes, weightFiles } from './weight-files.js';

/**
 * Loads a checkpoint in Hugging Face's layout (config.json; model.safetensors, else pytorch_model.bin, or shards of
 * these; for text tokenizer.json, or the files of older tokenizers) from the Hugging Face Hub (`'owner/name'`, or the
 * address of its page), a folder on any server, a local folder in Node, or files that a browser's picker or drop gives.
 * Weights are read one after the other, so that little more memory is needed than they take in the end; what was
 * downloaded is kept where there is a cache.
 * @throws SourceError, AccessError or IntegrityError for files that cannot be read; CheckpointError for what is no such
 * checkpoint, or of another task than asked for; StateDictError if weights do not fit; DeviceLimitError. Nothing stays
 * allocated.
 */
export async function loadPretrained<T extends Task = Task>(
  source: Source,
  options: PretrainedOptions<T> = {},
): Promise<PretrainedFor<T>> {
  const { signal, onNotice, onProgress } = options;
  const meter = new ProgressMeter(onProgress);
  const opened = await openSource(source, options);
  const { files } = opened;
  signal?.throwIfAborted();
  const listed = files.sizes === null ? 0 : listedBytes(files.sizes);
  meter.expect(listed);
  const read: FileOptions = {
    signal,
    onNotice,
    onOpen: ({ name, size }) => meter.expect(listed > 0 && isWeights(name) ? 0 : (size ?? 0)),
    onBytes: (bytes, cached) => meter.add(bytes, cached),
  };
  const tfjs = tfjsFile(opened);
  if (tfjs !== null) checkTask('tensors', options.task);
  const loaded =
    tfjs === null ? await loadCheckpoint(files, read, options) : await loadTfjsModel(files, tfjs, read);
  await files.done();
  if (signal?.aborted) {
    loaded.model.dispose();
    throw signal.reason;
  }
  meter.end();
  return loaded as PretrainedFor<T>;
}

async function loadCheckpoint(
  files: CheckpointFiles,
  read: FileOptions,
  { task, weights = 'f32' }: PretrainedOptions,
) {
  const config = await readJson(files, 'config.json', read);
  const architecture = architectureOf(config);
  checkTask(architecture.task, task);
  // Built before the weights are read: a config that does not fit costs no download.
  const model = buildModel(architecture, config);
  try {
    const helpers = await readHelpers(model, config, files, read);
    await loadWeights(model, await weightFiles(files, read), architecture.keyOf, weights, read);
    return { task: architecture.task, model, config, weights: weightReport(weights), ...helpers };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** What makes a model's inputs, after the model got the settings that are in files of their own. */
async function readHelpers(
  model: ModelOf[ModelTask],
  config: Config,
  files: CheckpointFiles,
  read: FileOptions,
): Promise<{ tokenizer: Tokenizer } | { tokenizer: null; processor: ImageProcessor }> {
  if (model instanceof ImageClassifier) {
    const settings = await readJson(files, 'preprocessor_config.json', read, {});
    return { tokenizer: null, processor: processorFor(model, settings) };
  }
  // Older checkpoints have these settings in config.json, where transformers finds them too.
  if (model instanceof LanguageModel)
    model.generationConfig = await readJson(files, 'generation_config.json', read, config);
  if (model instanceof FeatureExtractor) {
    const settings = await readSentenceEmbedding(files, read);
    if (settings !== null) model.sentence_embedding = new SentenceEmbedding(settings);
  }
  return { tokenizer: await readTokenizer(files, config, read) };
}

/** @throws CheckpointError */
function checkTask(found: Task, wanted: Task | undefined): void {
  if (wanted === undefined || wanted === found) return;
  throw new CheckpointError(`The checkpoint is for '${found}', not for '${wanted}' as asked.`);
}
