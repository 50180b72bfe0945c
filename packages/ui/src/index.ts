import './base/fonts.css';
import './base/tokens.css';
import './base/base.css';

export { formatBytes, formatMilliseconds } from './base/format.js';
export { CompareView } from './compare/compare-view.js';
export type { Theme } from './heatmap/colours.js';
export { LazyActivationView, LazySourceView, preloadViews } from './lazy-views.js';
export { PatchList } from './patch/patch-list.js';
export { PromptEditor } from './prompt/prompt-editor.js';
export type { Failure } from './store/failure.js';
export { withIds } from './store/patches.js';
export type { Session } from './store/session.js';
export type { OpenModel, ResultTab, WorkbenchState } from './store/state.js';
export { useHistory, useSession, useWorkbench } from './store/use-store.js';
export { createWorkbench, type ModelChoice, type Workbench } from './store/workbench.js';
export { badgesByPath, pathsAround } from './tree/badges.js';
export { NodeTree } from './tree/node-tree.js';
