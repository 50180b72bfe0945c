/** Folders of packages/core/src, each with those it may import besides itself. Everything may import errors.ts. */
const plainData = ['graph', 'patch/types', 'patch/slice', 'session'];
const uptoModule = ['graph', 'memory', 'trace'];
const mayImport = {
  graph: ['patch/types', 'patch/slice', 'session'],
  'patch/(types|slice[\\w-]*|nested)': plainData,
  session: ['graph', 'patch/types', 'patch/slice'],
  patch: ['graph'],
  memory: ['graph'],
  trace: ['graph', 'memory'],
  module: uptoModule,
  kernels: ['graph', 'memory'],
  nn: [...uptoModule, 'kernels', 'module'],
  models: [...uptoModule, 'module', 'nn'],
  load: [...uptoModule, 'kernels', 'module', 'nn', 'models'],
  run: ['graph', 'kernels', 'memory', 'patch'],
  save: [...uptoModule, 'kernels', 'module', 'load/(safetensors[\\w-]*|write-safetensors|json-text)'],
  generate: ['graph', 'module', 'patch', 'run'],
  patchable: [...uptoModule, 'module', 'patch', 'run', 'generate', 'save'],
  analysis: [...uptoModule, 'module', 'patch', 'run', 'patchable'],
};

const core = '^packages/core/src/';
const ownTests = '\\.test\\.tsx?$';

/** `patch` alone means the whole folder, so its two plain-data files are left out of that rule. */
function layer([folder, allowed]) {
  const inside = [...allowed, folder].join('|');
  return {
    name: `core-${folder.replace(/\W+/g, '-').replace(/-$/, '')}`,
    comment: `${folder} may import only errors and: ${allowed.join(', ')}`,
    severity: 'error',
    from: {
      path: `${core}${folder}[./]`,
      pathNot: [ownTests, ...(folder === 'patch' ? [`${core}patch/(types|slice[\\w-]*|nested)\\.`] : [])],
    },
    to: { path: core, pathNot: `${core}(errors\\.ts$|(${inside})[./])` },
  };
}

const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });
const tensorflow = 'node_modules/@tensorflow/';
const withoutTensorflow = `${core}(errors\\.ts|(graph|session)/|patch/(types|slice[\\w-]*|nested)\\.|engine/(client|protocol|transfer)\\.)`;
const page = '^(packages/ui|app)/';
const engineWorker = '^app/src/shell/engine\\.worker\\.ts$';

module.exports = {
  forbidden: [
    ...Object.entries(mayImport).map(layer),
    rule('core-errors', 'errors.ts is at the bottom', { path: `${core}errors\\.ts$` }, { path: core }),
    rule(
      'core-engine',
      'nothing in core imports the engine',
      { path: core, pathNot: [`${core}engine/`, ownTests] },
      { path: `${core}engine/` },
    ),
    rule(
      'plain-data',
      'the page and the plain data never reach tfjs',
      { path: withoutTensorflow, pathNot: ownTests },
      { path: tensorflow, reachable: true },
    ),
    rule(
      'page-tensorflow',
      'ui and app never reach tfjs',
      { path: page, pathNot: engineWorker },
      { path: tensorflow, reachable: true },
    ),
    rule(
      'barrel',
      'the insides of a package never import its index.ts',
      { path: '^packages/([^/]+)/src/' },
      { path: '^packages/$1/src/.*\\bindex\\.ts$' },
    ),
    rule('core-below-page', 'core imports neither ui nor app', { path: '^packages/core/' }, { path: page }),
    rule('ui-below-app', 'ui does not import app', { path: '^packages/ui/' }, { path: '^app/' }),
    rule(
      'page-core',
      'ui and app know core as @patchbay/core/client',
      { path: page, pathNot: engineWorker },
      { path: '^packages/core/', pathNot: `${core}engine/client\\.ts$` },
    ),
    rule(
      'worker-core',
      'the worker script knows core as @patchbay/core/worker',
      { path: engineWorker },
      { path: '^packages/core/', pathNot: `${core}engine/worker\\.ts$` },
    ),
    rule(
      'package-by-name',
      'other packages are imported by their name',
      { path: '^(app|packages/[^/]+)/' },
      {
        path: '^(app|packages/[^/]+)/',
        pathNot: '^$1/',
        dependencyTypes: ['local'],
        dependencyTypesNot: ['aliased-workspace'],
      },
    ),
    rule(
      'react',
      'React only in ui and app',
      { pathNot: page },
      { path: 'node_modules/(@types/)?(react|react-dom)/' },
    ),
    rule(
      'e2e',
      'the end-to-end tests know the page alone, and the server that stands in for the Hub',
      { path: '^e2e/' },
      { path: '^(packages|app)/', pathNot: '^packages/core/test/support/hub-server\\.ts$' },
    ),
    rule('no-cycles', 'no cycles, not of types either', {}, { circular: true }),
    rule('resolvable', 'every import is found', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['patchbay-source', 'import', 'types', 'default'],
    },
  },
};
