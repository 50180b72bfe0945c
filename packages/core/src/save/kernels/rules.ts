import type { Rule } from './call.js';
import { CONVOLUTIONS } from './convolutions.js';
import { CREATION } from './creation.js';
import { ELEMENTWISE } from './elementwise.js';
import { IMAGES } from './images.js';
import { INDEXING } from './indexing.js';
import { LAYOUT } from './layout.js';
import { PACKED } from './packed.js';
import { PRODUCTS } from './products.js';
import { REDUCTIONS } from './reduce.js';

/**
 * What each kernel of tfjs, and each of our own, makes. Left out are those whose result is as large as the data say (`Unique`,
 * `NonMaxSuppression…`, sparse, ragged and string kernels), and those that touch the page.
 */
export const RULES: ReadonlyMap<string, Rule> = new Map(
  [CONVOLUTIONS, CREATION, ELEMENTWISE, IMAGES, INDEXING, LAYOUT, PACKED, PRODUCTS, REDUCTIONS].flatMap(
    (rules) => Object.entries(rules),
  ),
);
