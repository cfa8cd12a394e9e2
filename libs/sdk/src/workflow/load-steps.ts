import { installDefineComponent } from './define-component.js';
import { StepError, WorkflowError } from './errors.js';
import { isObject } from './is-object.js';
import { type NamedStep, namedSteps, stepNameOfFile } from './named-steps.js';

export interface StepFile {
  /** A `file:` address. */
  readonly url: string;
  /** Left out: made of the file's name. */
  readonly name?: string | undefined;
}

const JAVASCRIPT = /\.[cm]?js$/;
const TYPESCRIPT = /\.[cm]?ts$/;

/**
 * The steps in files, in order: what each one exports by default, be it a component, an array of them or an object
 * of them by name. From then on `defineComponent` is a global.
 *
 * @param load what imports a file
 * @throws WorkflowError for files that hold no steps, StepError for those that throw or cannot be read
 */
export async function loadSteps(
  files: readonly StepFile[],
  load: (url: string) => Promise<unknown> = (url) => import(url),
): Promise<NamedStep[]> {
  installDefineComponent();
  const steps: NamedStep[] = [];
  for (const { url, name } of files) {
    const fileName = decodeURIComponent(url.split('/').pop() ?? '');
    refuseOtherLanguages(fileName);
    const step = name ?? stepNameOfFile(fileName);
    const loaded = await load(url).catch((cause: unknown) => {
      throw new StepError(step, 'load', cause);
    });
    steps.push(...namedSteps(defaultExport(loaded, fileName), step));
  }
  return steps;
}

function defaultExport(loaded: unknown, fileName: string): unknown {
  if (isObject(loaded) && loaded.default !== undefined) return loaded.default;
  throw new WorkflowError(
    `${fileName} has no default export. A step is "export default defineComponent({ … })".`,
  );
}

function refuseOtherLanguages(fileName: string): void {
  if (JAVASCRIPT.test(fileName)) return;
  if (!TYPESCRIPT.test(fileName)) {
    throw new WorkflowError(`${fileName} is no JavaScript: its name must end with .mjs or .js.`);
  }
  const { features } = process as { features: { typescript?: unknown } };
  if (features.typescript) return;
  throw new WorkflowError(`This version of Node cannot run ${fileName}. Compile it to .mjs, or use Node 24.`);
}
