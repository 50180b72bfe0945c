import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/**
 * Makes `Math.random` draw from a seed. tfjs takes the seeds of random operations from there, so that traces of
 * one model see the same noise (spec rule T10).
 */
export function seededRandom(seed: number): <T>(fn: () => T) => T {
  const generator = xoroshiro128plus(seed);
  const draw = () => uniformFloat64(generator);
  return (fn) => {
    const before = Math.random;
    Math.random = draw;
    try {
      return fn();
    } finally {
      Math.random = before;
    }
  };
}
