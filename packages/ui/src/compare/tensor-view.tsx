import type { Activation, OutputPart, OutputResult, Token } from '@patchbay/core/client';
import type { ReactNode } from 'react';
import { formatFixed, formatValue } from '../base/format.js';
import { ActivationPlane } from '../heatmap/activation-plane.js';
import type { AxisNamer } from '../heatmap/axes.js';
import type { Theme } from '../heatmap/colours.js';
import type { Inspected, OutputCut } from '../store/state.js';
import { partOf } from './output-part.js';

export interface TensorViewProps {
  output: Extract<OutputResult, { kind: 'tensor' }>;
  values: Inspected<Activation>;
  cut: OutputCut;
  tokens: readonly Token[];
  axisNames: AxisNamer;
  theme: Theme;
  notice: ReactNode;
  onCut(change: Partial<OutputCut>): void;
  onPatch(path: string, slice: string): void;
}

/** How the tensors that come out changed, and the values of one of them. */
export default function TensorView({ output, values, cut, notice, onCut, ...rest }: TensorViewProps) {
  const part = partOf(output, cut.path);
  const { value, error } = values;
  return (
    <div className="compare">
      {notice}
      <PartTable
        parts={output.parts}
        chosen={part}
        onChoose={(path) => onCut({ path, axes: null, index: [] })}
      />
      {error !== null && (
        <p className="field-error" role="alert">
          The values could not be read. {error}
        </p>
      )}
      {value !== null && value.path === part?.path && (
        <ActivationPlane key={value.path} activation={value} strip={[]} cut={cut} onCut={onCut} {...rest} />
      )}
    </div>
  );
}

interface PartTableProps {
  parts: readonly OutputPart[];
  chosen: OutputPart | null;
  onChoose(path: string): void;
}

function PartTable({ parts, chosen, onChoose }: PartTableProps) {
  return (
    <div className="compare-scroller">
      <table className="compare-table part-table">
        <caption className="visually-hidden">Outputs, patched against clean</caption>
        <thead>
          <tr>
            <th scope="col">Output</th>
            <th scope="col">Shape</th>
            {figures.map(({ head, title }) => (
              <th key={head} scope="col" className="number" title={title}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => (
            <tr key={part.path}>
              <th scope="row">
                {parts.length === 1 ? (
                  <span className="part-path">{part.path}</span>
                ) : (
                  <button
                    type="button"
                    className="part-path"
                    aria-pressed={part === chosen}
                    onClick={() => onChoose(part.path)}
                  >
                    {part.path}
                  </button>
                )}
              </th>
              <td className="part-shape">{part.shape.join(' × ') || 'scalar'}</td>
              {part.change === null ? (
                <td className="number" colSpan={figures.length}>
                  of another shape when patched
                </td>
              ) : (
                figures.map(({ head, of }) => (
                  <td key={head} className="number">
                    {of(part.change as NonNullable<OutputPart['change']>)}
                  </td>
                ))
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type Change = NonNullable<OutputPart['change']>;

const figures: readonly { head: string; title: string; of(change: Change): string }[] = [
  { head: 'max |Δ|', title: 'Largest change of an entry', of: ({ largest }) => formatValue(largest) },
  { head: 'mean |Δ|', title: 'Mean change of the entries', of: ({ mean }) => formatValue(mean) },
  {
    head: '‖Δ‖ / ‖clean‖',
    title: 'Length of the change against that of the clean tensor, in the Euclidean norm',
    of: ({ relative }) => (Number.isFinite(relative) ? formatValue(relative) : '∞'),
  },
  {
    head: 'cosine',
    title: 'Cosine of the clean and the patched tensor',
    of: ({ cosine }) => formatFixed(cosine),
  },
];
