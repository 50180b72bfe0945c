import type { CacheContents, CacheListing } from '@patchbay/core/client';
import { Trash2 } from 'lucide-react';
import { useRef, useState } from 'react';
import { formatBytes } from '../base/format.js';
import { describeKept, describeRoom } from './kept-words.js';

export interface KeptListProps {
  /** Null until it is known. */
  kept: CacheContents | null;
  error: string | null;
  now: Date;
  onOpen(listing: CacheListing): void;
  onRemove(id: string): void;
  onClear(): void;
}

/** What is kept of models that were downloaded, with the room that it takes. */
export function KeptList({ kept, error, now, onOpen, onRemove, onClear }: KeptListProps) {
  const box = useRef<HTMLDivElement>(null);
  // The button that was pressed is gone afterwards.
  const keepFocus = () => box.current?.focus();
  if (kept === null) {
    return error === null ? <p className="kept-note">Looking …</p> : <p className="field-error">{error}</p>;
  }
  return (
    <div className="kept" ref={box} tabIndex={-1}>
      {error !== null && (
        <p className="field-error" role="alert">
          {error}
        </p>
      )}
      {kept.models.length === 0 ? (
        <p className="kept-note">
          Nothing is kept. Models that you download stay in this browser, so that they open again at once and
          without a connection.
        </p>
      ) : (
        <ul className="kept-models" aria-label="Downloads">
          {kept.models.map((listing) => (
            <KeptModel
              key={listing.id}
              listing={listing}
              now={now}
              onOpen={onOpen}
              onRemove={(id) => {
                keepFocus();
                onRemove(id);
              }}
            />
          ))}
        </ul>
      )}
      <div className="kept-foot">
        <p role="status">{describeRoom(kept)}</p>
        {kept.models.length > 0 && (
          <ClearButton
            onClear={() => {
              keepFocus();
              onClear();
            }}
            onKeep={keepFocus}
          />
        )}
      </div>
    </div>
  );
}

type KeptModelProps = { listing: CacheListing } & Pick<KeptListProps, 'now' | 'onOpen' | 'onRemove'>;

function KeptModel({ listing, now, onOpen, onRemove }: KeptModelProps) {
  const { id, name, bytes } = listing;
  return (
    <li className="kept-model">
      <span className="kept-name">
        <strong>{name}</strong>
        <span>{describeKept(listing, now)}</span>
      </span>
      <span className="number">{formatBytes(bytes)}</span>
      <button type="button" className="button" aria-label={`Open ${name}`} onClick={() => onOpen(listing)}>
        Open
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={`Remove ${name}`}
        onClick={() => onRemove(id)}
      >
        <Trash2 size={15} aria-hidden />
      </button>
    </li>
  );
}

/** Asks once more in its own place. */
function ClearButton({ onClear, onKeep }: { onClear(): void; onKeep(): void }) {
  const [isAsking, setAsking] = useState(false);
  if (!isAsking) {
    return (
      <button type="button" className="button" onClick={() => setAsking(true)}>
        Remove all
      </button>
    );
  }
  return (
    <span className="kept-confirm">
      <span>Remove all downloads?</span>
      <button
        type="button"
        className="button button-primary"
        // It stands where the button was that has just been pressed.
        ref={(button) => button?.focus()}
        onClick={() => {
          setAsking(false);
          onClear();
        }}
      >
        Remove
      </button>
      <button
        type="button"
        className="button"
        onClick={() => {
          setAsking(false);
          onKeep();
        }}
      >
        Keep
      </button>
    </span>
  );
}
