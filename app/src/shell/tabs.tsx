import { type KeyboardEvent, useId } from 'react';

export interface TabsProps<T extends string> {
  label: string;
  tabs: readonly (readonly [value: T, text: string])[];
  value: T;
  className?: string;
  onChange(value: T): void;
}

/** A list of tabs by the ARIA pattern: arrow keys move and choose. */
export function Tabs<T extends string>({ label, tabs, value, className = 'tabs', onChange }: TabsProps<T>) {
  const id = useId();
  const tabId = (tab: T) => `${id}-${tab}`;

  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = tabs.findIndex(([tab]) => tab === value);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (next === undefined) return;
    onChange(next[0]);
    document.getElementById(tabId(next[0]))?.focus();
  }

  return (
    <div role="tablist" aria-label={label} className={className} onKeyDown={onKeyDown}>
      {tabs.map(([tab, text]) => (
        <button
          key={tab}
          id={tabId(tab)}
          type="button"
          role="tab"
          className="tab"
          aria-selected={tab === value}
          tabIndex={tab === value ? 0 : -1}
          onClick={() => onChange(tab)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
