export interface ListedModel {
  id: string;
  title: string;
  /** What it is, in a line. */
  description: string;
  /** How large it is, or that it need not be downloaded. */
  size: string;
}

export interface ModelListProps {
  label: string;
  models: readonly ListedModel[];
  onChoose(id: string): void;
}

/** Models to choose from. */
export function ModelList({ label, models, onChoose }: ModelListProps) {
  return (
    <section className="model-list" aria-label={label}>
      <h3>{label}</h3>
      <ul>
        {models.map(({ id, title, description, size }) => (
          <li key={id}>
            <button type="button" className="model-item" onClick={() => onChoose(id)}>
              <strong>{title}</strong>
              <span className="model-size">{size}</span>
              <span className="model-about">{description}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
