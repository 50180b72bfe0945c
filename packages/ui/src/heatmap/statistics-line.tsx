import type { TensorStatistics } from '@patchbay/core/client';
import { formatValue } from '../base/format.js';

export interface StatisticsLineProps {
  statistics: TensorStatistics;
  shape: readonly number[];
  dtype: string;
}

/** Figures of the whole tensor, not only of the plane shown. */
export function StatisticsLine({ statistics, shape, dtype }: StatisticsLineProps) {
  const figures = [
    ['min', statistics.minimum],
    ['max', statistics.maximum],
    ['mean', statistics.mean],
    ['sd', statistics.standardDeviation],
  ] as const;
  return (
    <dl className="statistics" aria-label="Statistics of the whole tensor">
      <div>
        <dt>shape</dt>
        <dd>
          {shape.length === 0 ? 'scalar' : shape.join(' × ')} {dtype}
        </dd>
      </div>
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{formatValue(value)}</dd>
        </div>
      ))}
      {statistics.excluded > 0 && (
        <div>
          <dt>left out</dt>
          <dd>{statistics.excluded}</dd>
        </div>
      )}
    </dl>
  );
}
