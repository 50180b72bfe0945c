import { expect, it, vi } from 'vitest';
import { HubServer } from '../../test/support/hub-server.js';
import type { ReadNotice } from './notices.js';
import { openSource } from './source.js';

it('where no hash can be computed, only the length is checked, and that is said', async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const hub = await HubServer.start({ 'ours/tiny': { files: { 'model.safetensors': bytes } } });
  const notices: ReadNotice[] = [];
  const onNotice = (notice: ReadNotice) => notices.push(notice);
  const { files } = await openSource('ours/tiny', { hubUrl: hub.url });
  // As in a page whose policy allows no WebAssembly; Node's own fetch has compiled its part by now.
  const compile = vi.spyOn(WebAssembly, 'compile').mockRejectedValue(new Error('blocked'));
  expect(await files.read('model.safetensors', { onNotice })).toEqual(bytes);
  expect(notices).toMatchObject([
    { kind: 'unchecked', file: 'model.safetensors', reason: expect.stringContaining('blocked') },
  ]);
  compile.mockRestore();
  await hub.stop();
});
