import type { ClaimId } from '../../protocol/engine.ts';

/** Whose containers these are: several agents, of several meshes, may share one engine. */
export interface Owner {
  /** id of the mesh this host is a member of, null before it joined one */
  mesh(): string | null;
  /** id of this host */
  host: string;
}

export const MESH_LABEL = 'shoal.mesh';
export const HOST_LABEL = 'shoal.host';
export const CLAIM_LABEL = 'shoal.claim';

export type Labels = Record<string, string>;

/** A container belongs to the agent whose mesh and host both stand in its labels (rule C11). */
export function isOurs(owner: Owner, labels: Labels): boolean {
  const mesh = owner.mesh();
  return mesh !== null && labels[MESH_LABEL] === mesh && labels[HOST_LABEL] === owner.host;
}

/** Our labels win over the plan's: a specification cannot hand a container to another agent. */
export function ownLabels(owner: Owner, mesh: string, claim: ClaimId, labels: Labels): Labels {
  return { ...labels, [MESH_LABEL]: mesh, [HOST_LABEL]: owner.host, [CLAIM_LABEL]: claim };
}

export const claimOf = (labels: Labels): ClaimId => labels[CLAIM_LABEL] ?? '';

/** Names end up in paths and in request lines, so the engines take Docker's own alphabet and nothing else. */
export const isContainerName = (name: string): boolean => /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,200}$/.test(name);

export const FOREIGN_NAME = (name: string): string =>
  `name ${name} is taken by a container that is not shoal's`;
export const OTHER_CLAIM = (name: string, claim: ClaimId): string =>
  `container ${name} still runs for another claim (${claim}); it must be stopped first`;
export const NO_MESH = 'this host is not a member of a mesh: run shoal init or shoal join first';
export const BAD_NAME = (name: string): string =>
  `"${name}" is no container name: letters, digits, _ . - and a letter or digit first`;
