import type { RunInput } from '@patchbay/core/client';
import {
  ImageInput,
  PromptEditor,
  TensorEditor,
  useSession,
  useWorkbench,
  type Workbench,
} from '@patchbay/ui';

const none: readonly never[] = [];

interface PartProps<K extends RunInput['kind']> {
  workbench: Workbench;
  input: Extract<RunInput, { kind: K }>;
  /** Why the input could not be read or run. */
  error: string | null;
}

/** What the model runs on. */
export function InputPanel({ workbench }: { workbench: Workbench }) {
  const input = useSession(workbench.session, (session) => session.input);
  const error = useWorkbench(workbench.state, ({ imageError, runError }) => imageError ?? runError);
  switch (input.kind) {
    case 'text':
      return <TextPart workbench={workbench} input={input} error={error} />;
    case 'image':
      return <ImagePart workbench={workbench} input={input} error={error} />;
    case 'tensors':
      return <TensorPart workbench={workbench} input={input} error={error} />;
  }
}

function TextPart({ workbench, input, error }: PartProps<'text'>) {
  const tokens = useWorkbench(workbench.state, ({ result }) => result?.tokens ?? none);
  const position = useWorkbench(workbench.state, ({ result }) =>
    result?.output.kind === 'vocabulary' ? result.output.position : null,
  );
  const info = useWorkbench(workbench.state, ({ model }) => model?.info.input ?? null);
  const { setInput, setPosition } = workbench.session.getState();
  return (
    <PromptEditor
      text={input.text}
      tokens={tokens}
      position={position}
      error={error}
      contextLength={info?.kind === 'text' ? info.contextLength : null}
      mask={info?.kind === 'text' ? info.mask : null}
      onText={(text) => setInput({ kind: 'text', text })}
      onPosition={setPosition}
    />
  );
}

function ImagePart({ workbench, input, error }: PartProps<'image'>) {
  const samples = useWorkbench(workbench.state, ({ model }) => model?.samples ?? none);
  return (
    <ImageInput
      image={input}
      samples={samples}
      error={error}
      onImage={(image) => workbench.session.getState().setInput({ kind: 'image', ...image })}
      onFile={(file) => void workbench.runImage(file)}
    />
  );
}

function TensorPart({ workbench, input, error }: PartProps<'tensors'>) {
  const slots = useWorkbench(workbench.state, ({ model }) =>
    model?.info.input.kind === 'tensors' ? model.info.input.tensors : none,
  );
  return (
    <TensorEditor
      slots={slots}
      tensors={input.tensors}
      error={error}
      onTensors={(tensors) => workbench.session.getState().setInput({ kind: 'tensors', tensors })}
    />
  );
}
