import type { TensorSlot, TensorValue } from '@patchbay/core/client';
import { FillFields } from './fill-fields.js';
import { choiceOf, type FillChoice, fillChoices, firstFill } from './fills.js';
import { ImageFill } from './image-fill.js';
import { imageSlot } from './image-slot.js';
import { formatForm, formatShape, parseShape } from './shape-text.js';
import { TextValueField } from './text-value-field.js';

export interface TensorFieldProps {
  slot: TensorSlot;
  tensor: TensorValue;
  onTensor(tensor: TensorValue): void;
}

/** One tensor: its shape, where the model leaves that open, and what it is filled with. */
export function TensorField({ slot, tensor, onTensor }: TensorFieldProps) {
  const { shape, fill } = tensor;
  const image = imageSlot(slot);
  const isFixed = slot.shape?.every((size) => size !== null) === true;
  return (
    <fieldset className="tensor-field">
      <legend>
        <strong>{slot.name}</strong> <span>{slot.dtype}</span>
      </legend>
      {isFixed ? (
        <span className="tensor-shape">{formatShape(shape) || 'scalar'}</span>
      ) : (
        <TextValueField
          label={`Shape of ${slot.name}: ${formatForm(slot)}`}
          value={shape}
          rows={1}
          format={(sizes) => formatShape(sizes)}
          parse={(text) => parseShape(text, slot)}
          onValue={(next) => onTensor({ ...tensor, shape: next })}
        />
      )}
      <select
        className="field tensor-fill"
        aria-label={`Fill ${slot.name} with`}
        value={choiceOf(fill)}
        onChange={({ target }) =>
          onTensor({ ...tensor, fill: firstFill(target.value as FillChoice, tensor) })
        }
      >
        {fillChoices.map(([choice, text]) => (
          <option key={choice} value={choice}>
            {text}
          </option>
        ))}
      </select>
      <FillFields slot={slot} tensor={tensor} onFill={(next) => onTensor({ ...tensor, fill: next })} />
      {image !== null && <ImageFill name={slot.name} slot={image} onTensor={onTensor} />}
    </fieldset>
  );
}
