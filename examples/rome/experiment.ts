import { PatchableGraph, type PretrainedFor } from '@patchbay/core';
import { rome } from './edit.js';
import { answeredRightly, idsOf, type Prompt, promptOf, type Site } from './prompts.js';
import { type CausalTrace, causalTrace } from './trace.js';
import { FACTS, type Fact } from './world.js';

/** How many of some questions the model answers rightly, before the edit and after it. */
export interface Score {
  readonly of: string;
  readonly count: number;
  readonly before: number;
  readonly after: number;
}

export interface Results {
  readonly trace: CausalTrace;
  /** Of the search for the new value, by step. */
  readonly losses: readonly number[];
  /** The edited fact, in the phrasings that the edit used. After it, the new answer is the right one. */
  readonly used: Score;
  /** The same in the phrasings that neither training nor the edit used for it. */
  readonly heldOut: Score;
  /** Prompts about all other facts, by relation. */
  readonly otherPrompts: readonly Score[];
  /** Other facts that are right in all their phrasings. */
  readonly otherFacts: Score;
}

/**
 * Traces where the model recalls its landmarks, makes it believe that the landmark `subject` stands in the city
 * `target`, and asks it about everything it knows before and after. The model itself stays as it is.
 */
export async function runExperiment(
  { model, tokenizer }: PretrainedFor<'text-generation'>,
  { subject, target, ...where }: { subject: string; target: string; layer: number; site: Site },
): Promise<Results> {
  const fact = FACTS.find((each) => each.subject === subject);
  if (fact === undefined) throw new Error(`The model knows no '${subject}'.`);
  const ask = (each: Fact, phrasings: readonly string[]) =>
    phrasings.map((phrasing) => promptOf(tokenizer, each, phrasing));
  const rewritten = { ...fact, answer: target };
  const used = { before: ask(fact, fact.trained), after: ask(rewritten, fact.trained) };
  const heldOut = { before: ask(fact, fact.heldOut), after: ask(rewritten, fact.heldOut) };
  const others = FACTS.filter((each) => each !== fact);
  const kept = others.flatMap((each) => ask(each, [...each.trained, ...each.heldOut]));

  const landmarks = FACTS.filter(({ relation }) => relation === fact.relation);
  const traced = landmarks.flatMap((each) => ask(each, ['The {X} is in the city of']));
  const example = idsOf(traced);
  const graph = new PatchableGraph(model, [example]);
  example.dispose();
  try {
    const trace = await causalTrace(graph, traced);
    const before = await answeredRightly(graph, [...kept, ...used.before, ...heldOut.before]);
    const edit = await rome(graph, tokenizer, { fact, target, ...where });
    const edited = graph.patch(edit.patches);
    const after = await answeredRightly(edited, [...kept, ...used.after, ...heldOut.after]);
    edit.dispose();

    const score = (of: string, asked: readonly Prompt[], askedAfter = asked): Score => ({
      of,
      count: asked.length,
      before: asked.filter((prompt) => before.has(prompt)).length,
      after: askedAfter.filter((prompt) => after.has(prompt)).length,
    });
    const knows = (right: ReadonlySet<Prompt>, each: Fact) =>
      kept.every((prompt) => prompt.fact !== each || right.has(prompt));
    return {
      trace,
      losses: edit.losses,
      used: score('used phrasings', used.before, used.after),
      heldOut: score('held-out phrasings', heldOut.before, heldOut.after),
      otherPrompts: [...new Set(others.map(({ relation }) => relation))].map((relation) =>
        score(
          relation,
          kept.filter((prompt) => prompt.fact.relation === relation),
        ),
      ),
      otherFacts: {
        of: 'whole facts',
        count: others.length,
        before: others.filter((each) => knows(before, each)).length,
        after: others.filter((each) => knows(after, each)).length,
      },
    };
  } finally {
    graph.dispose();
  }
}
