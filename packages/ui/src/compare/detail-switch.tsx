import { useState } from 'react';

export interface Detail {
  isOn: boolean;
  onToggle(): void;
}

/** Whether ranks and logits are shown. */
export function useDetail(): Detail {
  const [isOn, setOn] = useState(false);
  return { isOn, onToggle: () => setOn(!isOn) };
}

export function DetailSwitch({ isOn, onToggle }: Detail) {
  return (
    <label className="check compare-detail">
      <input type="checkbox" checked={isOn} onChange={onToggle} />
      Ranks and logits
    </label>
  );
}
