import { PromptEditor, useSession, useWorkbench, type Workbench } from '@patchbay/ui';

const none: readonly never[] = [];

/** The prompt and its tokens. */
export function PromptPanel({ workbench }: { workbench: Workbench }) {
  const text = useSession(workbench.session, (session) => session.text);
  const result = useWorkbench(workbench.state, (state) => state.result);
  const error = useWorkbench(workbench.state, ({ runError }) => runError);
  const contextLength = useWorkbench(workbench.state, ({ model }) => model?.info.contextLength ?? null);
  const { setText, setPosition } = workbench.session.getState();
  return (
    <PromptEditor
      text={text}
      tokens={result?.tokens ?? none}
      position={result?.position ?? -1}
      error={error}
      contextLength={contextLength}
      onText={setText}
      onPosition={setPosition}
    />
  );
}
