import type { RunInput } from '@patchbay/core/client';
import {
  type ModelChoice,
  type Sample,
  type SampleFile,
  type Session,
  samplesOf,
  withIds,
} from '@patchbay/ui';
import type { CatalogModel, Example } from './catalog.js';

/** A model of the catalog to load, with its samples, which are fetched. @throws Error in words if they cannot be */
export async function openCatalogModel(entry: CatalogModel): Promise<ModelChoice> {
  const samples = entry.samples === null ? [] : await fetchSamples(entry.samples);
  return {
    title: entry.title,
    source: { kind: 'url', url: entry.url },
    first: sessionOf(entry.examples[0], samples),
    samples,
  };
}

/** The session of an example. @throws Error for one of a sample that is not among those given */
export function sessionOf({ input, patches }: Example, samples: readonly Sample[] = []): Session {
  return { input: inputOf(input, samples), patches: withIds(patches), position: null };
}

function inputOf(input: Example['input'], samples: readonly Sample[]): RunInput {
  if (input.kind === 'text') return input;
  const sample = samples.find(({ label }) => label === input.label);
  if (sample === undefined) throw new Error(`The model has no sample '${input.label}'.`);
  return { kind: 'image', ...sample.image };
}

async function fetchSamples(address: string): Promise<Sample[]> {
  const response = await fetch(address).catch(() => null);
  if (response === null || !response.ok)
    throw new Error(
      'The samples of the model could not be fetched. Check the connection, then choose it again.',
    );
  return samplesOf((await response.json()) as SampleFile);
}
