/** Keys under `deploy` and the maps below it. */
import type { ResourceAmount } from '../../../protocol/spec.ts';
import { readConstraint } from '../constraint.ts';
import type { DeployDraft } from '../draft.ts';
import { readBytes, readChoice, readCount, readLabels, readList, readNanoCpus } from '../read.ts';
import { field, honoured, type Keys, readKeys, refused } from './key.ts';
import { RESTART_POLICY } from './restart.ts';

const AMOUNT_KEYS: Keys<ResourceAmount> = {
  cpus: field('NanoCPUs', readNanoCpus),
  memory: field('MemoryBytes', readBytes),
};

export const LIMIT_KEYS: Keys<ResourceAmount> = {
  ...AMOUNT_KEYS,
  pids: refused('remove it: the number of processes is not limited'),
};

export const RESERVATION_KEYS: Keys<ResourceAmount> = {
  ...AMOUNT_KEYS,
  devices: refused('remove it: containers get no devices'),
  generic_resources: refused('use a constraint on a label of the host'),
};

type Resources = NonNullable<DeployDraft['resources']>;

export const RESOURCE_KEYS: Keys<Resources> = {
  limits: honoured((value, draft, scope) => {
    draft.limits = {};
    readKeys(LIMIT_KEYS, value, draft.limits, scope);
  }),
  reservations: honoured((value, draft, scope) => {
    draft.reservations = {};
    readKeys(RESERVATION_KEYS, value, draft.reservations, scope);
  }),
};

type Placement = NonNullable<DeployDraft['placement']>;

export const PLACEMENT_KEYS: Keys<Placement> = {
  constraints: field('constraints', (value, scope) => readList(value, scope, 'constraints', readConstraint)),
  max_replicas_per_node: refused('remove it: replicas are spread over the hosts anyway'),
  preferences: refused('remove it: replicas are spread over the hosts anyway'),
};

const ROLLOUT = 'remove it: new versions replace old ones in the default order';

export const DEPLOY_KEYS: Keys<DeployDraft> = {
  endpoint_mode: refused('remove it: names resolve to the tasks themselves'),
  labels: field('labels', readLabels),
  mode: field('mode', (value, scope) => readChoice(value, scope, ['replicated', 'global'])),
  placement: honoured((value, draft, scope) => {
    draft.placement = {};
    readKeys(PLACEMENT_KEYS, value, draft.placement, scope);
  }),
  replicas: honoured((value, draft, scope) => {
    const count = readCount(value, scope);
    if (count !== undefined) draft.replicas = { count, at: value.at };
  }),
  resources: honoured((value, draft, scope) => {
    draft.resources = {};
    readKeys(RESOURCE_KEYS, value, draft.resources, scope);
  }),
  restart_policy: RESTART_POLICY,
  rollback_config: refused(ROLLOUT),
  update_config: refused(ROLLOUT),
};
