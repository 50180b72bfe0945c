import { loadPretrained } from '@patchbay/core';
import { startBackend } from './backend.js';
import { runExperiment, type Score } from './experiment.js';

const edit = { subject: 'Eiffel Tower', target: 'Rome', layer: 2, site: 'end' } as const;

await startBackend();
const pretrained = await loadPretrained('public/models/little-world', { task: 'text-generation' });
const { trace, losses, used, heldOut, otherPrompts, otherFacts } = await runExperiment(pretrained, edit);

const decimals = (value: number) => value.toFixed(3);
console.log('Causal tracing: mean probability of the right city, over all landmarks');
console.log(`  clean ${decimals(trace.clean)}, subject under noise ${decimals(trace.corrupted)}`);
console.table(
  trace.restored.map(({ subjectEnd, end }, layer) => ({
    'MLP restored of layer': layer,
    "at the subject's last token": decimals(subjectEnd),
    "at the prompt's last token": decimals(end),
  })),
);

console.log(`\nEdit: the ${edit.subject} is in ${edit.target}, written into layer ${edit.layer}`);
console.log(`  loss ${decimals(losses[0] ?? 0)} → ${decimals(losses.at(-1) ?? 0)} in ${losses.length} steps`);
const row = (group: string, { of, count, before, after }: Score) => ({
  ' ': `${group}: ${of}`,
  of: count,
  'right before': before,
  'right after': after,
});
console.table([
  row('edited fact', used),
  row('edited fact', heldOut),
  ...otherPrompts.map((score) => row('other prompts', score)),
  row('other facts', otherFacts),
]);
