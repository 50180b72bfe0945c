import type { TensorFill, TensorSlot, TensorValue } from '@patchbay/core/client';
import { Dices } from 'lucide-react';
import { NumberField } from './number-field.js';
import { sizeOf } from './shape-text.js';
import { TextValueField } from './text-value-field.js';
import { countError, formatValues, mostWritten, parseValues } from './values-text.js';

export interface FillFieldsProps {
  slot: TensorSlot;
  tensor: TensorValue;
  onFill(fill: TensorFill): void;
}

/** What there is to be set about the way a tensor is filled. */
export function FillFields({ slot, tensor, onFill }: FillFieldsProps) {
  const { fill, shape } = tensor;
  switch (fill.kind) {
    case 'constant':
      return null;
    case 'range':
      return (
        <>
          <NumberField label="from" value={fill.from} onValue={(from) => onFill({ ...fill, from })} />
          <NumberField label="to" value={fill.to} onValue={(to) => onFill({ ...fill, to })} />
        </>
      );
    case 'uniform':
      return (
        <>
          <NumberField label="from" value={fill.low} onValue={(low) => onFill({ ...fill, low })} />
          <NumberField label="below" value={fill.high} onValue={(high) => onFill({ ...fill, high })} />
          <NumberField label="seed" value={fill.seed} onValue={(seed) => onFill({ ...fill, seed })} />
          <button
            type="button"
            className="icon-button"
            aria-label={`Other random values for ${slot.name}`}
            title="Other random values: the next seed"
            onClick={() => onFill({ ...fill, seed: fill.seed + 1 })}
          >
            <Dices size={15} aria-hidden />
          </button>
        </>
      );
    case 'values': {
      const size = sizeOf(shape);
      const { values } = fill;
      const isLong = values.length > mostWritten;
      return (
        <TextValueField
          label={`Values of ${slot.name}`}
          value={values}
          error={countError(values.length, size)}
          placeholder={isLong ? `${values.length} values. Paste others to replace them.` : `${size} values`}
          rows={3}
          format={(all) => (all.length > mostWritten ? '' : formatValues(all))}
          parse={(text) => parseValues(text, slot.dtype, size)}
          onValue={(next) => onFill({ kind: 'values', values: next })}
        />
      );
    }
  }
}
