import type { Activation, NodeRecord, Token } from '@patchbay/core/client';
import type { Cut, Inspected } from '../store/state.js';
import { ActivationPlane } from './activation-plane.js';
import type { AxisNamer } from './axes.js';
import type { Theme } from './colours.js';

export interface ActivationViewProps {
  node: NodeRecord | null;
  activation: Inspected<Activation>;
  /** The same cut of all heads or channels, perhaps of an earlier activation. */
  strip: readonly Activation[];
  cut: Cut;
  tokens: readonly Token[];
  axisNames: AxisNamer;
  theme: Theme;
  onCut(change: Partial<Cut>): void;
  onPatch(path: string, slice: string): void;
}

/** The values of the selected node in the latest run. */
export default function ActivationView({ node, activation, ...rest }: ActivationViewProps) {
  if (node === null) return <p className="empty">Select a tensor in the tree to see its values.</p>;
  if (node.shape === null) {
    return (
      <p className="empty">
        <code>{node.path || 'The model'}</code> is {node.childCount > 0 ? `a ${node.label}` : node.label}, not
        one tensor.{node.childCount > 0 && ' Select a node inside of it.'}
      </p>
    );
  }
  const { value, error } = activation;
  if (error !== null && value === null) {
    return (
      <p className="empty" role="alert">
        The values could not be read. {error}
      </p>
    );
  }
  if (value === null || value.path !== node.path) return <p className="empty">Reading values …</p>;
  return <ActivationPlane key={node.path} activation={value} {...rest} />;
}
