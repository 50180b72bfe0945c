import type { Activation, InputInfo, RunResult } from '@patchbay/core/client';
import { Suspense } from 'react';
import type { AxisNamer } from '../heatmap/axes.js';
import type { Theme } from '../heatmap/colours.js';
import { LazyTensorView } from '../lazy-views.js';
import type { Inspected, OutputCut } from '../store/state.js';
import { ClassView } from './class-view.js';
import { Notice } from './notice.js';
import { VocabularyView } from './vocabulary-view.js';
import './compare.css';

export interface CompareViewProps {
  result: RunResult | null;
  /** What the model takes; null before one is loaded. */
  input: InputInfo | null;
  /** How many patches take part in runs. */
  activePatches: number;
  /** Of an output that is a tensor: the cut shown, and its values. */
  outputCut: OutputCut;
  outputValues: Inspected<Activation>;
  axisNames: AxisNamer;
  theme: Theme;
  onOutputCut(change: Partial<OutputCut>): void;
  onPatch(path: string, slice: string): void;
}

/** The output of the clean run against that of the patched one. */
export function CompareView({ result, input, activePatches, ...rest }: CompareViewProps) {
  if (result === null) return <p className="empty">The comparison appears here after the first run.</p>;
  const notice = <Notice result={result} activePatches={activePatches} />;
  const { output, tokens } = result;
  switch (output.kind) {
    case 'vocabulary': {
      const isMasked = input?.kind === 'text' && input.mask !== null;
      return <VocabularyView output={output} tokens={tokens} isMasked={isMasked} notice={notice} />;
    }
    case 'classes':
      return <ClassView output={output} notice={notice} />;
    case 'tensor': {
      const { outputCut, outputValues, axisNames, theme, onOutputCut, onPatch } = rest;
      return (
        <Suspense fallback={<p className="empty">Loading …</p>}>
          <LazyTensorView
            output={output}
            values={outputValues}
            cut={outputCut}
            tokens={tokens}
            axisNames={axisNames}
            theme={theme}
            notice={notice}
            onCut={onOutputCut}
            onPatch={onPatch}
          />
        </Suspense>
      );
    }
  }
}
