/** Kept in a variable: Vite rewrites `new URL(…, import.meta.url)` with a computed path. */
const here = import.meta.url;

/** Where a package keeps a file, in Node and in the browser. */
export function packageFile(path: string): URL {
  return new URL(`../../../../node_modules/${path}`, here);
}

/** A model that a package has as files. */
export async function packageFiles(folder: string, shards: readonly string[]): Promise<File[]> {
  const names = ['model.json', ...shards];
  return Promise.all(
    names.map(async (name) => new File([await bytesOf(packageFile(`${folder}/${name}`))], name)),
  );
}

/** MobileNetV2 of nsfwjs, which is packed into scripts; in Node only. */
export async function mobileNetFiles(): Promise<File[]> {
  const { createRequire } = await import('node:module');
  const { fileURLToPath } = await import('node:url');
  const require = createRequire(here);
  const script = (name: string): unknown =>
    require(fileURLToPath(packageFile(`nsfwjs/dist/models/mobilenet_v2/${name}.min.js`)));
  const weights = atob(script('group1-shard1of1') as string);
  const bytes = Uint8Array.from(weights, (character) => character.charCodeAt(0));
  return [new File([JSON.stringify(script('model'))], 'model.json'), new File([bytes], 'group1-shard1of1')];
}

interface Detected {
  readonly languageId: string;
  readonly confidence: number;
}

/** What the package vscode-languagedetection, with a tfjs of its own, says of a text: languages by confidence; in Node only. */
export async function detectedLanguages(text: string): Promise<Map<string, number>> {
  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  const { fileURLToPath } = await import('node:url');
  // Both would share tfjs's global engine in one process.
  const script = `
    const { ModelOperations } = require(${JSON.stringify(fileURLToPath(packageFile('@vscode/vscode-languagedetection')))});
    new ModelOperations().runModel(${JSON.stringify(text)}).then((found) => console.log(JSON.stringify(found)));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script]);
  const found = JSON.parse(stdout.trim().split('\n').at(-1) as string) as Detected[];
  return new Map(found.map(({ languageId, confidence }) => [languageId, confidence]));
}

async function bytesOf(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises');
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: expected its bytes, got ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
