/** The registry: one line per command, in the order of the help. */
import type { CommandEntry } from './command.ts';

export const COMMANDS = {
  init: { summary: 'make this host the first of a new mesh', load: () => import('./init.ts') },
  join: { summary: 'join the mesh that an invite names', load: () => import('./join.ts') },
  invite: { summary: 'print an invite for another host', load: () => import('./invite.ts') },
  leave: { summary: 'take this host out of its mesh', load: () => import('./leave.ts') },
  hosts: { summary: 'list the hosts of the mesh', load: () => import('./hosts.ts') },
  host: { summary: 'inspect, drain, activate, label or remove one host', load: () => import('./host.ts') },
  deploy: { summary: 'deploy the services of compose files', load: () => import('./deploy.ts') },
  stacks: { summary: 'list the stacks', load: () => import('./stacks.ts') },
  services: { summary: 'list the services', load: () => import('./services.ts') },
  ps: { summary: 'list the tasks', load: () => import('./ps.ts') },
  inspect: { summary: 'show all about a service, host or task', load: () => import('./inspect.ts') },
  scale: { summary: 'set how many tasks services run', load: () => import('./scale.ts') },
  rm: { summary: 'remove services or a whole stack', load: () => import('./rm.ts') },
  logs: { summary: "show the output of a service's tasks", load: () => import('./logs.ts') },
  why: { summary: 'explain where tasks run, or why they do not', load: () => import('./why.ts') },
  dns: { summary: "ask the mesh's DNS", load: () => import('./dns.ts') },
  agent: { summary: 'run the agent of this host', load: () => import('./agent.ts') },
  version: {
    summary: 'print the versions of this program and of the agent',
    load: () => import('./version.ts'),
  },
} satisfies Record<string, CommandEntry>;
