/** Keys of one service, in the order of the alphabet: the whole schema, so that a reader finds the verdict of each. */
import type { ServiceDraft } from '../draft.ts';
import {
  readFlag,
  readLabels,
  readNanos,
  readPairs,
  readText,
  readWords,
  reject,
  type Scope,
} from '../read.ts';
import type { Value } from '../tree.ts';
import { DEPLOY_KEYS } from './deploy.ts';
import { HEALTHCHECK_KEYS } from './healthcheck.ts';
import { field, honoured, type Keys, noEffect, readKeys, refused } from './key.ts';
import { readPorts } from './ports.ts';
import { readRestart } from './restart.ts';

/** Docker expands such templates for services; passing them on untouched would be a silent difference. */
const TEMPLATE = /\{\{-?\s*\.(Service|Node|Task)\b/;

const refuseTemplate = (text: string | null, value: Value, scope: Scope): void => {
  if (text === null || !TEMPLATE.test(text)) return;
  reject(value, scope, `templates such as {{.Task.Slot}} are not supported yet; write the value itself`);
};

const readImage = honoured<ServiceDraft>((value, draft, scope) => {
  const text = readText(value, scope);
  if (text === '' || (text && /\s/.test(text)))
    reject(value, scope, `expected the name of an image, found '${text}'`);
  // one that is wrong has been reported, and must not be missed as well
  draft.image = text ?? '';
});

const readEnvironment = honoured<ServiceDraft>((value, draft, scope) => {
  const pairs = readPairs(value, scope);
  if (!pairs) return;
  for (const [name, text] of pairs) {
    refuseTemplate(text, value, { ...scope, key: `${scope.key}.${name}` });
    pairs.set(name, text ?? scope.lookup(name) ?? null);
  }
  draft.environment = pairs;
});

const readHostname = honoured<ServiceDraft>((value, draft, scope) => {
  const text = readText(value, scope);
  if (text === undefined) return;
  refuseTemplate(text, value, scope);
  draft.hostname = text;
});

const LIMITS = 'write deploy.resources.limits';

export const SERVICE_KEYS: Keys<ServiceDraft> = {
  annotations: refused('use labels'),
  attach: noEffect('it is about the terminal of `docker compose up`'),
  blkio_config: refused('remove it: disk bandwidth is not limited'),
  build: refused('build and push the image first, then name it by image'),
  cap_add: refused('remove it: containers get the default capabilities'),
  cap_drop: refused('remove it: containers get the default capabilities'),
  cgroup: refused("remove it: the engine's default applies"),
  cgroup_parent: refused("remove it: the engine's default applies"),
  command: field('command', readWords),
  configs: refused('put the file into the image, or pass values by environment'),
  container_name: refused('remove it: containers are named after stack, service and slot'),
  cpu_count: refused(`${LIMITS}.cpus`),
  cpu_percent: refused(`${LIMITS}.cpus`),
  cpu_period: refused(`${LIMITS}.cpus`),
  cpu_quota: refused(`${LIMITS}.cpus`),
  cpu_rt_period: refused(`${LIMITS}.cpus`),
  cpu_rt_runtime: refused(`${LIMITS}.cpus`),
  cpu_shares: refused(`${LIMITS}.cpus`),
  cpus: refused(`${LIMITS}.cpus`),
  cpuset: refused(`${LIMITS}.cpus`),
  credential_spec: refused('remove it: it is for Windows alone'),
  depends_on: refused('remove it and let the service retry until what it needs answers'),
  deploy: honoured((value, draft, scope) => {
    draft.deploy = {};
    readKeys(DEPLOY_KEYS, value, draft.deploy, scope);
  }),
  develop: noEffect('it is for `docker compose watch`'),
  device_cgroup_rules: refused('remove it: containers get no devices'),
  devices: refused('remove it: containers get no devices'),
  dns: refused("remove it: containers ask the mesh's own DNS"),
  dns_opt: refused("remove it: containers ask the mesh's own DNS"),
  dns_search: refused("remove it: containers ask the mesh's own DNS"),
  domainname: refused('remove it, or write the whole name as hostname'),
  entrypoint: field('entrypoint', readWords),
  env_file: refused('write the variables under environment; those of .env can be used there'),
  environment: readEnvironment,
  expose: noEffect('containers reach each other on every port without it'),
  extends: refused('use anchors and merge keys (<<: *NAME), or several files'),
  external_links: refused('remove it: services find each other by name'),
  extra_hosts: refused('use DNS names'),
  gpus: refused('remove it: containers get no devices'),
  group_add: refused('write the group into user, as user: UID:GID'),
  healthcheck: honoured((value, draft, scope) => {
    draft.healthcheck = {};
    readKeys(HEALTHCHECK_KEYS, value, draft.healthcheck, scope);
    const { disable, Test: test } = draft.healthcheck;
    if (disable && test) reject(value, scope, 'disable and test exclude each other; keep one');
  }),
  hostname: readHostname,
  image: readImage,
  init: field('init', readFlag),
  ipc: refused("remove it: the engine's default applies"),
  isolation: refused('remove it: it is for Windows alone'),
  label_file: refused('write the labels under labels'),
  labels: field('labels', readLabels),
  links: refused('remove it: services find each other by name'),
  logging: refused("remove it: the engine's own log driver is used"),
  mac_address: refused('remove it: the engine chooses'),
  mem_limit: refused(`${LIMITS}.memory`),
  mem_reservation: refused('write deploy.resources.reservations.memory'),
  mem_swappiness: refused('remove it'),
  memswap_limit: refused(`${LIMITS}.memory`),
  models: refused('run the model as a service with its own image'),
  network_mode: refused("remove it: containers join the mesh's network"),
  networks: refused('remove it: services of a mesh find each other by name without it'),
  oom_kill_disable: refused('remove it'),
  oom_score_adj: refused('remove it'),
  pid: refused("remove it: the engine's default applies"),
  pids_limit: refused('remove it'),
  platform: refused('use images for several platforms, or a constraint on a label of the host'),
  ports: field('ports', readPorts),
  post_start: refused('do it in the entrypoint'),
  pre_stop: refused('do it in the program, on its stop signal'),
  privileged: refused('remove it: containers get the default capabilities'),
  profiles: refused('put such services into a file of their own and name it by -f'),
  provider: refused('run it as a service with its own image'),
  pull_policy: refused('remove it: an image is pulled where it is absent'),
  pull_refresh_after: refused('remove it: an image is pulled where it is absent'),
  read_only: refused('remove it'),
  restart: field('restart', readRestart),
  runtime: refused("remove it: the engine's default applies"),
  scale: refused('write deploy.replicas'),
  secrets: refused('pass the value by environment, from a variable of the caller'),
  security_opt: refused('remove it'),
  shm_size: refused('remove it'),
  stdin_open: refused('remove it: tasks have no terminal'),
  stop_grace_period: field('stopGraceNanos', readNanos),
  stop_signal: field('stopSignal', readText),
  storage_opt: refused('remove it'),
  sysctls: refused('set them on the host'),
  tmpfs: refused('remove it: containers may write to their own layer'),
  tty: refused('remove it: tasks have no terminal'),
  ulimits: refused("set them in the engine's configuration"),
  use_api_socket: refused('remove it'),
  user: field('user', readText),
  userns_mode: refused("set it in the engine's configuration"),
  uts: refused('remove it, or set hostname'),
  volumes: refused('use images that bring their files, or services outside of the mesh for data'),
  volumes_from: refused('use images that bring their files, or services outside of the mesh for data'),
  working_dir: field('workingDir', readText),
};
