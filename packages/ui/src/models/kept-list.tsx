import type { CacheContents, CacheListing } from '@patchbay/core/client';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
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
  if (kept === null) {
    return error === null ? <p className="kept-note">Looking …</p> : <p className="field-error">{error}</p>;
  }
  return (
    <div className="kept">
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
            <KeptModel key={listing.id} listing={listing} now={now} onOpen={onOpen} onRemove={onRemove} />
          ))}
        </ul>
      )}
      <div className="kept-foot">
        <p role="status">{describeRoom(kept)}</p>
        {kept.models.length > 0 && <ClearButton onClear={onClear} />}
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
function ClearButton({ onClear }: { onClear(): void }) {
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
      <button type="button" className="button" onClick={() => setAsking(false)}>
        Keep
      </button>
    </span>
  );
}
