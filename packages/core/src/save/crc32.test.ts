import { expect, it } from 'vitest';
import { crc32 } from './crc32.js';

it('agrees with the check value of the standard, and with zlib', () => {
  const of = (text: string) => crc32(new TextEncoder().encode(text));
  expect(of('123456789')).toBe('cbf43926');
  expect(of('')).toBe('00000000');
  // Python: zlib.crc32('naïve 🙂'.encode())
  expect(of('naïve 🙂')).toBe('607bc7f8');
});
