/** Keys at the top of a compose file. */
import type { ProjectDraft, ServiceDraft } from '../draft.ts';
import { expected, isNull, readParsed, type Scope, within } from '../read.ts';
import { problem } from '../report.ts';
import type { Value } from '../tree.ts';
import { honoured, type Keys, noEffect, readKeys, refused } from './key.ts';
import { SERVICE_KEYS } from './service.ts';

const STACK_NAME = /^[a-z0-9][a-z0-9_-]*$/;

/** Names the mesh's DNS uses itself: a service or stack of that name could not be resolved. */
export const isReserved = (name: string): boolean =>
  name === 'hosts' || name === 'tasks' || /^\d+$/.test(name);

const readServices = (value: Value, draft: ProjectDraft, scope: Scope): void => {
  if (isNull(value)) return;
  if (value.kind !== 'map') {
    expected(value, scope, 'a map of services');
    return;
  }
  for (const [name, entry] of value.entries) {
    if (name.startsWith('x-')) continue;
    const inner = within(scope, name);
    if (!/^[a-zA-Z0-9]([a-zA-Z0-9_-]*[a-zA-Z0-9])?$/.test(name)) {
      problem(
        scope.report,
        entry.keyAt,
        inner.key,
        'expected a name of letters, digits, - and _ between them',
      );
    } else if (isReserved(name)) {
      problem(scope.report, entry.keyAt, inner.key, `the name '${name}' is reserved in DNS; choose another`);
    }
    const service: ServiceDraft = { at: entry.keyAt };
    readKeys(SERVICE_KEYS, entry.value, service, inner);
    draft.services.set(name, service);
  }
};

export const TOP_KEYS: Keys<ProjectDraft> = {
  version: noEffect('every version of the format is read the same way'),
  name: honoured((value, draft, scope) => {
    const parse = (text: string): string | undefined => (STACK_NAME.test(text) ? text : undefined);
    draft.name = readParsed(value, scope, 'a name of small letters, digits, - and _', parse) ?? draft.name;
  }),
  services: honoured(readServices),
  include: refused('name the files on the command line: -f FILE -f FILE'),
  models: refused('run the model as a service with its own image'),
  networks: refused('remove it: services of a mesh find each other by name without it'),
  volumes: refused('use images that bring their files, or services outside of the mesh for data'),
  secrets: refused('pass the value by environment, from a variable of the caller'),
  configs: refused('put the file into the image, or pass values by environment'),
};
