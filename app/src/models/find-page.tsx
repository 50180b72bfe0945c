import {
  formatBytes,
  type ListedModel,
  ModelList,
  SourceForm,
  useLibrary,
  type Workbench,
} from '@patchbay/ui';
import { catalog } from '../catalog/catalog.js';
import { hubModels } from '../catalog/hub-models.js';
import { FileButtons } from './file-buttons.js';
import { openFromCatalog } from './open-from-catalog.js';

const embedded: readonly ListedModel[] = catalog.map(({ id, title, description }) => ({
  id,
  title,
  description,
  size: 'with this page',
}));

/** Where a model can come from. */
export function FindPage({ workbench }: { workbench: Workbench }) {
  const { library } = workbench;
  const token = useLibrary(library, (state) => state.token);
  const kept = useLibrary(library, (state) => state.kept);
  const isHere = (id: string) => kept?.models.some(({ name, complete }) => name === id && complete) === true;

  return (
    <div className="find">
      <SourceForm
        token={token}
        onToken={library.setToken}
        onChoose={(choice) => void library.choose(choice)}
      />
      {hubModels.map(({ label, models }) => (
        <ModelList
          key={label}
          label={label}
          models={models.map(({ id, description, bytes }) => ({
            id,
            title: id,
            description,
            size: isHere(id) ? 'here' : `about ${formatBytes(bytes)}`,
          }))}
          onChoose={(id) => void library.choose({ title: id, source: { kind: 'hub', id, revision: null } })}
        />
      ))}
      <ModelList
        label="Small ones that come with this page"
        models={embedded}
        onChoose={(id) => {
          library.close();
          void openFromCatalog(workbench, id);
        }}
      />
      <FileButtons onChoose={(choice) => void library.choose(choice)} />
    </div>
  );
}
