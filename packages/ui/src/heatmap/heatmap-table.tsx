import { formatValue } from '../base/format.js';
import { isMasked } from './colours.js';

export interface HeatmapTableProps {
  label: string;
  rows: number;
  columns: number;
  values: Float32Array;
  rowTexts: readonly string[];
  columnTexts: readonly string[];
}

const mostRows = 64;
const mostColumns = 32;

/** The numbers behind a heatmap; of large ones the first rows and columns. */
export function HeatmapTable({ label, rows, columns, values, rowTexts, columnTexts }: HeatmapTableProps) {
  const shownRows = range(Math.min(rows, mostRows));
  const shownColumns = range(Math.min(columns, mostColumns));
  const isCut = rows > mostRows || columns > mostColumns;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the region scrolls
    <section className="heatmap-table" aria-label={label} tabIndex={0}>
      <table>
        <caption>
          {isCut
            ? `The first ${shownRows.length} rows and ${shownColumns.length} columns`
            : `All ${rows} × ${columns} values`}
        </caption>
        <thead>
          <tr>
            <td />
            {shownColumns.map((column) => (
              <th key={column} scope="col">
                {columnTexts[column]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shownRows.map((row) => (
            <tr key={row}>
              <th scope="row">{rowTexts[row]}</th>
              {shownColumns.map((column) => {
                const value = values[row * columns + column] ?? Number.NaN;
                return (
                  <td key={column} className="number">
                    {isMasked(value) ? 'masked' : formatValue(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}
