import { formatFixed } from '../base/format.js';

/** How far the two distributions are apart. */
export function DivergenceMeasure({ nats }: { nats: number }) {
  return (
    <dl className="compare-measure">
      <dt title="Kullback–Leibler divergence of the two distributions, in nats">KL(clean ‖ patched)</dt>
      <dd className="number">{formatFixed(nats)} nats</dd>
    </dl>
  );
}
