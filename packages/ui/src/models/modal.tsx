import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import './models.css';

export interface ModalProps {
  title: string;
  isOpen: boolean;
  children: ReactNode;
  onClose(): void;
  /** What Escape does; true where that is something else than closing. */
  onEscape?(): boolean;
}

/** A dialog that keeps the focus inside. It is given back to where it was when the dialog closes. */
export function Modal({ title, isOpen, children, onClose, onEscape }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const element = dialog.current;
    if (element === null || element.open === isOpen) return;
    if (!isOpen) return element.close();
    element.showModal();
    element.querySelector<HTMLElement>('[data-first-focus]')?.focus();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      className="modal"
      aria-labelledby={heading}
      onCancel={(event) => {
        // A file input's own cancel event bubbles up to here.
        if (event.target === dialog.current && onEscape?.() === true) event.preventDefault();
      }}
      onClose={onClose}
      // Not a click: selecting text may end out there.
      onPointerDown={(event) => event.target === dialog.current && onClose()}
    >
      <div className="modal-body">
        <header className="modal-head">
          <h2 id={heading}>{title}</h2>
          <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
            <X size={16} aria-hidden />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
