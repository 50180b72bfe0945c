import type { ProbeReading } from '@patchbay/core/client';
import { formatValue } from '../base/format.js';

const shownValues = 8;

/** What a probe saw at its place among the patches. */
export function ProbeLine({ reading }: { reading: ProbeReading }) {
  const { shape, statistics, values } = reading;
  const first = values.slice(0, shownValues).map(formatValue).join('  ');
  return (
    <div className="probe-line" role="status">
      <p>
        [{shape.join(', ')}] · mean {formatValue(statistics.mean)} · sd{' '}
        {formatValue(statistics.standardDeviation)} · {formatValue(statistics.minimum)} …{' '}
        {formatValue(statistics.maximum)}
      </p>
      <p className="probe-values">
        {first}
        {values.length > shownValues && ' …'}
      </p>
    </div>
  );
}
