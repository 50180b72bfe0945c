import type { ClassRow, OutputResult } from '@patchbay/core/client';
import { type ReactNode, useState } from 'react';
import { AnswerLine } from './answer-line.js';
import { shownClasses } from './class-rows.js';
import { DetailSwitch, useDetail } from './detail-switch.js';
import { DivergenceMeasure } from './divergence.js';
import { hasNoAnswer, headlineOf } from './headline.js';
import { ScoreTable } from './score-table.js';

export interface ClassViewProps {
  output: Extract<OutputResult, { kind: 'classes' }>;
  notice: ReactNode;
}

/** The class by the clean and by the patched run. */
export function ClassView({ output, notice }: ClassViewProps) {
  const detail = useDetail();
  const [isWhole, setWhole] = useState(false);
  const { rows, divergence } = output;
  const headline = headlineOf(rows);
  const shown = shownClasses(rows, isWhole);
  const hasMore = shown.length < rows.length || (isWhole && shown.length > shownClasses(rows, false).length);
  return (
    <div className="compare">
      <div className="compare-head">
        {headline && !hasNoAnswer(output) && (
          <AnswerLine caption="Most probable class" headline={headline} text={({ label }) => label} />
        )}
        <DivergenceMeasure nats={divergence} />
      </div>
      {notice}
      <ScoreTable
        rows={shown}
        caption="Classes, clean against patched"
        head="Class"
        keyOf={({ index }) => index}
        name={className}
        isDetailed={detail.isOn}
      />
      <div className="compare-foot">
        <DetailSwitch {...detail} />
        {hasMore && (
          <button type="button" className="button button-quiet" onClick={() => setWhole(!isWhole)}>
            {isWhole ? 'Show the most probable' : `Show all ${rows.length}`}
          </button>
        )}
      </div>
    </div>
  );
}

function className({ label, index }: ClassRow) {
  return (
    <span className="compare-class" title={`class ${index}`}>
      {label}
    </span>
  );
}
