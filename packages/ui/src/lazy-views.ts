import { lazy } from 'react';

const loadActivationView = () => import('./heatmap/activation-view.js');
const loadSourceView = () => import('./source/source-view.js');
const loadTensorView = () => import('./compare/tensor-view.js');

/** `ActivationView`, loaded when it is first shown. */
export const LazyActivationView = lazy(loadActivationView);

/** `SourceView`, loaded when it is first shown. */
export const LazySourceView = lazy(loadSourceView);

/** `TensorView`, loaded when it is first shown. */
export const LazyTensorView = lazy(loadTensorView);

/** Loads the views ahead of time, so that they open without a connection, too. A failure shows when they open. */
export async function preloadViews(): Promise<void> {
  await Promise.allSettled([loadActivationView(), loadSourceView(), loadTensorView()]);
}
