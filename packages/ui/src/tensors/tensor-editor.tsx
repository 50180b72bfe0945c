import type { TensorSlot, TensorValue } from '@patchbay/core/client';
import { TensorField } from './tensor-field.js';
import './tensors.css';

export interface TensorEditorProps {
  slots: readonly TensorSlot[];
  tensors: readonly TensorValue[];
  /** Why the tensors could not be run. */
  error: string | null;
  onTensors(tensors: TensorValue[]): void;
}

/** The tensors that the model runs on. */
export function TensorEditor({ slots, tensors, error, onTensors }: TensorEditorProps) {
  return (
    <section className="tensor-editor" aria-label="Input tensors">
      {slots.map((slot, at) => {
        const tensor = tensors[at];
        if (tensor === undefined) return null;
        return (
          <TensorField
            key={slot.name}
            slot={slot}
            tensor={tensor}
            onTensor={(next) => onTensors(tensors.map((each, place) => (place === at ? next : each)))}
          />
        );
      })}
      {error !== null && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
    </section>
  );
}
